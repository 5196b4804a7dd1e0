"""Who gets the next place: the one rule, which asks nobody and changes nothing.

A line is where one queues: a side of the event (on site or online; None where there is one side
only) and the group one belongs to, if any. Places held back for a group and not taken by it are
closed to everybody else; a group that has taken all of its own queues like the others. Whoever came
first gets the first place that is open to them: nobody is overtaken by somebody of the same line,
nor on a place that would have been open to both.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from crm.events.choices import Mode, Seat

# An offer lasts a quarter of the time that is left at most; where that is less than this, a place is given.
SHORTEST = timedelta(hours=2)
SHARE = 4


class Line(NamedTuple):
    side: Mode | None = None
    group: int | None = None


class Claim(NamedTuple):
    """A registration that has no place; `is_new` when it has just come and was never told to wait."""

    key: int
    line: Line
    is_new: bool = False


@dataclass(frozen=True)
class Room:
    """How many places each side has (None: no limit), and how many of them are held back for a group."""

    capacities: Mapping[Mode | None, int | None]
    held: Mapping[Line, int] = field(default_factory=dict)

    @property
    def has_limit(self) -> bool:
        return any(capacity is not None for capacity in self.capacities.values())

    def free(self, taken: Mapping[Line, int], line: Line) -> int | None:
        """How many more of that line could have a place now; None for no limit, never below 0."""
        capacity = self.capacities.get(line.side)
        if capacity is None:
            return None
        seated = sum(number for one, number in taken.items() if one.side == line.side)
        kept_for_others = sum(
            max(places - taken.get(one, 0), 0)
            for one, places in self.held.items()
            if one.side == line.side and one != line
        )
        return max(capacity - seated - kept_for_others, 0)


def decide(
    room: Room, taken: Mapping[Line, int], queue: Iterable[Claim], *, are_offered: bool
) -> dict[int, Seat]:
    """The claims that get a place, with what they get; all others wait on.

    `taken` counts the places that are taken or offered, `queue` is in order of arrival. With
    `are_offered` whoever waited gets an offer; whoever has just come gets the seat that is there.
    """
    counts, given = Counter(taken), {}
    for claim in queue:
        if room.free(counts, claim.line) == 0:
            continue
        counts[claim.line] += 1
        given[claim.key] = Seat.OFFERED if are_offered and not claim.is_new else Seat.CONFIRMED
    return given


def offer_ends(hours: int | None, *, starts_at: datetime, at: datetime) -> datetime | None:
    """Until when a place freed at that instant is offered; None when it is given at once.

    Near the start offers grow shorter, and end: an empty chair serves nobody.
    """
    if hours is None:
        return None
    lasts = min(timedelta(hours=hours), (starts_at - at) / SHARE)
    whole = lasts - timedelta(seconds=lasts.total_seconds() % 60)
    return at + whole if lasts >= min(SHORTEST, timedelta(hours=hours)) and starts_at > at else None

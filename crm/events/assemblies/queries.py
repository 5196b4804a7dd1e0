"""Who may vote, who is there or stands in for whom, and whether that is enough."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.events.assemblies.models import Assembly, Electorate, Turnout, Voter
from crm.events.models import Attendance, Event, Registration, Seat
from crm.text import fold, like


@dataclass(frozen=True)
class Counted:
    """A voter with what counts: `turnout` is what holds now, `by_whom` those who came for it, by name."""

    voter: Voter
    turnout: Turnout
    by_whom: tuple[str, ...] = ()
    proxies: int = 0


@dataclass(frozen=True)
class Quorum:
    """How many voters there are, who counts, and how many must; `needed` is 0 where no quorum is asked."""

    voters: int
    present: int
    represented: int
    excused: int
    needed: int
    counted: int

    @property
    def is_reached(self) -> bool:
        return self.counted >= self.needed

    @property
    def missing(self) -> int:
        return max(0, self.needed - self.counted)


def of(event: Event) -> Assembly | None:
    return db.session.scalar(select(Assembly).where(Assembly.event_id == event.id))


def needed(assembly: Assembly, voters: int) -> int:
    """How many must be there: the fraction rounded up, or the next number above it for “more than”."""
    if assembly.numerator == 0 or voters == 0:
        return 0
    share = Fraction(assembly.numerator * voters, assembly.denominator)
    if assembly.is_more_than:
        return int(share) + 1
    return -(-share.numerator // share.denominator)


def voters(assembly: Assembly) -> list[Counted]:
    """Every voter by name, with what holds now."""
    asked = select(Voter).where(Voter.assembly_id == assembly.id).options(joinedload(Voter.proxy_to))
    asked = asked.order_by(Voter.sort, Voter.id)
    every = db.session.scalars(asked).all()
    came = _came(assembly)
    proxies = _proxies(every)
    by_key = {voter.id: voter for voter in every}
    return [
        Counted(
            voter,
            _turnout(voter, came, by_key),
            tuple(came.get(voter.id, ())),
            proxies.get(voter.id, 0),
        )
        for voter in every
    ]


def quorum(assembly: Assembly) -> Quorum:
    """What counts now, each voter once; a proxy counts while the voter who holds it is present."""
    return quorum_of(assembly, voters(assembly))


def quorum_of(assembly: Assembly, told: Sequence[Counted]) -> Quorum:
    """The same, of all voters as they were just counted."""
    present = sum(one.turnout is Turnout.PRESENT for one in told)
    represented = sum(one.turnout is Turnout.REPRESENTED for one in told)
    return Quorum(
        voters=len(told),
        present=present,
        represented=represented,
        excused=sum(one.turnout is Turnout.EXCUSED for one in told),
        needed=needed(assembly, len(told)),
        counted=present + (represented if assembly.counts_proxies else 0),
    )


def held_by(voter: Voter) -> int:
    """How many proxies the voter holds."""
    rows = select(func.count()).where(Voter.proxy_to_id == voter.id, Voter.turnout == Turnout.REPRESENTED)
    return db.session.scalar(rows.select_from(Voter)) or 0


def suggested(assembly: Assembly, typed: str, *, limit: int = 8) -> Sequence[Voter]:
    """Voters whose name has the words, for whoever looks for the one that holds a proxy."""
    which = [Voter.sort.like(like(part), escape="\\") for part in fold(typed).split()[:6]]
    asked = select(Voter).where(Voter.assembly_id == assembly.id, *which)
    return db.session.scalars(asked.order_by(Voter.sort, Voter.id).limit(limit)).all()


def is_registered_for(assembly: Assembly) -> ColumnElement[bool]:
    """Whether a registration of the event stands for the voter: by its organisation, or the person itself."""
    return or_(
        Registration.organisation_id == Voter.organisation_id, Registration.person_id == Voter.person_id
    ) & (Registration.event_id == assembly.event_id)


def _came(assembly: Assembly) -> dict[int, list[str]]:
    """Who was let in for which voter."""
    asked: Any = (
        select(Voter.id, Registration.given_name, Registration.family_name)
        .join(Registration, is_registered_for(assembly))
        .where(Voter.assembly_id == assembly.id, Registration.attendance == Attendance.PRESENT)
        .order_by(Registration.search, Registration.id)
    )
    came: dict[int, list[str]] = {}
    for key, given, family in db.session.execute(asked):
        came.setdefault(key, []).append(f"{given} {family}".strip())
    return came


def _proxies(every: Sequence[Voter]) -> dict[int, int]:
    count: dict[int, int] = {}
    for voter in every:
        if voter.turnout is Turnout.REPRESENTED and voter.proxy_to_id is not None:
            count[voter.proxy_to_id] = count.get(voter.proxy_to_id, 0) + 1
    return count


def _is_present(voter: Voter, came: dict[int, list[str]]) -> bool:
    return voter.turnout is Turnout.PRESENT or voter.id in came


def _turnout(voter: Voter, came: dict[int, list[str]], every: dict[int, Voter]) -> Turnout:
    """Whoever comes is present, whatever was said before; a proxy needs somebody present who holds it."""
    if _is_present(voter, came):
        return Turnout.PRESENT
    if voter.turnout is Turnout.REPRESENTED:
        holder = every.get(voter.proxy_to_id or 0)
        return Turnout.REPRESENTED if holder and _is_present(holder, came) else Turnout.EXPECTED
    return voter.turnout


def registered(event: Event, electorate: Electorate) -> Any:
    """The organisations, or the people, that have a seat at the event; each once."""
    column = Registration.person_id if electorate is Electorate.PEOPLE else Registration.organisation_id
    return (
        select(column)
        .where(Registration.event_id == event.id, Registration.seat == Seat.CONFIRMED, column.is_not(None))
        .distinct()
    )


def has_marks(assembly: Assembly) -> bool:
    """Whether anything was said of any voter by hand."""
    marked = exists().where(Voter.assembly_id == assembly.id, Voter.turnout != Turnout.EXPECTED)
    return bool(db.session.scalar(select(marked)))

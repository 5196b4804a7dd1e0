"""What the rule asks: how many places an event has, which are taken, who waits and in which order."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from heapq import merge
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Select,
    bindparam,
    case,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import joinedload, selectinload

from crm.db import db
from crm.directory import queries as directory
from crm.directory.models import Organisation, Person, Role
from crm.events.choices import TAKEN
from crm.events.models import (
    Approval,
    Event,
    EventState,
    Format,
    Mode,
    Quota,
    QuotaMember,
    Registration,
    Seat,
)
from crm.events.places.rule import Claim, Line, Room

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
# Who asked to be let in waits for no place before the association says yes; a place that is had counts.
MAY_HAVE_ONE = or_(Registration.seat != Seat.WAITING, Registration.approval != Approval.ASKED)
GIVES = (EventState.OPEN, EventState.CLOSED)


@dataclass(frozen=True)
class Counts:
    """How many hold a place and how many wait, by line; how many offers found no answer in time."""

    taken: Mapping[Line, int]
    waiting: Mapping[Line, int]
    lapsed: int


def quotas(event: Event) -> Select[Quota]:
    """The groups with places held back at the event, with who belongs to each."""
    return (
        select(Quota)
        .where(Quota.event_id == event.id)
        .options(
            selectinload(Quota.members).joinedload(QuotaMember.person),
            selectinload(Quota.members).joinedload(QuotaMember.organisation),
        )
        .order_by(Quota.name, Quota.id)
    )


def has_sides(event: Event) -> bool:
    return event.format == Format.HYBRID


def side_of(event: Event, mode: Mode | None) -> Mode | None:
    """The side on which somebody who takes part in that way has a place."""
    return mode if has_sides(event) else None


def room(event: Event) -> Room:
    """How many places the event has, and which are held back."""
    return look(event)[0]


def counts(event: Event, *, at: datetime | None = None) -> Counts:
    """Exact on a locked event. Where nothing is limited the seats are not counted."""
    return look(event, at=at)[1]


def look(event: Event, *, at: datetime | None = None) -> tuple[Room, Counts]:
    """`room` and `counts`, by one statement."""
    capacities: dict[Mode | None, int | None] = {None: event.capacity}
    if has_sides(event):
        capacities = {Mode.ONSITE: event.capacity, Mode.ONLINE: event.capacity_online}
    held: dict[Line, int] = {}
    room = Room(capacities, held)
    taken: dict[Line, int] = {}
    waiting: dict[Line, int] = {}
    lapsed = 0
    rows = db.session.connection().execute(_looked(room.has_limit), {"event": event.id, "at": at or NEVER})
    # The groups first: whether there is one decides how the others are counted.
    for seat, mode, group, number, too_late in sorted(rows, key=lambda row: row.seat is not None):
        if seat is None:
            # A group made before the event had two sides is one of people on site.
            held[Line((mode or Mode.ONSITE) if has_sides(event) else None, group)] = number
            continue
        line = Line(side_of(event, mode), group if held else None)
        where = waiting if seat == Seat.WAITING else taken
        where[line] = where.get(line, 0) + number
        lapsed += too_late
    return room, Counts(taken, waiting, lapsed)


# Made once for each shape: it is asked under the lock, with each registration.
@cache
def _looked(with_seated: bool) -> CompoundSelect[*tuple[Any, ...]]:
    """The groups of `event` with their places; who has a place or waits, by seat, side and group."""
    kinds = Registration.__table__.c
    held = select(
        null().cast(kinds.seat.type).label("seat"),
        Quota.mode,
        Quota.id,
        Quota.places,
        literal(0).label("late"),
    ).where(Quota.event_id == bindparam("event"))
    late = (Registration.seat == Seat.OFFERED) & (
        Registration.offer_ends_at <= bindparam("at", type_=Registration.offer_ends_at.type)
    )
    seats = [*([Seat.CONFIRMED] if with_seated else []), Seat.OFFERED, Seat.WAITING]
    line = (Registration.seat, Registration.mode, Registration.quota_id)
    counted = (
        select(*line, func.count(), func.count(case((late, 1))))
        .where(Registration.event_id == bindparam("event"), Registration.seat.in_(seats), MAY_HAVE_ONE)
        .group_by(*line)
    )
    return union_all(held, counted)


def queue(event: Event, room: Room, counted: Counts, *, at: datetime) -> Iterator[Claim]:
    """Who waits where a place is free, in order of arrival; of each line no more than it can take."""
    lines = [
        _first_of(event, line, split=bool(room.held), most=free)
        for line in counted.waiting
        if (free := room.free(counted.taken, line)) != 0
    ]
    for _asked_at, key, line, decided_at in merge(*lines):
        # Whoever is let in at this instant asked and was never told to wait for a seat.
        yield Claim(key, line, is_new=decided_at == at)


def _first_of(
    event: Event, line: Line, *, split: bool, most: int | None
) -> list[tuple[datetime, int, Line, datetime | None]]:
    own = [Registration.event_id == event.id, Registration.seat == Seat.WAITING, MAY_HAVE_ONE]
    if line.side is not None:
        own.append(Registration.mode == line.side)
    if split:
        own.append(Registration.quota_id == line.group)
    rows = select(Registration.asked_at, Registration.id, Registration.decided_at).where(*own)
    ordered = rows.order_by(Registration.asked_at, Registration.id).limit(most)
    return [(asked_at, key, line, decided_at) for asked_at, key, decided_at in db.session.execute(ordered)]


def line_of(event: Event, mode: Mode | None, group: int | None) -> Line:
    return Line(side_of(event, mode), group)


def groups_of(event: Event, people: Collection[int], *, day: date, by_role: bool = True) -> dict[int, int]:
    """By person: the group of the event they belong to, by name or else by a role held that day."""
    own = (
        select(QuotaMember.person_id, Quota.id)
        .join(Quota)
        .where(Quota.event_id == event.id, QuotaMember.person_id.in_(people))
        .order_by(Quota.id.desc())
    )
    found: dict[int, int] = {}
    if by_role:
        theirs = (
            select(Role.person_id, Quota.id)
            .join(QuotaMember, QuotaMember.organisation_id == Role.organisation_id)
            .join(Quota)
            .where(Quota.event_id == event.id, Role.person_id.in_(people), directory.held_on(day))
            .order_by(Quota.id.desc())
        )
        found |= {person_id: group for person_id, group in db.session.execute(theirs)}
    return found | {key: group for key, group in db.session.execute(own) if key is not None}


def concerned(event: Event) -> Select[Registration]:
    """Registrations in a group of the event, and those of people whom a group names."""
    ours = select(QuotaMember.person_id).join(Quota).where(Quota.event_id == event.id)
    of_theirs = (
        select(Role.person_id)
        .join(QuotaMember, QuotaMember.organisation_id == Role.organisation_id)
        .join(Quota)
        .where(Quota.event_id == event.id)
    )
    return (
        select(Registration)
        .where(
            Registration.event_id == event.id,
            Registration.seat != Seat.WITHDRAWN,
            or_(
                Registration.quota_id.is_not(None),
                Registration.person_id.in_(ours.where(QuotaMember.person_id.is_not(None))),
                Registration.person_id.in_(of_theirs),
            ),
        )
        .options(joinedload(Registration.person))
        .order_by(Registration.id)
    )


def seats_left(event: Event, mode: Mode | None = None, group: int | None = None) -> int | None:
    """How many seats are free for somebody who takes part so; of a hybrid event without a mode, on its
    freer side. None when there is no limit. Exact on a locked event."""
    now, counted = look(event)
    if not now.has_limit:
        return None
    taken = counted.taken
    sides = [side_of(event, mode)] if mode is not None or not has_sides(event) else list(Mode)
    left = [now.free(taken, Line(side, group)) for side in sides]
    return None if None in left else max(number for number in left if number is not None)


def unsettled(*, at: datetime) -> Select[int]:
    """Events with an offer that ended, or with people who wait: their places are looked at."""
    waits = ((Registration.seat == Seat.WAITING) & MAY_HAVE_ONE) | (
        (Registration.seat == Seat.OFFERED) & (Registration.offer_ends_at <= at)
    )
    return (
        select(Event.id)
        .where(
            Event.state.in_(GIVES),
            Event.ends_at > at,
            exists().where(Registration.event_id == Event.id, waits),
        )
        .order_by(Event.id)
    )


def in_line(event: Event) -> Select[Registration]:
    """Who is offered a place or waits for one: offers first, then in order of arrival."""
    return (
        select(Registration)
        .where(Registration.event_id == event.id, Registration.seat.in_((Seat.OFFERED, Seat.WAITING)))
        .options(joinedload(Registration.quota))
        .order_by(Registration.seat != Seat.OFFERED, Registration.asked_at, Registration.id)
    )


def by_side(event: Event) -> dict[tuple[Mode | None, Seat], int]:
    """How many have what, on each side."""
    rows = (
        select(Registration.mode, Registration.seat, func.count())
        .where(Registration.event_id == event.id)
        .group_by(Registration.mode, Registration.seat)
    )
    found: dict[tuple[Mode | None, Seat], int] = {}
    for mode, seat, number in db.session.execute(rows):
        key = (side_of(event, mode), seat)
        found[key] = found.get(key, 0) + number
    return found


def by_group(event: Event) -> dict[int, int]:
    """How many of each group have a place or are offered one."""
    rows = (
        select(Registration.quota_id, func.count())
        .where(
            Registration.event_id == event.id,
            Registration.quota_id.is_not(None),
            Registration.seat.in_(TAKEN),
        )
        .group_by(Registration.quota_id)
    )
    return {key: number for key, number in db.session.execute(rows) if key is not None}


def members(quota: Quota) -> list[tuple[QuotaMember, Person | Organisation]]:
    """Who belongs to the group, by name."""
    found = [(one, one.person or one.organisation) for one in quota.members]
    told = [(one, record) for one, record in found if record is not None]
    return sorted(told, key=lambda pair: (pair[0].person_id is None, pair[1].sort, pair[0].id))

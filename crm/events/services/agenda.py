"""Planning events: when and where, and the steps of their life."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from functools import cache
from typing import TypedDict, Unpack
from uuid import uuid4

from sqlalchemy import Integer, Select, bindparam, func, select

from crm import clock, history
from crm.db import db
from crm.directory.models import Organisation
from crm.errors import Changed, CrmError
from crm.events.admission import services as admission
from crm.events.choices import TAKEN
from crm.events.models import (
    Attendance,
    Event,
    EventKind,
    EventPartner,
    EventState,
    Format,
    Mode,
    Part,
    Registration,
    Visibility,
)
from crm.events.programme import services as programme
from crm.events.reminders import planning
from crm.text import N_, clean, fold, slug
from crm.web import richtext

MOVES: dict[EventState, frozenset[EventState]] = {
    EventState.DRAFT: frozenset({EventState.OPEN, EventState.HELD, EventState.CANCELLED}),
    EventState.OPEN: frozenset(
        {EventState.CLOSED, EventState.HELD, EventState.POSTPONED, EventState.CANCELLED}
    ),
    EventState.CLOSED: frozenset(
        {EventState.OPEN, EventState.HELD, EventState.POSTPONED, EventState.CANCELLED}
    ),
    # A new date brings these back: see `set_date` and `change`.
    EventState.POSTPONED: frozenset({EventState.CANCELLED}),
    EventState.HELD: frozenset(),
    EventState.CANCELLED: frozenset(),
}
TIME = ("starts_wall", "ends_wall", "zone", "is_all_day")
PLACE = ("format", "venue", "city", "join_url")
LONGEST = timedelta(days=366)


class EndsBeforeItStarts(CrmError):
    text = N_("The event ends before it starts: enter an end that comes after the start.")
    field = "ends"


class LastsTooLong(CrmError):
    text = N_("An event lasts a year at most: check the day it ends.")
    field = "ends"


class SkippedStart(clock.SkippedHour):
    field = "starts"


class SkippedEnd(clock.SkippedHour):
    field = "ends"


class UnlikelyStart(clock.UnlikelyYear):
    field = "starts"


class UnlikelyEnd(clock.UnlikelyYear):
    field = "ends"


class TitleMissing(CrmError):
    text = N_("Enter a title")
    field = "title"


class CapacityTooSmall(CrmError):
    text = N_(
        "%(seats)s seats are taken or offered: enter a capacity of %(seats)s or more, "
        "or lower it all the same at the foot of the form. Nobody loses a seat."
    )

    def __init__(self, *, field: str = "capacity", seats: int) -> None:
        self.field = field
        super().__init__(seats=seats)


class CapacityNotPositive(CrmError):
    text = N_("Enter a capacity of 1 or more, or leave it empty when there is no limit.")

    def __init__(self, *, field: str = "capacity") -> None:
        self.field = field
        super().__init__()


class UnknownKind(CrmError):
    text = N_("This kind of event is no longer in the list. Choose another one.")
    field = "kind_id"


class UnknownPartner(CrmError):
    text = N_(
        "“%(name)s” is not in the directory. Choose one of the proposals, or create the organisation first."
    )
    field = "partners"


class NotAStep(CrmError):
    text = N_(
        "“%(event)s” is no longer where this step can be taken. Reload the page to see where it stands."
    )


class AlreadyOver(CrmError):
    text = N_("“%(event)s” is already over: change its dates before you open registration.")


class TookPlace(CrmError):
    text = N_(
        "This event took place: people are noted as present. "
        "Copy it to the date to come, or take their attendance back first."
    )
    field = "starts"


class DateIsPast(CrmError):
    text = N_("This date is already past: enter the date to come.")
    field = "starts"


class Facts(TypedDict, total=False):
    """What can be said about an event. Walls are naive, in `zone`; whole days are given by any
    hour of the first and of the last day. The description is HTML; partners are keys and parts."""

    title: str
    starts_wall: datetime
    ends_wall: datetime
    zone: str
    is_all_day: bool
    kind_id: int | None
    part: Part
    format: Format
    visibility: Visibility
    language: str
    venue: str
    city: str
    join_url: str
    description: str
    capacity: int | None
    capacity_online: int | None
    offer_hours: int | None
    withdraw_hours: int | None
    partners: Iterable[tuple[int, Part]]


def create(*, by: str, at: datetime, **facts: Unpack[Facts]) -> Event:
    """Put a draft into the agenda.

    Raises TitleMissing, SkippedHour, UnlikelyYear, UnknownZone, EndsBeforeItStarts, UnknownKind,
    UnknownPartner.
    """
    event = Event(uid=f"{uuid4()}@maillage", created_at=at, updated_at=at, state=EventState.DRAFT, sequence=0)
    event.created_by = by
    event.zone, event.is_all_day, event.language = "Europe/Paris", False, "fr"
    event.part, event.format, event.visibility = Part.ORGANISER, Format.ONSITE, Visibility.PUBLIC
    event.venue = event.city = event.join_url = event.description = ""
    event.capacity = event.capacity_online = event.offer_hours = event.withdraw_hours = None
    _write(event, facts)
    event.slug = _free_slug(event.title)
    db.session.add(event)
    db.session.flush()
    return event


def change(
    event: Event,
    *,
    by: str,
    at: datetime,
    seen: int | None = None,
    knowingly: bool = False,
    **facts: Unpack[Facts],
) -> frozenset[str]:
    """Change an event; say what people who were told about it must hear: `time`, `place` or nothing.

    `seen` is the version the editor looked at; `knowingly` lets the capacity be less than the seats that
    are taken, which nobody loses. Raises Changed when someone saved in between, and what `create`
    raises, CapacityTooSmall, and TookPlace when an event where people were present is moved to come. The
    caller promotes from the queue when there is more room, and tells people.
    """
    lock(event)
    if seen is not None and event.version != seen:
        raise Changed(who=history.last_actor(db.session(), event))
    before, read = {name: getattr(event, name) for name in (*TIME, *PLACE)}, _words(event)
    began, zone, room = event.starts_wall, event.zone, _capacities(event)
    _write(event, facts)
    if (event.starts_wall, event.zone) != (began, zone):
        programme.follow(event, event.starts_wall - began)
    if not knowingly:
        _check_capacities(event, room)
    if db.session.is_modified(event) or "partners" in facts:
        event.updated_at = at
    moved = {name for name, value in before.items() if getattr(event, name) != value}
    if event.state != EventState.DRAFT and _words(event) != read:
        event.words_changed_at = at
    if not moved.isdisjoint(TIME):
        _bring_back(event, at)
        event.time_changed_at = at
        planning.replan(event, at=at)
    db.session.flush()
    return frozenset(
        what for what, names in (("time", TIME), ("place", PLACE)) if not moved.isdisjoint(names)
    )


def _words(event: Event) -> tuple[str, str]:
    """What people read of it: no matter how the editor writes the same paragraphs down."""
    return event.title, richtext.plain(event.description)


def _bring_back(event: Event, at: datetime) -> None:
    """An event said to be held and moved to the future is to come again, its registration closed.

    Raises TookPlace when people were there.
    """
    if event.state is not EventState.HELD or event.ends_at <= at:
        return
    came = select(Registration.id).where(
        Registration.event_id == event.id, Registration.attendance == Attendance.PRESENT
    )
    if db.session.scalar(came.limit(1)) is not None:
        raise TookPlace
    event.state = EventState.CLOSED


def _capacities(event: Event) -> dict[str, tuple[int | None, Mode | None]]:
    """By field: how many seats there are, on which side."""
    if event.format != Format.HYBRID:
        return {"capacity": (event.capacity, None)}
    return {
        "capacity": (event.capacity, Mode.ONSITE),
        "capacity_online": (event.capacity_online, Mode.ONLINE),
    }


def _check_capacities(event: Event, before: dict[str, tuple[int | None, Mode | None]]) -> None:
    """Raises CapacityTooSmall for a capacity that this change makes less than what is taken.

    People who came to the door may hold more seats than there are: that is no fault of a change.
    """
    for name, (capacity, mode) in _capacities(event).items():
        if capacity is None or before.get(name) == (capacity, mode):
            continue
        taken = seats_taken(event, mode)
        if capacity < taken:
            raise CapacityTooSmall(field=name, seats=taken)


def publish(event: Event, *, by: str, at: datetime) -> None:
    """Open registration. Raises NotAStep, AlreadyOver."""
    lock(event)
    if event.ends_at <= at and EventState.OPEN in MOVES[event.state]:
        raise AlreadyOver(event=event.title)
    _move(event, EventState.OPEN, at)


def close(event: Event, *, by: str, at: datetime) -> None:
    """Take no more registrations. Raises NotAStep."""
    lock(event)
    _move(event, EventState.CLOSED, at)


def hold(event: Event, *, by: str, at: datetime) -> None:
    """Say that the event took place. Raises NotAStep."""
    lock(event)
    _move(event, EventState.HELD, at)


def cancel(event: Event, *, by: str, at: datetime) -> None:
    """Call the event off for good; it stays in the agenda, and still counts. Raises NotAStep."""
    lock(event)
    _move(event, EventState.CANCELLED, at)
    event.sequence += 1


def postpone(event: Event, *, by: str, at: datetime) -> None:
    """Call the event off for its date, the new one being still to come; registrations stay.

    Raises NotAStep.
    """
    lock(event)
    was = event.state
    _move(event, EventState.POSTPONED, at)
    event.postponed_from = was
    event.sequence += 1


def set_date(
    event: Event,
    *,
    starts_wall: datetime,
    ends_wall: datetime,
    zone: str,
    is_all_day: bool = False,
    by: str,
    at: datetime,
) -> None:
    """Give a postponed event its new date; it goes back to where it stood. The caller tells people.

    Walls as in `Facts`. Raises NotAStep, DateIsPast, and what `create` raises of times.
    """
    lock(event)
    if event.state is not EventState.POSTPONED:
        raise NotAStep(event=event.title)
    began = event.starts_wall
    _write_time(
        event, {"starts_wall": starts_wall, "ends_wall": ends_wall, "zone": zone, "is_all_day": is_all_day}
    )
    if event.starts_at <= at:
        raise DateIsPast
    programme.follow(event, event.starts_wall - began)
    event.state, event.postponed_from = event.postponed_from or EventState.OPEN, None
    event.updated_at = event.time_changed_at = at
    planning.replan(event, at=at)
    db.session.flush()


def lock(event: Event) -> None:
    """Read the event again and hold it until the unit of work ends, so that seats are counted once.

    On SQLite the write lock that the unit took when it began does the same.
    """
    db.session.flush()
    db.session.execute(_locking(), {"event": event.id}).one()


@cache
def _locking() -> Select[Event]:
    """As `refresh` would read it, put together once."""
    rows = select(Event).where(Event.id == bindparam("event", type_=Integer())).with_for_update(of=Event)
    return rows.execution_options(populate_existing=True)


def seats_taken(event: Event, mode: Mode | None = None) -> int:
    """How many seats are taken or offered, on one side or on both; exact while the event is locked."""
    taken = [Registration.event_id == event.id, Registration.seat.in_(TAKEN)]
    if mode is not None:
        taken.append(Registration.mode == mode)
    return db.session.scalar(select(func.count()).select_from(Registration).where(*taken)) or 0


def _move(event: Event, state: EventState, at: datetime) -> None:
    if state not in MOVES[event.state]:
        raise NotAStep(event=event.title)
    event.state = state
    event.updated_at = at


def _write(event: Event, facts: Facts) -> None:
    with db.session.no_autoflush:
        _write_words(event, facts)
        _write_time(event, facts)
        _write_choices(event, facts)
        if "partners" in facts:
            _write_partners(event, facts["partners"])


def _write_words(event: Event, facts: Facts) -> None:
    for name in ("title", "venue", "city", "join_url"):
        if name in facts:
            setattr(event, name, clean(facts[name]))  # type: ignore[literal-required]
    if not event.title:
        raise TitleMissing
    if "description" in facts:
        event.description = str(richtext.sanitise(facts["description"]))
    event.search = fold(f"{event.title} {event.venue} {event.city}")


def _write_time(event: Event, facts: Facts) -> None:
    event.zone = facts.get("zone", event.zone)
    event.is_all_day = facts.get("is_all_day", event.is_all_day)
    starts, ends = facts.get("starts_wall", event.starts_wall), facts.get("ends_wall", event.ends_wall)
    if event.is_all_day:
        starts = datetime.combine(starts.date(), time())
        ends = datetime.combine(ends.date(), time())
        if "ends_wall" in facts:
            ends += timedelta(days=1)
    starts, ends = (wall.replace(second=0, microsecond=0) for wall in (starts, ends))
    zone = clock.zone(event.zone)
    try:
        event.starts_at = clock.instant(starts, zone)
    except clock.SkippedHour as skipped:
        raise SkippedStart(**skipped.facts) from None
    except clock.UnlikelyYear:
        raise UnlikelyStart(year=starts.year) from None
    try:
        event.ends_at = clock.instant(ends, zone)
    except clock.SkippedHour as skipped:
        raise SkippedEnd(**skipped.facts) from None
    except clock.UnlikelyYear:
        raise UnlikelyEnd(year=ends.year) from None
    if event.ends_at <= event.starts_at:
        raise EndsBeforeItStarts
    if event.ends_at - event.starts_at > LONGEST:
        raise LastsTooLong
    event.starts_wall, event.ends_wall = starts, ends
    admission.reckon(event)


def _write_choices(event: Event, facts: Facts) -> None:
    for name in ("part", "format", "visibility", "language"):
        if name in facts:
            setattr(event, name, facts[name])  # type: ignore[literal-required]
    if "kind_id" in facts:
        kind_id = facts["kind_id"]
        if kind_id is not None and db.session.get(EventKind, kind_id) is None:
            raise UnknownKind
        event.kind_id = kind_id
    for name in ("capacity", "capacity_online", "offer_hours", "withdraw_hours"):
        if name in facts:
            number: int | None = facts[name]  # type: ignore[literal-required]
            if number is not None and number < (0 if name == "withdraw_hours" else 1):
                raise CapacityNotPositive(field=name)
            setattr(event, name, number)


def _write_partners(event: Event, partners: Iterable[tuple[int, Part]]) -> None:
    asked = dict.fromkeys(partners)
    for kept in list(event.partners):
        if (kept.organisation_id, kept.part) in asked:
            del asked[kept.organisation_id, kept.part]
        else:
            event.partners.remove(kept)
    for organisation_id, part in asked:
        organisation = db.session.get(Organisation, organisation_id)
        if organisation is None:
            raise UnknownPartner(name=organisation_id)
        event.partners.append(EventPartner(organisation=organisation, part=part))


def _free_slug(title: str) -> str:
    """The title as a part of an address, with a number when another event has it; never changed later."""
    wanted = slug(title)
    taken = set(db.session.scalars(select(Event.slug).where(Event.slug.like(f"{wanted}%"))))
    number, free = 1, wanted
    while free in taken:
        number += 1
        free = f"{wanted}-{number}"
    return free

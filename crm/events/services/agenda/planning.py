"""Putting events into the agenda, and changing them."""

from datetime import datetime
from typing import Unpack
from uuid import uuid4

from sqlalchemy import select

from crm import history
from crm.db import db
from crm.errors import Changed
from crm.events.models import Attendance, Event, EventState, Format, Mode, Part, Registration, Visibility
from crm.events.programme import services as programme
from crm.events.reminders import planning
from crm.events.services.agenda.locking import lock, seats_taken
from crm.events.services.agenda.refusals import CapacityTooSmall, TookPlace
from crm.events.services.agenda.writing import Facts, free_slug, write
from crm.web import richtext

TIME = ("starts_wall", "ends_wall", "zone", "is_all_day")
PLACE = ("format", "venue", "city", "join_url")


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
    write(event, facts)
    event.slug = free_slug(event.title)
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
    write(event, facts)
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

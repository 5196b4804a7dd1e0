"""The steps of an event's life, from draft to held, put off or called off."""

from datetime import datetime

from crm.db import db
from crm.events.models import Event, EventState
from crm.events.programme import services as programme
from crm.events.reminders import planning
from crm.events.services.agenda.locking import lock
from crm.events.services.agenda.refusals import AlreadyOver, DateIsPast, NotAStep
from crm.events.services.agenda.writing import write_time

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
    write_time(
        event, {"starts_wall": starts_wall, "ends_wall": ends_wall, "zone": zone, "is_all_day": is_all_day}
    )
    if event.starts_at <= at:
        raise DateIsPast
    programme.follow(event, event.starts_wall - began)
    event.state, event.postponed_from = event.postponed_from or EventState.OPEN, None
    event.updated_at = event.time_changed_at = at
    planning.replan(event, at=at)
    db.session.flush()


def _move(event: Event, state: EventState, at: datetime) -> None:
    if state not in MOVES[event.state]:
        raise NotAStep(event=event.title)
    event.state = state
    event.updated_at = at

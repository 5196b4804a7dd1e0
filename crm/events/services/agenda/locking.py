"""Holding an event while its seats are counted."""

from functools import cache

from sqlalchemy import Integer, Select, bindparam, func, select

from crm.db import db
from crm.events.choices import TAKEN
from crm.events.models import Event, Mode, Registration


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

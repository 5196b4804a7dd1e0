"""Holding an event while its seats are counted."""

from functools import cache

from sqlalchemy import Integer, Select, bindparam, func, select

from crm.db import db
from crm.events.choices import TAKEN
from crm.events.models import Event, Mode, Registration
from crm.writing import run


def lock(event: Event) -> None:
    """Hold the event until the unit of work ends, so that seats are counted once; what others changed of it
    since it was read is read again.

    On SQLite the write lock that the unit took when it began does the same.
    """
    session = db.session()
    session.flush()
    version = event.version
    if run(session, _holding(), {"event": event.id}).scalar_one() != version:
        session.refresh(event)


@cache
def _holding() -> Select[int]:
    # Whoever changes an event gives it another version.
    return select(Event.version).where(Event.id == bindparam("event", type_=Integer())).with_for_update()


def seats_taken(event: Event, mode: Mode | None = None) -> int:
    """How many seats are taken or offered, on one side or on both; exact while the event is locked."""
    taken = [Registration.event_id == event.id, Registration.seat.in_(TAKEN)]
    if mode is not None:
        taken.append(Registration.mode == mode)
    return db.session.scalar(select(func.count()).select_from(Registration).where(*taken)) or 0

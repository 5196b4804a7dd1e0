"""What places do by themselves, looked at every minute: offers end, and the next in line is asked."""

from datetime import datetime

from crm import clock, jobs
from crm.db import db, reading
from crm.events.models import Event
from crm.events.places import queries, services
from crm.events.services import agenda
from crm.jobs import every_minute, job


@job("places")
@every_minute
def look() -> None:
    """Pass on what was offered in vain; give what became free on a path that gives nothing itself."""
    if one_pass(at=clock.now()):
        jobs.wake()


def one_pass(*, at: datetime) -> int:
    """Look at each event where somebody waits, one unit of work for each; how many there were."""
    with reading():
        events = list(db.session.scalars(queries.unsettled(at=at)))
        db.session.rollback()
    for key in events:
        event = db.session.get_one(Event, key)
        agenda.lock(event)
        services.settle(event, at=at)
        db.session.commit()
    return len(events)

"""The Monday list leaves by mail, in the morning of the office's zone."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import IntegrityError

from crm import clock, jobs
from crm.db import db
from crm.jobs import every_minute, job
from crm.relations.cold import queries, services

log = structlog.get_logger()

MONDAY = 0
HOUR = time(7)


@job("monday-lists")
@every_minute
def monday_lists() -> None:
    """Every account that wishes its list gets it once on a Monday, from seven o'clock on."""
    if send_lists(at=clock.now(), zone=clock.office()):
        jobs.wake()


def send_lists(*, at: datetime, zone: ZoneInfo) -> int:
    """Queue the lists of this Monday that were not queued yet; how many. On other days nothing.

    The outbox holds one message for each account and Monday, whoever asks and how often.
    """
    wall = at.astimezone(zone)
    if wall.weekday() != MONDAY or wall.time() < HOUR:
        return 0
    begun = clock.instant(datetime.combine(wall.date(), HOUR), zone)
    number = 0
    for key in queries.wishes_waiting(wall.date(), begun=begun):
        try:
            services.queue_list(key, today=wall.date(), at=at)
            db.session.commit()
        except IntegrityError:
            # Another worker queued it at the same moment.
            db.session.rollback()
        else:
            number += 1
    return number

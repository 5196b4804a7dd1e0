"""Whether somebody works behind the pages."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from crm.db import db
from crm.jobs.models import Worker

ALIVE_WITHIN = timedelta(seconds=45)


def seen_at() -> datetime | None:
    """When a worker that did not end was last seen."""
    return db.session.scalar(select(func.max(Worker.seen_at)).where(Worker.stopped_at.is_(None)))


def is_alive(at: datetime) -> bool:
    """Whether a worker was seen within the last seconds."""
    seen = seen_at()
    return seen is not None and at - seen < ALIVE_WITHIN

"""Scans for duplicates as a job: woken when one is asked for, and looked for every minute."""

from crm import clock
from crm.db import db
from crm.directory.merging import scans
from crm.jobs import every_minute, job
from crm.jobs.queue import stopping

# Directories of more records are not gone through while the page waits.
MOST_AT_ONCE = 3_000


@job("duplicates")
@every_minute
def pending() -> None:
    """Do every scan that was asked for."""
    while not stopping.is_set() and (key := scans.next_asked(db.session(), at=clock.now())) is not None:
        db.session.rollback()
        do(key)
    db.session.rollback()


def do(key: int) -> None:
    """Do this scan, unless somebody else does. Commits."""
    if scans.claim(db.session(), key, at=clock.now()):
        scans.work(db.session(), key)

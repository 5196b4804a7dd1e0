"""Imports as a job: woken when a large file is to be checked or taken in, and looked for every minute."""

from flask import current_app

from crm import clock
from crm.db import db
from crm.directory.importing import running, services
from crm.directory.importing.shelf import Shelf
from crm.jobs import every_minute, job
from crm.jobs.queue import stopping

# Files of more rows are not done while the page waits.
MOST_AT_ONCE = 3_000


def shelf() -> Shelf:
    return Shelf.under(current_app.config["DATA_DIR"])


@job("imports")
@every_minute
def pending() -> None:
    """Do everything that was asked for; forget old files."""
    place = shelf()
    while not stopping.is_set() and (key := services.next_asked(db.session(), place)) is not None:
        db.session.rollback()
        do(key)
    db.session.rollback()
    place.sweep()


def do(key: int) -> None:
    """Do what was asked of this import, unless somebody else does. Commits."""
    place = shelf()
    if services.claim(db.session(), place, key):
        running.work(db.session(), place, key, at=clock.now())

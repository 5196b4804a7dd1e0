"""Erasing what people asked to have erased, once the days in which they may think again are over."""

from datetime import datetime
from pathlib import Path

from flask import current_app

from crm import clock
from crm.db import db
from crm.events.own import erasing
from crm.jobs import every_minute, job
from crm.mail.senders import folder


@job("erasures")
@every_minute
def look() -> None:
    """Erase what is due."""
    one_pass(at=clock.now())


def one_pass(*, at: datetime) -> int:
    """One unit of work for each registration; how many were erased."""
    count = 0
    while (registration := db.session.scalars(erasing.due(at=at).limit(1)).first()) is not None:
        gone = erasing.erase(registration, at=at)
        db.session.commit()
        folder.discard(Path(current_app.config["DATA_DIR"]) / "outbox", gone)
        count += 1
    db.session.rollback()
    return count

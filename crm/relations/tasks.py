"""What the log does by itself, looked at every minute."""

from zoneinfo import ZoneInfo

from flask import current_app

from crm import clock, jobs
from crm.db import db
from crm.jobs import every_minute, job
from crm.relations import services


@job("reminders")
@every_minute
def remind() -> None:
    """Remind everyone of what is to be done today."""
    mails = services.remind(at=clock.now(), zone=ZoneInfo(current_app.config["ZONE"]))
    db.session.commit()
    if mails:
        jobs.wake()

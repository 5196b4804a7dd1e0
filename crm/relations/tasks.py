"""What the log does by itself, looked at every minute."""

from crm import clock, jobs
from crm.db import db
from crm.jobs import every_minute, job
from crm.relations import services


@job("reminders")
@every_minute
def remind() -> None:
    """Remind everyone of what is to be done today."""
    mails = services.remind(at=clock.now(), zone=clock.office())
    db.session.commit()
    if mails:
        jobs.wake()

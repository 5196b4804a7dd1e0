"""What accounts do by themselves, looked at every minute."""

from flask import current_app

from crm import clock, jobs
from crm.accounts import alarms
from crm.db import db
from crm.jobs import every_minute, job


@job("alarms")
@every_minute
def raise_alarms() -> None:
    """Tell administrators by another way that our way out refuses our account."""
    if not current_app.config["MAIL_NOTICE_SENDER"]:
        return
    number = alarms.raise_alarms(at=clock.now())
    db.session.commit()
    if number:
        jobs.wake()

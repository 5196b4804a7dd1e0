"""What kits do by themselves, looked at every minute."""

from crm import clock, jobs
from crm.db import db
from crm.jobs import every_minute, job
from crm.kits.acting import forgetting, reminding
from crm.kits.signing import services as signing
from crm.web import files


@job("kit-reminders")
@every_minute
def remind() -> None:
    """Remind who opened a kit and did not act; ask who wrote whether an answer came."""
    mails = reminding.remind(at=clock.now())
    db.session.commit()
    if mails:
        jobs.wake()


@job("kit-details")
@every_minute
def forget() -> None:
    """A year after a kit is over, only its numbers stay."""
    forgetting.forget(at=clock.now())
    db.session.commit()


@job("kit-requests")
@every_minute
def forget_requests() -> None:
    """A week after somebody asked to sign and did not confirm, nothing of it stays."""
    gone = signing.forget(at=clock.now())
    db.session.commit()
    files.discard(*gone)

"""What the agenda does by itself: answers of calendars are taken as they come, reminders leave."""

from crm import clock, history, jobs
from crm.db import db
from crm.events.reminders import services as reminders
from crm.events.replies import services, taking
from crm.jobs import every_minute, job
from crm.jobs.queue import stopping
from crm.mail.incoming import taking as incoming

incoming.enter("calendars", taking.take_in)


@job("event_reminders")
@every_minute
def remind() -> None:
    """Let the reminders leave whose moment has come, each in a unit of work of its own."""
    at = clock.now()
    queued = 0
    for key in reminders.due(at=at):
        history.act_as(db.session(), reminders.AUTHOR)
        queued += reminders.leave(key, at=at)
        db.session.commit()
        if stopping.is_set():
            break
    if queued:
        jobs.wake()


@job("answers")
@every_minute
def forget() -> None:
    """Let go the mails that were set aside long ago."""
    services.forget(at=clock.now())
    db.session.commit()

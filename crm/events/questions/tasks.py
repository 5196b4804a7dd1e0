"""Answers are forgotten by themselves, when the time that people were told is over."""

from crm import clock
from crm.db import db
from crm.events.questions import answering
from crm.jobs import every_minute, job
from crm.web import files


@job("answers")
@every_minute
def forget() -> None:
    """Erase the answers and closed lists whose time is over; how many gave each answer stays."""
    at = clock.now()
    for question in answering.due(at):
        # Files first: should the work die between the two, the next look finds the rest.
        files.discard(*answering.redact(question, at=at))
        db.session.commit()
    if answering.forget_lists(at):
        db.session.commit()

"""Scheduled mailings leave by themselves."""

import structlog
from flask import current_app
from flask_babel import force_locale

from crm import clock, jobs
from crm.db import db
from crm.errors import CrmError
from crm.jobs import every_minute, job
from crm.mailings import queries, services
from crm.mailings.audiences import forgetting
from crm.mailings.models import Mailing
from crm.web.forms import said

log = structlog.get_logger()


@job("mailings")
@every_minute
def leave_due() -> None:
    """Let every mailing leave whose hour has come; one that cannot becomes a draft again.

    One that breaks keeps none of the others from leaving: it is tried again in a minute, and the job fails.
    """
    broken: Exception | None = None
    for key in [mailing.id for mailing in queries.due(clock.now())]:
        try:
            _leave(key)
        except Exception as fault:
            db.session.rollback()
            log.exception("a scheduled mailing broke", mailing=key)
            broken = fault
        db.session.commit()
    jobs.wake()
    if broken is not None:
        raise broken


@job("exclusions")
@every_minute
def forget_exclusions() -> None:
    """Let go the names of those whom mailings left out long ago."""
    if days := current_app.config["EXCLUSIONS_KEPT_DAYS"]:
        forgetting.forget(days=days, at=clock.now())
        db.session.commit()


def _leave(key: int) -> None:
    mailing = db.session.get_one(Mailing, key)
    try:
        number = services.leave(mailing, by="scheduled", at=clock.now())
    except CrmError as refusal:
        db.session.rollback()
        services.give_up(mailing, why=_said(mailing, refusal), at=clock.now())
        log.warning("a scheduled mailing could not leave", mailing=key, reason=str(refusal))
    else:
        log.info("a scheduled mailing leaves", mailing=key, messages=number)


def _said(mailing: Mailing, refusal: CrmError) -> str:
    """The refusal in the language of whoever wrote the mailing."""
    with force_locale(mailing.created_by.language if mailing.created_by else "fr"):
        return said(refusal)

"""Subscriptions that nobody confirmed are forgotten by themselves."""

import structlog

from crm import clock, history
from crm.db import db
from crm.jobs import every_minute, job
from crm.mailings.subscribing import services

log = structlog.get_logger()


@job("subscriptions")
@every_minute
def forget() -> None:
    """Take away what was not confirmed while its link held."""
    history.act_as(db.session(), "subscriptions")
    number = services.forget_expired(at=clock.now())
    db.session.commit()
    if number:
        log.info("subscriptions that nobody confirmed are forgotten", number=number)

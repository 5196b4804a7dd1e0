"""The outbox as a job: woken after each commit that queued something, and looked at every minute.

The mail that comes in is taken every minute too.
"""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from flask import current_app

from crm import clock
from crm.jobs import every_minute, job
from crm.jobs.queue import name, stopping
from crm.mail import senders
from crm.mail.composers import Origin
from crm.mail.incoming import taking
from crm.mail.models import DeliveryState
from crm.mail.outbox import Courier


@job("mail")
@every_minute
def deliver() -> None:
    """Send everything that is due."""
    one_pass(stopping=stopping.is_set)


@job("incoming")
@every_minute
def take_in() -> None:
    """Take in the mail that came: what is to be filed, what calendars answer."""
    taking.take_all(current_app.config, at=clock.now(), stopping=stopping.is_set)


def one_pass(
    *, most: int | None = None, stopping: Callable[[], bool] = lambda: False
) -> Counter[DeliveryState]:
    """Empty the outbox as the settings say; how many messages ended in which state."""
    settings = current_app.config
    courier = Courier(
        sender=senders.sender(settings),
        origin=origin(settings),
        worker=f"{name()}:{threading.get_ident()}",
        stopping=stopping,
    )
    return courier.run(most=most)


# How the association calls itself; the domain that knows enters here (`crm.settings.setup`).
called: list[Callable[[], str]] = []


def origin(settings: Mapping[str, Any]) -> Origin:
    """Who the house writes as."""
    return Origin(
        address=settings["MAIL_FROM"],
        name=called[-1]() if called else settings["ASSOCIATION_NAME"],
        reply_to=settings["MAIL_REPLY_TO"],
        base_url=settings["BASE_URL"],
    )

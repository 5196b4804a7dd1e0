"""The outbox as a job: woken after each commit that queued something, and looked at every minute.

The mail that comes in is taken every minute too.
"""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from flask import current_app

from crm import clock
from crm.db import db
from crm.jobs import every_minute, job
from crm.jobs.queue import name, stopping
from crm.mail import places, senders
from crm.mail.composers import Origin
from crm.mail.incoming import taking
from crm.mail.kept import services as kept
from crm.mail.kept.services import Keeper
from crm.mail.models import DeliveryState
from crm.mail.outbox import Courier
from crm.mail.places import AtOnce
from crm.mail.provider import lists, releases
from crm.mail.provider import services as provider
from crm.mail.rates import Rates
from crm.mail.returns import addresses as return_addresses
from crm.mail.returns import services as returns
from crm.mail.returns import taking as coming_back

# Before all others: a report is nobody else's.
taking.enter("bounces", coming_back.take_in)


@job("mail")
@every_minute
def deliver() -> None:
    """Send everything that is due."""
    one_pass(stopping=stopping.is_set)
    send_notices()


@job("incoming")
@every_minute
def take_in() -> None:
    """Take in the mail that came: what came back, what calendars answer, what is to be filed."""
    taking.take_all(current_app.config, at=clock.now(), stopping=stopping.is_set)


@job("provider")
@every_minute
def learn() -> None:
    """Tell the provider of holds that were lifted, and read its lists when a day has gone by.

    What was reported, or kept, long ago is let go.
    """
    at = clock.now()
    releases.carry_out(current_app.config, at=at)
    lists.read_if_due(current_app.config, at=at)
    returns.forget(at=at)
    provider.forget(at=at)
    places.forget(at=at)
    kept.forget(days=current_app.config["MAIL_KEPT_DAYS"], at=at)
    db.session.commit()


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
        rates=Rates.of(settings),
        # A folder is nobody's mail server.
        at_once=AtOnce({} if settings["MAIL_SENDER"] == "folder" else settings["MAIL_DOMAINS_AT_ONCE"]),
        keeper=Keeper(settings["MAIL_KEPT_DAYS"]),
    )
    return courier.run(most=most)


def send_notices() -> Counter[DeliveryState]:
    """Send what is told of the usual way out by the one that the settings name for it."""
    settings = current_app.config
    if not settings["MAIL_NOTICE_SENDER"]:
        return Counter()
    courier = Courier(
        sender=senders.sender(settings, settings["MAIL_NOTICE_SENDER"]),
        origin=origin(settings),
        worker=f"{name()}:{threading.get_ident()}",
        stopping=stopping.is_set,
        keeper=Keeper(settings["MAIL_KEPT_DAYS"]),
        notices=True,
    )
    return courier.run()


# How the association calls itself; the domain that knows enters here (`crm.settings.setup`).
called: list[Callable[[], str]] = []


def origin(settings: Mapping[str, Any]) -> Origin:
    """Who the house writes as."""
    return Origin(
        address=settings["MAIL_FROM"],
        name=called[-1]() if called else settings["ASSOCIATION_NAME"],
        reply_to=settings["MAIL_REPLY_TO"],
        base_url=settings["BASE_URL"],
        bounce_address=settings["BOUNCE_ADDRESS"],
        bounce_key=return_addresses.keys(settings)[0],
    )

"""When our way out refuses our account, administrators learn it by another way: once for each pause."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.accounts import alarms
from crm.accounts import tasks as accounts
from crm.db import db
from crm.mail import breaker, tasks
from crm.mail.claims import NOTICE
from crm.mail.models import Delivery, DeliveryState
from crm.mail.outcomes import Fault, Outcome
from crm.mail.senders import ChannelRefused
from crm.mail.senders.sendgrid import SendGridSender
from crm.reports import health
from tests.mail.fake_sendgrid import FakeSendGrid, answer
from tests.mail.test_outbox import _letter, _queued  # noqa: F401  (enters the composer)
from tests.mail.test_rates import _dispatch
from tests.make import EARLY, Make
from tests.outbox import MemorySender, courier, told
from tests.pages import Browser

LATER = EARLY + timedelta(minutes=10)
NEXT_DAY = EARLY + timedelta(days=1)


def refuse(_message: Any) -> None:
    raise ChannelRefused(said="401 unauthorized")


def notices() -> list[str]:
    """Whom notices are for, in order."""
    rows = select(Delivery).where(Delivery.kind == NOTICE).order_by(Delivery.id)
    return [delivery.address.email for delivery in db.session.scalars(rows)]


def alarm(at: Any = EARLY) -> int:
    number = alarms.raise_alarms(at=at)
    db.session.commit()
    return number


def paused(make: Make, *, at: Any = EARLY) -> None:
    _dispatch(make, *(f"p{number}-{at:%d%H%M}@example.org" for number in range(30)))
    courier(MemorySender(refuse), at=at).run()


@pytest.mark.parametrize("status", [401, 403])
def test_administrators_are_told_once_however_many_messages_wait(
    session: Session, make: Make, status: int
) -> None:
    make.account("admin", email="admin@example.org")
    make.account("admin", email="gone@example.org", is_open=False)
    make.account("staff", email="staff@example.org")
    _dispatch(make, *(f"p{number}@example.org" for number in range(30)))
    with FakeSendGrid() as provider:
        provider.answer = answer(status)
        sender = SendGridSender(key="k", url=provider.url, timeout=1)
        courier(sender, at=EARLY).run()  # type: ignore[arg-type]
    assert alarm() == 1
    assert alarm(LATER) == 0
    assert notices() == ["admin@example.org"]


def test_a_pause_that_comes_back_is_told_again_but_not_to_whoever_just_tries(
    session: Session, make: Make
) -> None:
    make.account("admin", email="admin@example.org")
    paused(make)
    assert alarm() == 1
    for at, number in ((LATER, 0), (NEXT_DAY, 1)):
        breaker.recover(breaker.channel("memory"))
        session.commit()
        courier(MemorySender(refuse), at=at).run()
        assert alarm(at) == number


def test_the_notice_leaves_by_the_other_way_and_waits_for_no_other(
    app: Flask, session: Session, make: Make
) -> None:
    admin = make.account("admin", email="admin@example.org", name="Ana Roux")
    paused(make)
    alarm()
    usual, other = MemorySender(refuse), MemorySender(name="other")
    with app.test_request_context():
        courier(usual, at=EARLY).run()
        assert courier(other, at=EARLY, notices=True).run() == told(accepted=1)
    [notice] = other.messages
    assert notice.to == admin.email and "401 unauthorized" in notice.text and "/mail/" in notice.text
    waiting = select(func.count()).where(Delivery.state == DeliveryState.QUEUED)
    assert session.scalar(waiting) == 30


def test_what_is_mended_before_the_notice_leaves_alarms_nobody(
    app: Flask, session: Session, make: Make
) -> None:
    make.account("admin")
    paused(make)
    alarm()
    breaker.recover(breaker.channel("memory"))
    session.commit()
    with app.test_request_context():
        assert courier(MemorySender(name="other"), at=EARLY, notices=True).run() == told(suppressed=1)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_settings_name_the_other_way(
    app: Flask, session: Session, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.account("admin", email="admin@example.org")
    paused(make)
    monkeypatch.setitem(app.config, "MAIL_SENDER", "smtp")
    accounts.raise_alarms()
    assert notices() == [] and tasks.send_notices() == told()
    monkeypatch.setitem(app.config, "MAIL_NOTICE_SENDER", "folder")
    with app.test_request_context():
        accounts.raise_alarms()
        assert tasks.send_notices() == told(accepted=1)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_home_page_and_the_doctor_say_it_as_long_as_it_lasts(
    app: Flask, client: Browser, make: Make
) -> None:
    with app.app_context():
        paused(make)
    said = "refuse notre compte"
    assert said not in client.as_("viewer").get("/").text
    assert said in client.as_("admin").get("/").text
    with app.app_context():
        [problem] = health._channels()
        assert "401 unauthorized" in problem and "MAIL_NOTICE_SENDER" in problem
        breaker.recover(breaker.channel("memory"))
        db.session.commit()
    assert said not in client.get("/").text


def test_a_pause_that_needs_a_person_is_not_ended_by_what_was_still_under_way(session: Session) -> None:
    """Another worker's try ends later, in a fault of the network: the account is refused all the same."""
    faults = (Fault.ACCOUNT, "401 unauthorized"), (Fault.CHANNEL, "connection reset")
    for fault, said in faults:
        outcome = Outcome(id=1, state=DeliveryState.QUEUED, reason="No", said=said, fault=fault)
        assert not breaker.learn("memory", [outcome], EARLY)
    assert not breaker.is_open("memory", NEXT_DAY)
    assert breaker.channel("memory").said == "401 unauthorized"


def test_each_of_two_ways_out_that_refuse_us_is_told(session: Session, make: Make) -> None:
    make.account("admin", email="admin@example.org")
    for name in ("memory", "other"):
        breaker.learn(name, [Outcome(1, DeliveryState.QUEUED, said="401", fault=Fault.ACCOUNT)], EARLY)
    session.commit()
    assert alarm() == 2
    told_of = {
        one.facts["channel"] for one in session.scalars(select(Delivery).where(Delivery.kind == NOTICE))
    }
    assert told_of == {"memory", "other"}


def test_where_nobody_could_be_told_whoever_comes_is(session: Session, make: Make) -> None:
    paused(make)
    assert alarm() == 0
    make.account("admin", email="admin@example.org")
    assert alarm(LATER) == 1

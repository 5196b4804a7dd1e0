"""No more than so many messages a minute: of the sender, and to each domain; all workers together."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db import db
from crm.mail import progress, rates, services
from crm.mail.message import Message
from crm.mail.models import Delivery, DeliveryState, Dispatch, Purpose
from crm.mail.outbox import Courier
from crm.mail.rates import Rate, Rates
from tests.mail.test_outbox import _letter  # noqa: F401  (enters the composer)
from tests.make import EARLY, Make
from tests.outbox import MemorySender, courier, told

ON_ONE_ENGINE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


class Clock:
    """A clock that only goes on when somebody waits."""

    def __init__(self) -> None:
        self.at = EARLY

    def __call__(self) -> datetime:
        return self.at

    def wait(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def _dispatch(make: Make, *emails: str) -> Dispatch:
    dispatch = services.dispatch(
        subject="mailings:1", title="Lettre", purpose=Purpose.NEWSLETTER, by="staff@example.org", at=EARLY
    )
    for number, email in enumerate(emails):
        services.queue(
            kind="test.letter",
            subject_id=number,
            address=make.address(email),
            purpose=Purpose.NEWSLETTER,
            language="fr",
            dispatch=dispatch,
            at=EARLY,
        )
    db.session.commit()
    return dispatch


def _noting(clock: Clock) -> tuple[MemorySender, list[tuple[datetime, str]]]:
    left: list[tuple[datetime, str]] = []

    def note(message: Message) -> None:
        left.append((clock(), message.to.rpartition("@")[2]))

    return MemorySender(note), left


def _most_in_a_minute(moments: list[datetime]) -> int:
    minute = timedelta(seconds=60)
    return max(sum(begin <= at < begin + minute for at in moments) for begin in moments)


def test_a_mailing_leaves_no_faster_than_the_sender_may(session: Session, make: Make) -> None:
    _dispatch(make, *(f"p{number}@example.org" for number in range(70)))
    clock = Clock()
    sender, left = _noting(clock)
    worker = courier(sender, at=EARLY, rates=Rates(Rate(30)), now=clock, wait=clock.wait)
    assert worker.run() == told(accepted=70)
    moments = [at for at, _domain in left]
    assert 25 <= _most_in_a_minute(moments) <= 30
    assert timedelta(minutes=2) <= clock.at - EARLY <= timedelta(minutes=3, seconds=30)


def test_two_workers_share_one_bucket(session: Session, make: Make) -> None:
    _dispatch(make, *(f"p{number}@example.org" for number in range(40)))
    clock = Clock()
    sender, left = _noting(clock)
    stopping = iter([False] * 6 + [True] * 1_000)
    facts: dict[str, Any] = {"rates": Rates(Rate(60)), "now": clock}
    first: Courier = courier(
        sender, at=EARLY, worker="one", wait=clock.wait, stopping=lambda: next(stopping), **facts
    )
    first.run()
    given = len(left)
    assert 0 < given <= Rate(60).most
    courier(sender, at=EARLY, worker="two", wait=clock.wait, **facts).run()
    assert len(left) == 40
    assert _most_in_a_minute([at for at, _domain in left]) <= 60


def test_a_slow_domain_does_not_hold_up_the_others(session: Session, make: Make) -> None:
    slow = [f"p{number}@orange.example" for number in range(12)]
    others = [f"p{number}@example.org" for number in range(25)]
    _dispatch(make, *slow, *others)
    clock = Clock()
    sender, left = _noting(clock)
    worker = courier(
        sender,
        at=EARLY,
        rates=Rates(None, {"orange.example": Rate(12)}),
        now=clock,
        wait=clock.wait,
    )
    assert worker.run() == told(accepted=37)
    assert {at for at, domain in left if domain == "example.org"} == {EARLY}
    assert _most_in_a_minute([at for at, domain in left if domain == "orange.example"]) <= 12
    assert session.scalar(select(func.max(Delivery.attempts))) == 1


@ON_ONE_ENGINE
def test_a_rate_for_each_other_domain(session: Session, make: Make) -> None:
    _dispatch(make, *(f"p{number}@{domain}.example" for number in range(4) for domain in ("a", "b")))
    clock = Clock()
    sender, left = _noting(clock)
    known = Rates(None, {"*": Rate(2), "b.example": Rate(600)})
    courier(sender, at=EARLY, rates=known, now=clock, wait=clock.wait).run()
    assert len(left) == 8
    assert _most_in_a_minute([at for at, domain in left if domain == "a.example"]) <= 2
    assert {at for at, domain in left if domain == "b.example"} == {EARLY}


@ON_ONE_ENGINE
def test_tokens_that_were_not_used_are_given_back(session: Session, make: Make) -> None:
    rate = Rate(60)
    assert rates.take("sender:x", rate, 20, EARLY).number == 5
    assert rates.take("sender:x", rate, 20, EARLY).number == 0
    rates.give_back("sender:x", rate, 3, EARLY)
    given = rates.take("sender:x", rate, 20, EARLY)
    assert given.number == 3 and 1.0 < given.wait < 1.2
    # A clock that goes back fills nothing.
    assert rates.take("sender:x", rate, 20, EARLY - timedelta(hours=1)).number == 0
    assert rates.take("sender:x", rate, 20, EARLY + timedelta(hours=1)).number == 5


@ON_ONE_ENGINE
def test_the_pace_and_what_is_left_are_told(session: Session, make: Make) -> None:
    dispatch = _dispatch(make, *(f"p{number}@example.org" for number in range(100)))
    at = EARLY + timedelta(minutes=1)
    nothing = progress.of(dispatch.id)
    assert nothing is not None
    assert progress.pace(nothing, dispatch.id, limit=0, at=at) == progress.Pace(0, 0, None)
    assert progress.pace(nothing, dispatch.id, limit=20, at=at) == progress.Pace(0, 20, 5)
    for delivery in session.scalars(select(Delivery).order_by(Delivery.id).limit(40)):
        delivery.state, delivery.ended_at = DeliveryState.ACCEPTED, EARLY
    session.commit()
    now = progress.of(dispatch.id)
    assert now is not None
    assert progress.pace(now, dispatch.id, limit=0, at=at) == progress.Pace(40, 0, 2)
    assert progress.pace(now, dispatch.id, limit=20, at=at) == progress.Pace(40, 20, 3)
    assert progress.pace(now, dispatch.id, limit=0, at=at + timedelta(hours=1)).minutes is None

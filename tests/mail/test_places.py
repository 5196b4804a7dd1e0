"""No more than so many workers write to one domain at the same time; the others wait and lose nothing."""

import os
import socket
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db import db
from crm.mail import outbox, places
from crm.mail.models import Delivery, DeliveryState, Place
from crm.mail.outbox import Courier
from crm.mail.places import AtOnce, Holder
from crm.mail.senders.smtp import SmtpSender
from tests.bench.smtp_sink import SmtpSink
from tests.mail.test_outbox import _letter  # noqa: F401  (enters the composer)
from tests.mail.test_rates import _dispatch
from tests.make import EARLY, Make
from tests.outbox import ORIGIN, MemorySender, courier, told

UNTIL = EARLY + timedelta(minutes=3)
LATER = EARLY + timedelta(minutes=1)


def take(*domains: str, worker: str, most: int = 1, at=EARLY, until=UNTIL) -> set[str]:
    full = places.take(domains, AtOnce({"*": most}), worker=worker, at=at, until=until)
    db.session.commit()
    return set(full)


def test_a_domain_has_so_many_places_and_a_worker_takes_one(session: Session) -> None:
    assert take("a.example", worker="one", most=2) == set()
    assert take("a.example", "b.example", worker="two", most=2) == set()
    assert take("a.example", "b.example", worker="three", most=2) == {"a.example"}
    # What goes on to the same domain keeps its place; what goes elsewhere frees it.
    assert take("a.example", worker="one", most=2) == set()
    assert take("c.example", worker="two", most=2) == set()
    assert take("a.example", worker="three", most=2) == set()
    assert session.scalar(select(func.count()).select_from(Place)) == 5


def test_the_place_of_a_worker_that_died_is_free_when_its_lease_is_over(session: Session) -> None:
    assert take("a.example", worker="one") == set()
    assert take("a.example", worker="two", at=LATER, until=LATER + timedelta(minutes=3)) == {"a.example"}
    assert take("a.example", worker="two", at=UNTIL, until=UNTIL + timedelta(minutes=3)) == set()
    assert take("a.example", worker="one", at=UNTIL, until=UNTIL + timedelta(minutes=3)) == {"a.example"}


def test_the_place_of_a_worker_that_died_on_this_machine_is_free_at_once(session: Session) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    here = socket.gethostname()
    holders = {
        "dead": f"{here}:{ended.pid}:1",
        "alive": f"{here}:{os.getpid()}:1",
        "far": f"far:{ended.pid}:1",
    }
    for domain, worker in holders.items():
        assert take(domain, worker=worker) == set()
    assert take(*holders, worker="next") == {"alive", "far"}


def test_a_worker_that_ends_leaves_its_places_and_free_ones_are_let_go(session: Session) -> None:
    take("a.example", "b.example", worker="one")
    take("c.example", worker="two", until=EARLY + timedelta(hours=3))
    places.leave("one", at=EARLY)
    assert take("a.example", worker="three", until=EARLY + timedelta(hours=3)) == set()
    places.forget(at=EARLY + timedelta(hours=2))
    session.commit()
    assert session.scalars(select(Place.domain).order_by(Place.domain)).all() == ["a.example", "c.example"]


def test_a_worker_that_goes_on_to_the_same_domains_asks_for_their_places_now_and_then(
    session: Session,
) -> None:
    lease = timedelta(minutes=3)
    one, two = (Holder(name, AtOnce({"*": 1})) for name in ("one", "two"))
    here, there = frozenset({"a.example"}), frozenset({"b.example"})
    until = lambda: session.scalars(select(Place.until).where(Place.domain == "a.example")).one()  # noqa: E731
    assert one.take(here, at=EARLY, lease=lease) == two.take(there, at=EARLY, lease=lease) == frozenset()
    began = until()
    for seconds, is_renewed in ((10, False), (44, False), (60, True)):
        assert one.take(here, at=EARLY + timedelta(seconds=seconds), lease=lease) == frozenset()
        assert (until() > began) == is_renewed
    assert one.take(here | there, at=LATER, lease=lease) == there
    assert one.take(frozenset(), at=LATER, lease=lease) == frozenset()
    assert two.take(here | there, at=LATER, lease=lease) == frozenset()


def test_a_domain_without_limit_has_no_places(session: Session) -> None:
    limits = AtOnce({"*": 0, "b.example": 1})
    for worker in ("one", "two"):
        full = places.take(["a.example", "b.example"], limits, worker=worker, at=EARLY, until=UNTIL)
        assert full == ({"b.example"} if worker == "two" else set())


def test_what_finds_no_room_waits_without_a_try_and_holds_nothing_else_up(
    session: Session, make: Make
) -> None:
    _dispatch(make, "a@full.example", "b@free.example", "c@full.example")
    take("full.example", worker="another")
    sender = MemorySender()
    waited: list[float] = []

    def other_ends(seconds: float) -> None:
        waited.append(seconds)
        places.leave("another", at=EARLY)
        db.session.commit()

    at = iter([EARLY + timedelta(seconds=number) for number in range(100)])
    worker = courier(sender, at=EARLY, at_once=AtOnce({"*": 1}), now=lambda: next(at), wait=other_ends)
    assert worker.run() == told(accepted=3)
    assert sender.messages[0].to == "b@free.example"
    assert session.scalar(select(func.max(Delivery.attempts))) == 1
    assert set(session.scalars(select(Place.worker))) == {""}


@pytest.mark.parametrize("most", [1, 0])
def test_two_workers_write_to_one_domain_one_after_the_other(
    app: Flask, session: Session, make: Make, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Without a limit the same two do so at the same time: the control."""
    monkeypatch.setattr(outbox, "SOON", 0.02)
    monkeypatch.setattr(outbox, "HANDFUL", 3)
    emails = [f"p{number}@{domain}.example" for number in range(12) for domain in ("one", "other")]
    _dispatch(make, *emails)
    limits = AtOnce({"*": 0, "one.example": most})
    together = threading.Barrier(2)

    def work(name: str, port: int) -> None:
        sender = SmtpSender(host="127.0.0.1", port=port, user="", password="", tls="none", timeout=5)
        with app.app_context():
            together.wait(5)
            Courier(sender=sender, origin=ORIGIN, worker=name, at_once=limits).run()

    with SmtpSink() as sink:
        # The control lasts long enough for the second to come while the first is at it.
        sink.slow = 0.01 if most else 0.05
        workers = [threading.Thread(target=work, args=(name, sink.port)) for name in ("one", "two")]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(30)
    session.rollback()
    assert sorted(message.to[0] for message in sink.messages) == sorted(emails)
    assert sink.most_at_once["one.example"] == (most or 2)
    states = session.scalars(select(Delivery.state).distinct()).all()
    assert states == [DeliveryState.ACCEPTED]

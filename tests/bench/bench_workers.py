"""Workers that share invitations with a calendar entry, and the pages that people read while 100,000 leave.

Workers are processes of their own, forked from one that has everything loaded, as a machine has them that
runs for a while. Measured is from the word to start to the end of the last.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import quantiles

from flask import Flask
from sqlalchemy import func, select

from crm import clock
from crm.db import db
from crm.jobs import worker
from crm.mail.kept.services import Keeper
from crm.mail.models import Delivery, DeliveryState
from crm.mail.outbox import Courier
from crm.mail.places import AtOnce
from crm.mail.senders.smtp import SmtpSender
from crm.mailings import services
from tests.bench.bench_inviting import INVITED, _invited, _messages, _people
from tests.bench.bench_lists import MANY, fill, open_
from tests.bench.harness import Verdict, at_least, at_most, job, over
from tests.bench.smtp_sink import sink_process
from tests.conftest import sign_in
from tests.outbox import ORIGIN

TURNS, REQUESTS = 3, 150


@job("1,000 invitations with a calendar entry, two workers against one")
def two_workers(app: Flask) -> Iterator[Verdict]:
    with app.app_context(), sink_process() as port:
        _people()
        _messages()
        turns = [
            (_rate(app, port, 1, 2 * turn), _rate(app, port, 2, 2 * turn + 1)) for turn in range(1, TURNS + 1)
        ]
    one, two = max(one for one, _ in turns), max(two for _, two in turns)
    yield at_least(1.6, two, one)


@job("The list of people while a mailing of 100,000 leaves, two workers")
def pages_meanwhile(app: Flask) -> Iterator[Verdict]:
    with app.app_context():
        fill(db.engine)
        letter = services.create(
            audience="", at=clock.now(), subject_fr="Lettre", body_fr="<p>{{prénom}}</p>"
        )
        number = services.leave(letter, by="bench", at=clock.now())
        db.session.commit()
    reader = app.test_client()
    sign_in(reader, "staff")
    quiet = _p95(lambda: open_(reader, "/people/"))
    with sink_process() as port, _workers(app, port, 2) as go:
        go()
        time.sleep(1)
        before = _sent(app)
        busy = _p95(lambda: open_(reader, "/people/"))
        sent = _sent(app) - before
    yield at_most(2, busy, quiet, "p95")
    yield over(1, sent, "messages", "left meanwhile")
    yield over(MANY * 9 // 10, number, "messages", "in the mailing")


def _p95(work: Callable[[], object]) -> float:
    times = []
    for run in range(REQUESTS + 10):
        began = time.perf_counter()
        work()
        if run >= 10:
            times.append(time.perf_counter() - began)
    return quantiles(times, n=20)[-1]


def _sent(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).where(Delivery.state == DeliveryState.ACCEPTED)) or 0


def _rate(app: Flask, port: int, workers: int, turn: int) -> float:
    """Messages a second that so many workers send together."""
    _invited(turn)
    with _workers(app, port, workers, wait=True) as go:
        began = time.perf_counter()
        go()
    took = time.perf_counter() - began
    left = db.session.scalar(select(func.count()).where(Delivery.state != DeliveryState.ACCEPTED))
    db.session.rollback()
    assert left == 0
    return INVITED / took


@contextmanager
def _workers(app: Flask, port: int, number: int, *, wait: bool = False) -> Iterator[Callable[[], None]]:
    """So many workers that begin when they are told; waited for, or ended, at the end."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    reader, writer = os.pipe()
    children = [_forked(app, port, reader, writer) for _ in range(number)]
    os.close(reader)

    def go() -> None:
        os.close(writer)

    try:
        yield go
    finally:
        for child in children:
            if not wait:
                os.kill(child, 9)
            os.waitpid(child, 0)


def _forked(app: Flask, port: int, reader: int, writer: int) -> int:
    child = os.fork()
    if child:
        return child
    os.close(writer)
    worker.give_way()
    sender = SmtpSender(host="127.0.0.1", port=port, user="", password="", tls="none", timeout=10, most=100)
    with app.app_context():
        courier = Courier(
            sender=sender,
            origin=ORIGIN,
            worker=f"bench {os.getpid()}",
            keeper=Keeper(180),
            at_once=AtOnce({"*": 4}),
        )
        db.session.scalar(select(1))
        db.session.rollback()
        # The other end of the pipe is closed when all may begin.
        os.read(reader, 1)
        courier.run()
    os._exit(0)

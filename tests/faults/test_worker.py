"""Workers that are killed, told to end, or share the work: every recipient once, or known as uncertain.

Real processes, a real database file or server, a real mail server on loopback that counts what each
address received.
"""

import os
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm import clock
from crm.db import db
from crm.jobs.worker import NICE
from crm.mail import addresses
from crm.mail.models import Delivery, DeliveryState
from crm.mail.outbox import HANDFUL
from tests.bench.smtp_sink import SmtpSink
from tests.faults import mailings, processes
from tests.faults.processes import Process
from tests.outbox import send_due

PEOPLE = 120


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        yield sink


@pytest.fixture
def mailing(app: Flask) -> int:
    """A mailing to a hundred and twenty people that has just been let go; its key."""
    return mailings.let_go(app, PEOPLE)


def environment(app: Flask, sink: SmtpSink) -> dict[str, str]:
    """The settings of a process on the same database that sends to the sink."""
    return {
        **processes.environment(app),
        "MAIL_SENDER": "smtp",
        "SMTP_PORT": str(sink.port),
        "MAIL_TIMEOUT": "5",
    }


@contextmanager
def running(app: Flask, sink: SmtpSink, *words: str) -> Iterator[Process]:
    """A process of its own on the same database, that sends to the sink."""
    command = words or ("mail", "deliver")
    with processes.working(environment(app, sink), processes.command, *command) as process:
        yield process


def until(happened: Callable[[], bool], seconds: float = 30) -> None:
    ends = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.005)


def standing(app: Flask) -> dict[str, int]:
    with app.app_context():
        counted = select(Delivery.state, func.count()).group_by(Delivery.state)
        return {state.value: number for state, number in db.session.execute(counted)}


def _received(sink: SmtpSink) -> Counter[str]:
    return Counter(received.to[0] for received in sink.messages)


def by_address(app: Flask) -> dict[str, DeliveryState]:
    with app.app_context():
        rows = select(addresses.Address.email, Delivery.state).join(Delivery)
        return {email: state for email, state in db.session.execute(rows)}


@pytest.mark.parametrize("after", [1, 17, 45])
def test_a_worker_killed_in_mid_mailing_loses_nothing_and_doubles_nothing(
    app: Flask, sink: SmtpSink, mailing: int, after: int
) -> None:
    # Slow enough to be killed between two messages.
    sink.on["."] = lambda _line: time.sleep(0.004)  # type: ignore[func-returns-value]
    with running(app, sink) as worker:
        until(lambda: sink.count >= after)
        worker.tell(signal.SIGKILL)
        worker.wait()
    del sink.on["."]
    assert standing(app)["sending"] <= HANDFUL
    with app.app_context():
        # Whoever comes next finds the lease run out.
        assert send_due(at=clock.now() + timedelta(minutes=10)) is not None
    left = standing(app)
    assert left.keys() <= {"accepted", "uncertain"}
    assert 1 <= left["uncertain"] <= HANDFUL
    assert sum(left.values()) == PEOPLE
    received = _received(sink)
    assert set(received.values()) == {1}
    # Nobody is silent: who is not known to have been reached is shown as uncertain.
    states = by_address(app)
    assert all(states[email] in (DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN) for email in received)


def _accepted(worker: Process) -> int:
    """How many messages the worker says that it sent; it says nothing of them when it came too late."""
    told = re.search(r"accepted: (\d+)", worker.said())
    return int(told[1]) if told else 0


def test_two_workers_share_a_mailing_without_a_double(app: Flask, sink: SmtpSink, mailing: int) -> None:
    # Long enough for the one that starts later to find something left.
    sink.on["."] = lambda _line: time.sleep(0.01)  # type: ignore[func-returns-value]
    with running(app, sink) as one, running(app, sink) as other:
        for worker in (one, other):
            assert worker.wait(60) == 0
        shares = [_accepted(worker) for worker in (one, other)]
    assert _received(sink) == Counter({f"p{number}@example.org": 1 for number in range(1, PEOPLE + 1)})
    assert sum(shares) == PEOPLE
    assert standing(app) == {"accepted": PEOPLE}


def test_the_worker_told_to_end_gives_back_what_it_has_not_sent(
    app: Flask, sink: SmtpSink, mailing: int
) -> None:
    sink.on["."] = lambda _line: time.sleep(0.01)  # type: ignore[func-returns-value]
    with running(app, sink, "worker") as worker:
        until(lambda: sink.count >= 5)
        worker.tell(signal.SIGTERM)
        assert worker.wait(20) == 0
    states = standing(app)
    assert states.keys() <= {"accepted", "queued"}
    assert states["accepted"] == sink.count < PEOPLE
    with app.app_context():
        from crm.jobs import queries

        assert queries.seen_at() is None


def test_the_worker_finds_what_nobody_woke_it_for_and_shows_that_it_lives(
    app: Flask, sink: SmtpSink, mailing: int
) -> None:
    with running(app, sink, "worker") as worker:
        until(lambda: sink.count == PEOPLE)
        # And that pages come first where the processors are short.
        assert os.getpriority(os.PRIO_PROCESS, worker.pid) == min(19, os.nice(0) + NICE)
        with app.app_context():
            from crm.jobs import queries

            assert queries.is_alive(clock.now())


def test_a_server_that_comes_back_gets_the_rest(app: Flask, sink: SmtpSink, mailing: int) -> None:
    answers = iter([None] * 30)
    sink.on["MAIL"] = lambda _line: next(answers, "421 4.3.2 going down")
    with running(app, sink) as worker:
        assert worker.wait(30) == 0
    assert standing(app) == {"accepted": 30, "queued": PEOPLE - 30}
    del sink.on["MAIL"]
    with app.app_context():
        rest = send_due(at=clock.now() + timedelta(minutes=10))
    assert len(rest) == PEOPLE - 30
    assert not {message.to for message in rest} & _received(sink).keys()


def test_unsubscribing_while_the_mailing_leaves_takes_effect(
    app: Flask, sink: SmtpSink, mailing: int
) -> None:
    with app.app_context():
        last = db.session.scalars(select(Delivery.token).order_by(Delivery.id.desc()).limit(1)).one()
    sink.on["."] = lambda _line: time.sleep(0.01)  # type: ignore[func-returns-value]
    with running(app, sink) as worker:
        until(lambda: sink.count >= 3)
        answer = app.test_client().post(f"/u/{last}", data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        assert worker.wait(60) == 0
    assert standing(app) == {"accepted": PEOPLE - 1, "suppressed": 1}

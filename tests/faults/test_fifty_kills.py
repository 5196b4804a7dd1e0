"""Fifty workers killed at random moments, two at a time, in mid-mailing: nobody is lost or doubled."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from crm import clock
from crm.db import db
from crm.mail.kept.models import KeptMessage
from crm.mail.models import Address, Delivery, DeliveryState
from crm.mail.outbox import LARGE_HANDFUL
from tests.bench.smtp_sink import SmtpSink
from tests.faults import mailings
from tests.faults.processes import ROOT
from tests.faults.test_worker import environment
from tests.outbox import send_due

KILLS, PEOPLE = 50, 1_500
MOST, LONGEST = 25, 0.5  # messages that are let through before a kill, and seconds


class Workers:
    """The process that forks workers; each is known by its number."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def _asked(self, command: str) -> str:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def start(self) -> int:
        return int(self._asked("start"))

    def kill(self, number: int) -> None:
        os.kill(number, signal.SIGKILL)
        self._asked(f"wait {number}")


@contextmanager
def _workers(app: Flask, sink: SmtpSink, mailing: int) -> Iterator[Workers]:
    arguments = [sys.executable, "-m", "tests.faults.workers", str(mailing)]
    with subprocess.Popen(
        arguments,
        cwd=ROOT,
        env=environment(app, sink),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None and process.stdout.readline().strip() == "ready"
            yield Workers(process)
        finally:
            process.kill()


@pytest.fixture
def mailing(app: Flask) -> int:
    return mailings.let_go(app, PEOPLE)


def _wait_at_random(chance: random.Random, sink: SmtpSink) -> None:
    """Until some messages more have come, or a moment went by: in the middle of one, or between two."""
    until, ends = sink.count + chance.randrange(MOST), time.monotonic() + LONGEST
    while sink.count < until and time.monotonic() < ends:
        time.sleep(0.0005)
    time.sleep(chance.uniform(0, 0.01))


def test_fifty_workers_killed_at_random_moments_lose_nobody_and_double_nobody(
    app: Flask, mailing: int
) -> None:
    seed = int(os.environ.get("KILLS_SEED") or random.SystemRandom().randrange(10**6))
    print(f"KILLS_SEED={seed}")
    chance = random.Random(seed)
    with SmtpSink() as sink:
        sink.on["."] = lambda _line: time.sleep(0.003)  # type: ignore[func-returns-value]
        with _workers(app, sink, mailing) as workers:
            for _pair in range(KILLS // 2):
                for number in [workers.start(), workers.start()]:
                    _wait_at_random(chance, sink)
                    workers.kill(number)
        del sink.on["."]
        with app.app_context():
            # Whoever comes when the leases have run out sends the rest.
            rest = send_due(at=clock.now() + timedelta(minutes=10))
            asked = select(Address.email, Delivery.state).join(Delivery)
            states = {email: state for email, state in db.session.execute(asked)}
            kept = set(db.session.scalars(select(KeptMessage.delivery_id)))
            accepted = set(
                db.session.scalars(
                    select(Delivery.id).where(
                        Delivery.state == DeliveryState.ACCEPTED, Delivery.claimed_by != "test"
                    )
                )
            )
        received = Counter(one.to[0] for one in sink.messages) + Counter(message.to for message in rest)
    print(f"{len(sink.messages)} left by workers that were killed")
    assert set(received.values()) == {1}
    assert set(states.values()) <= {DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN}
    known = {email for email, state in states.items() if state is DeliveryState.ACCEPTED}
    uncertain = states.keys() - known
    assert len(states) == PEOPLE and known <= received.keys() and received.keys() <= known | uncertain
    assert 0 < len(uncertain) <= KILLS * LARGE_HANDFUL
    assert len(sink.messages) >= KILLS
    # What is known to have left can be read.
    assert accepted == kept

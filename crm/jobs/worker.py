"""`flask worker`: the Huey consumer, with a sign of life that others can see, and a clean end.

SIGTERM and SIGINT end it alike: no new work is begun, what a job has in hand is finished or given
back, and the process is gone within `STOP_WITHIN` seconds.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog
from flask import Flask
from huey.consumer import Consumer, ThreadEnvironment
from sqlalchemy import delete, update
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from crm import clock
from crm.db import db
from crm.jobs.models import Worker
from crm.jobs.queue import name, queue, stopping

BEAT = 10  # seconds
STOP_WITHIN = 25  # seconds
TRIES, AGAIN_AFTER = 10, 3  # seconds
NICE = 10  # setpriority(2): a tenth of what a web process gets, while both want to run
FORGOTTEN_AFTER = timedelta(days=2)

log = structlog.get_logger()


class _Threads(ThreadEnvironment):  # type: ignore[misc]
    """Threads that share the stop flag which long work looks at."""

    def get_stop_flag(self) -> threading.Event:
        return stopping


class _Ending(Consumer):  # type: ignore[misc]
    """A consumer that ends well on both signals: supervisors send SIGTERM, terminals SIGINT."""

    def get_environment(self, worker_type: str) -> ThreadEnvironment:
        return _Threads(self._graceful_sig, self._interrupt_sig)

    def _set_signal_handlers(self) -> None:
        self._signal_actions = {signal.SIGTERM: (False, True), signal.SIGINT: (False, True)}
        super()._set_signal_handlers()


def give_way() -> None:
    """Let pages come first: where the processors are short, the work behind them takes what is left."""
    os.nice(NICE)


def run(app: Flask, *, threads: int = 2) -> None:
    """Do the jobs of the application until told to end."""
    stopping.clear()
    give_way()
    consumer = _Ending(
        queue(app).huey,
        workers=threads,
        initial_delay=0.1,
        max_delay=0.5,
        shutdown_timeout=STOP_WITHIN,
    )
    with _seen(app):
        log.info("worker started", pid=os.getpid(), threads=threads)
        consumer.run()
    log.info("worker ended", pid=os.getpid())


@contextmanager
def _seen(app: Flask) -> Iterator[None]:
    """Keep the sign of life fresh while the block runs."""
    with app.app_context():
        _begin()
    beating = threading.Thread(target=_beat, args=(app,), name="heartbeat", daemon=True)
    beating.start()
    try:
        yield
    finally:
        stopping.set()
        beating.join(5)
        with app.app_context():
            _mark(stopped=True)


def _begin() -> None:
    """Sign on. Where nobody can write just now, the worker waits for its turn rather than go away."""
    for left in reversed(range(TRIES)):
        try:
            _sign_on()
        except OperationalError as error:
            db.session.rollback()
            if not left:
                raise
            log.warning("the worker cannot sign on yet", error=repr(error))
            stopping.wait(AGAIN_AFTER)
        else:
            return


def _sign_on() -> None:
    at = clock.now()
    db.session.execute(delete(Worker).where(Worker.seen_at < at - FORGOTTEN_AFTER))
    db.session.execute(delete(Worker).where(Worker.name == name()))
    db.session.add(Worker(name=name(), started_at=at, seen_at=at))
    db.session.commit()


def _beat(app: Flask) -> None:
    while not stopping.wait(BEAT):
        with app.app_context():
            _mark()


def _mark(*, stopped: bool = False) -> None:
    at = clock.now()
    facts = {"seen_at": at, "stopped_at": at} if stopped else {"seen_at": at}
    try:
        db.session.execute(update(Worker).where(Worker.name == name()).values(facts))
        db.session.commit()
    except SQLAlchemyError as error:
        # A missed beat shows by itself; the next one may pass.
        db.session.rollback()
        log.warning("no sign of life could be left", error=repr(error))

"""Work behind the pages: asked for by the pages, done by workers, found again when it was lost."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from huey.api import PostgresHuey, RedisHuey, SqliteHuey
from sqlalchemy import event

from crm import clock, jobs
from crm.db import db
from crm.jobs import queries, worker
from crm.jobs import queue as queues
from crm.jobs.models import Worker
from tests.make import EARLY


@pytest.fixture
def queueing(app: Flask, tmp_path: Path) -> Iterator[Flask]:
    """The application with a queue of its own that is really used."""
    known = app.extensions.pop("jobs", None)
    before = app.config["JOBS_URL"]
    app.config.update(JOBS_URL=f"sqlite:///{tmp_path / 'jobs.db'}", JOBS_IN_TESTS=True)
    yield app
    opened = app.extensions.pop("jobs", None)
    if opened is not None:
        opened.huey.storage.close()
    app.config.update(JOBS_URL=before, JOBS_IN_TESTS=False)
    if known is not None:
        app.extensions["jobs"] = known


def test_what_a_page_asks_for_a_worker_does(queueing: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setitem(queues._JOBS, "mail", lambda: done.append("mail"))
    with queueing.app_context():
        jobs.wake("mail")
    assert done == []
    huey = queues.queue(queueing).huey
    task = huey.dequeue()
    huey.execute(task)
    assert done == ["mail"]
    assert huey.dequeue() is None


def test_what_nobody_woke_is_looked_for_every_minute(queueing: Flask) -> None:
    names = {type(task).__name__ for task in queues.queue(queueing).huey.read_periodic(EARLY)}
    assert {"mail_each_minute", "mailings_each_minute"} <= names


def test_a_page_goes_on_when_the_queue_cannot_be_reached(queueing: Flask) -> None:
    queueing.config["JOBS_URL"] = "sqlite:////nowhere/at/all/jobs.db"
    with queueing.app_context():
        jobs.wake("mail")


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("sqlite:////tmp/x.db", SqliteHuey),
        ("postgresql+psycopg://u@127.0.0.1/x", PostgresHuey),
        ("redis://127.0.0.1:1/0", RedisHuey),
    ],
)
def test_the_setting_chooses_the_queue(url: str, kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[dict[str, Any]] = []
    monkeypatch.setattr(kind, "__init__", lambda self, name, **facts: opened.append({"name": name, **facts}))
    assert isinstance(queues.connected(url), kind)
    assert opened[0]["name"] == "maillage" and opened[0]["results"] is False


def test_an_unknown_queue_is_refused() -> None:
    with pytest.raises(ValueError, match="JOBS_URL"):
        queues.connected("mongodb://x")


def test_a_worker_that_was_not_seen_for_a_while_is_not_alive(app: Flask) -> None:
    with app.app_context():
        assert not queries.is_alive(clock.now())
        db.session.add(Worker(name="a:1", started_at=EARLY, seen_at=EARLY))
        db.session.commit()
        assert queries.is_alive(EARLY)
        assert not queries.is_alive(clock.now())


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_worker_that_starts_while_nobody_can_write_waits_for_its_turn(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "AGAIN_AFTER", 0.05)
    with app.app_context():
        event.listen(db.engine, "checkout", _impatient)
        with closing(sqlite3.connect(str(db.engine.url.database), check_same_thread=False)) as other:
            other.execute("BEGIN IMMEDIATE")
            ends = threading.Timer(0.2, other.rollback)
            ends.start()
            worker._begin()
            ends.join()
        event.remove(db.engine, "checkout", _impatient)
        assert queries.is_alive(clock.now())


def _impatient(connection: Any, *_others: Any) -> None:
    connection.execute("PRAGMA busy_timeout = 10")


def test_a_job_is_not_waited_for_until_it_lies_on_the_disk(tmp_path: Path) -> None:
    queue = queues.connected(f"sqlite:///{tmp_path}/jobs.db")
    # NORMAL: a power cut may take the last jobs, which carry no facts, and leaves the file whole.
    assert queue.storage.conn.execute("PRAGMA synchronous").fetchone() == (1,)

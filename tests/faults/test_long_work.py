"""Workers that are killed within an import, an act on many records, a search for duplicates: whoever comes
next goes on, nothing is lost and nothing is there twice.

Real processes on a real database; their parts are small and slow enough to be killed among them.
"""

import io
import os
import time
from collections.abc import Callable
from datetime import date, timedelta
from importlib import import_module
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from crm import clock
from crm.db import db, reading
from crm.directory.bulk import kinds
from crm.directory.bulk import services as bulk
from crm.directory.bulk.models import BulkAct, BulkState
from crm.directory.importing import running, taking, tasks
from crm.directory.importing import services as imports
from crm.directory.importing.services import State
from crm.directory.merging import likeness, scans
from crm.directory.merging.models import Pair, Scan
from crm.directory.models import Import, Person, Role, person_tags
from crm.history import Change
from crm.mail.models import Address
from tests.faults import processes
from tests.make import Make

BY = "staff@example.org"
PEOPLE, PART = 200, 20


def _work(job: str) -> None:
    """The job as the worker runs it, with parts as small and as slow as these tests need."""
    taking.AT_ONCE = bulk.PORTION = PART
    running.keep_part = _slowly(running.keep_part)
    bulk._settle = _slowly(bulk._settle)
    likeness.people = _slowly(likeness.people)
    app = import_module("wsgi").app
    with app.app_context():
        import_module(f"crm.directory.{job}.tasks").pending()


def _slowly(work: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *facts, **more: (time.sleep(0.04), work(*facts, **more))[1]


def _killed(app: Flask, job: str, happened: Callable[[], bool]) -> None:
    """Kill a worker as soon as that happened; it must not have come to its end by itself."""
    ends = time.monotonic() + 60
    with processes.working(processes.environment(app), _work, job) as worker:
        while True:
            # Without the write lock, for which the worker would wait.
            with reading():
                enough = happened()
                db.session.rollback()
            if enough:
                break
            assert worker.runs() and time.monotonic() < ends, "it did not happen in time"
            time.sleep(0.002)
        assert worker.runs()
    db.session.rollback()


def _number(model: type) -> int:
    return int(db.session.scalar(select(func.count()).select_from(model)) or 0)


def test_an_import_whose_worker_was_killed_goes_on_after_its_last_whole_part(app: Flask) -> None:
    rows = "".join(f"Réseau {n % 7};Zoé;Le Goff {n};z{n}@example.org\n" for n in range(PEOPLE))
    with app.app_context():
        text = io.BytesIO(f"Structure;Prénom;Nom;Courriel\n{rows}".encode())
        shelf = tasks.shelf()
        record = imports.receive(db.session(), shelf, text, file_name="liste.csv", by=BY, at=clock.now())
        imports.ask_check(db.session(), record, record.mapping)
        record.state = State.ASKED
        db.session.commit()
        key, stored_as = record.id, record.stored_as
        _killed(app, "importing", lambda: shelf.progress(stored_as)[0] >= 2 * PART)
        left = db.session.get_one(Import, key, populate_existing=True)
        assert left.state == State.RUNNING
        assert 2 * PART <= left.read_upto < PEOPLE
        assert left.read_upto % PART == 0
        assert _number(Person) == left.read_upto
        db.session.rollback()
        # Nobody gave a sign of life for long.
        silent = time.time() - imports.STALLED_AFTER - 1
        os.utime(shelf.folder / f"{stored_as}.progress", (silent, silent))
        tasks.pending()
        done = db.session.get_one(Import, key, populate_existing=True)
        assert (done.state, done.counts["told"]["created"]) == (State.DONE, PEOPLE)
        assert (_number(Person), _number(Role), _number(Address)) == (PEOPLE, PEOPLE, PEOPLE)
        lines = shelf.report(stored_as).results.read_text("utf-8").splitlines()
        assert [int(line.split("\t")[0]) for line in lines] == list(range(2, PEOPLE + 2))


def test_an_act_on_many_whose_worker_was_killed_is_done_once_to_each(app: Flask, make: Make) -> None:
    with app.app_context():
        for number in range(PEOPLE):
            make.person("Zoé", f"Le Goff {number}")
        kind, today = kinds.called("tag"), date(2026, 3, 2)
        assert kind is not None
        everybody = select(Person)
        seen = bulk.preview(kind, "people", everybody, kind.facts("people", "presse"), day=today)
        act = bulk.start(
            kind, "people", everybody, "presse", chosen="", seen=seen.mark, by=BY, at=clock.now(), day=today
        )
        db.session.commit()
        key = act.id

        def done() -> int:
            return int(db.session.scalar(select(BulkAct.done).where(BulkAct.id == key)) or 0)

        _killed(app, "bulk", lambda: done() >= 2 * PART)
        tagged = select(func.count()).select_from(person_tags)
        told = select(func.count()).where(Change.actor == BY, Change.record.startswith("people:"))
        assert db.session.scalar(tagged) == db.session.scalar(told) == done() < PEOPLE
        db.session.rollback()
        later = clock.now() + timedelta(minutes=5)
        assert bulk.next_asked(db.session(), at=later) == key
        assert bulk.claim(db.session(), key, at=later)
        act = db.session.get_one(BulkAct, key, populate_existing=True)
        assert bulk.carry_on(act, at=later)
        assert (act.state, act.done) == (BulkState.DONE, PEOPLE)
        assert db.session.scalar(tagged) == db.session.scalar(told) == PEOPLE
        db.session.commit()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_search_for_duplicates_whose_worker_was_killed_is_done_anew(app: Flask, make: Make) -> None:
    with app.app_context():
        for number in range(PEOPLE):
            make.person("Zoé", f"Le Goff {number // 2}", email=f"z{number // 2}@example.org")
        scan = scans.ask(db.session(), "people", by=BY, at=clock.now())
        db.session.commit()
        key = scan.id
        total = select(Scan.total).where(Scan.id == key)
        _killed(app, "merging", lambda: bool(db.session.scalar(total)))
        assert db.session.get_one(Scan, key, populate_existing=True).state == scans.State.RUNNING
        assert _number(Pair) == 0
        db.session.rollback()
        later = clock.now() + timedelta(minutes=10)
        assert scans.claim(db.session(), key, at=later)
        scans.work(db.session(), key)
        assert db.session.get_one(Scan, key, populate_existing=True).state == scans.State.DONE
        assert _number(Pair) == PEOPLE // 2
        db.session.rollback()

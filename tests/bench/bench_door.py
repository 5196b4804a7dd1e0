"""Checking in at an event with 10,000 registered, and the papers of one with 2,000."""

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import insert, text, update

from crm import clock
from crm.db import db
from crm.directory.models import Person
from crm.events.checkin import services
from crm.events.models import Attendance, Event, Mode, Registration, Seat, new_badge
from crm.events.papers import words
from crm.events.papers.facts import Participant
from crm.events.services import agenda
from crm.writing import insert_many
from tests.bench.harness import Verdict, at_most, job, seconds, under
from tests.pages import Browser

REGISTERED, NAMES, SCANS = 10_000, 2_000, 300
LONG = "Vice-présidente chargée de la transition numérique et de l’ouverture des données"


@job("Check-in by code, 10,000 registered")
def checking_in(app: Flask) -> Iterator[Verdict]:
    with app.app_context():
        event = _event()
        badges = _registered(event)
        token = services.open_door(event, name="Hall A", by="bench", at=clock.now()).token
        event_id = event.id
        db.session.commit()
    client = Browser(app.test_client(), None)
    address = f"/c/{token}"
    client.submit(address, helper="Ana")
    _, fields = client.filled(address, act="walk_in")
    scan = _scanning(client, address, fields)
    # In turns, so that a busy moment of the machine hits both alike.
    ours, processor, floor = [], [], []
    for number, badge in enumerate(badges[:SCANS]):
        began, busy = time.perf_counter(), time.process_time()
        scan(badge, str(number))
        ours.append(time.perf_counter() - began)
        processor.append(time.process_time() - busy)
        floor.append(_bare(app, badges[SCANS + number]))
    yield at_most(25, statistics.median(ours), statistics.median(floor), "median, to a bare indexed update")
    yield under(30, _p95(processor) * 1000, "ms", "p95, processor time")
    state = f"{address}/state"
    since = client.get(state).json["at"]
    yield under(30, seconds(lambda: client.get(f"{state}?since={since}")) * 1000, "ms", "what changed")
    assert client.get(state).json["counters"]["present"] == 2 * SCANS, event_id


def _scanning(client: Browser, address: str, fields: dict[str, Any]) -> Callable[[str, str], None]:
    def scan(badge: str, nonce: str) -> None:
        sent = {**fields, "act": "enter", "badge": badge, "nonce": nonce}
        answer = client.post(address, data=sent, headers={"Accept": "application/json"})
        assert answer.json["outcome"] == "in", answer.text

    return scan


def _bare(app: Flask, badge: str) -> float:
    """The least that a check-in can be: one row found by its badge, changed and committed."""
    with app.app_context():
        began = time.perf_counter()
        db.session.execute(
            update(Registration)
            .where(Registration.badge == badge)
            .values(attendance=Attendance.PRESENT, attendance_at=clock.now(), attendance_by="bench")
            .execution_options(synchronize_session=False)
        )
        db.session.commit()
        return time.perf_counter() - began


def _p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


def _event() -> Event:
    at = clock.now()
    wall = at.astimezone(clock.PARIS).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    event = agenda.create(
        title="Congrès", starts_wall=wall, ends_wall=wall + timedelta(hours=24), by="bench", at=at
    )
    agenda.publish(event, by="bench", at=at)
    return event


def _registered(event: Event) -> list[str]:
    at, badges = clock.now() - timedelta(days=3), [new_badge() for _ in range(REGISTERED)]
    numbers = range(1, REGISTERED + 1)
    facts = {"created_at": at, "updated_at": at, "language": "fr"}
    db.session.execute(
        insert(Person),
        [{"id": n, "given_name": "Hélène", "family_name": f"Martin {n}", **facts} for n in numbers],
    )
    rows = [
        {
            "event_id": event.id, "person_id": n, "given_name": "Hélène", "family_name": f"Martin {n}",
            "organisation_name": f"Commune {n}", "search": f"martin {n} helene commune {n}",
            "mode": Mode.ONSITE, "seat": Seat.CONFIRMED, "token": f"token{n}", "badge": badges[n - 1],
            "asked_at": at, "seated_at": at, "attendance": Attendance.UNKNOWN,
        }
        for n in numbers
    ]  # fmt: skip
    insert_many(db.session(), Registration.__table__, rows)  # type: ignore[arg-type]
    db.session.commit()
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    return badges


@job("Papers of 2,000 names")
def papers(app: Flask) -> Iterator[Verdict]:
    if app.config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql"):
        return  # No row is read: one engine tells as much as two.
    rows = [
        Participant("Hélène", f"Martin de La Rochefoucauld {n}", LONG, f"Commune {n}", new_badge())
        for n in range(NAMES)
    ]
    with app.app_context(), app.test_request_context():
        event = _event()
        for paper in words.PAPERS:
            began = time.process_time()
            words.made(paper, event, rows, house="Maillage", at=clock.now())
            yield under(
                3 if paper != words.BADGES else 6,
                time.process_time() - began,
                "s",
                f"{paper}, processor time",
            )

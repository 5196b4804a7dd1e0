"""A platform's file of 5,000 connections, half of them without an address, against 2,000 registrations.

The floor reads the same rows of the file and the same registrations, and matches nothing.
"""

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from flask import Flask
from sqlalchemy import insert, select

from crm import clock
from crm.db import db
from crm.events.models import Event, Mode, Registration, Seat, new_badge
from crm.events.platforms import queries, services
from crm.events.services import agenda
from tests.bench.bench_duplicates import FUNCTIONS, GIVEN, SOUNDS
from tests.bench.harness import Verdict, at_most, job, seconds, under

REGISTERED, CONNECTIONS = 2_000, 5_000
STARTS = datetime(2026, 3, 2, 14)  # noqa: DTZ001  (a wall time)


@job("A platform's file of 5,000 connections, matched to 2,000 registrations")
def matched(app: Flask) -> Iterator[Verdict]:
    with app.app_context():
        event, people = _event()
        content = _file(people)
        took = seconds(lambda: _take(event, content), runs=3)
        floor = seconds(lambda: _read(event, content), runs=3)
        yield under(3, took, "s", "read, matched and kept")
        yield at_most(120, took, floor, "against a bare read of file and registrations")


def _take(event: Event, content: bytes) -> None:
    file, _found = services.receive(event, content, "zoom.csv", least_minutes=15, by="bench", at=clock.now())
    told = queries.figures(file)
    assert told.came > REGISTERED * 0.8, told
    db.session.rollback()


def _read(event: Event, content: bytes) -> None:
    assert len(list(csv.reader(io.StringIO(content.decode())))) > CONNECTIONS
    rows = select(Registration.given_name, Registration.family_name, Registration.organisation_name)
    assert len(db.session.execute(rows.where(Registration.event_id == event.id)).all()) == REGISTERED
    db.session.rollback()


def _event() -> tuple[Event, list[dict[str, str]]]:
    chance, at = Random(4), clock.now()
    ends = STARTS + timedelta(hours=2)
    event = agenda.create(title="Webinaire", starts_wall=STARTS, ends_wall=ends, by="bench", at=at)
    db.session.flush()
    people = [
        {
            "given_name": chance.choice(GIVEN),
            "family_name": "".join(chance.choices(SOUNDS, k=3)).capitalize(),
            "organisation_name": f"Commune {chance.choice(SOUNDS)}{chance.choice(SOUNDS)}",
            "function": chance.choice(FUNCTIONS),
        }
        for _number in range(REGISTERED)
    ]
    rows = [
        {
            **person, "event_id": event.id, "mode": Mode.ONSITE, "seat": Seat.CONFIRMED,
            "token": f"bench{number}", "badge": new_badge(), "asked_at": at,
        }
        for number, person in enumerate(people)
    ]  # fmt: skip
    db.session.execute(insert(Registration), rows)
    db.session.commit()
    return event, people


def _file(people: list[dict[str, str]]) -> bytes:
    """Each person connected two or three times; one in ten mistyped, one in fifty nobody's."""
    chance, out = Random(5), io.StringIO()
    table = csv.writer(out)
    table.writerow(["Name (Original Name)", "User Email", "Join Time", "Leave Time", "Duration (Minutes)"])
    for number in range(CONNECTIONS):
        person = people[number % len(people)]
        name = f"{person['given_name']} {person['family_name']}"
        if number % 10 == 3:
            name = name[:-1]
        if number % 50 == 7:
            name = f"iPhone {number}"
        elif number % 3 == 0:
            name += f" - {person['organisation_name']}"
        begins = STARTS + timedelta(minutes=chance.randrange(40))
        ends = begins + timedelta(minutes=chance.randrange(20, 70))
        email = f"p{number % len(people)}@example.org" if number % 2 else ""
        table.writerow([name, email, f"{begins:%m/%d/%Y %I:%M:%S %p}", f"{ends:%m/%d/%Y %I:%M:%S %p}", "30"])
    return out.getvalue().encode()

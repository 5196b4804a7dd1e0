"""`/agenda.ics` as it is served from 1,000 events in the database, and asked for again with its ETag."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar

from crm import clock
from crm.db import db
from crm.events import ical
from crm.events.services import agenda
from tests.bench.harness import Verdict, at_most, job, seconds, side_by_side, under

EVENTS = 1_000
DESCRIPTION = "<div>Trois régions présentent leur modèle ; questions à la fin.</div>" * 6


@job("Feed of 1,000 events as it is served")
def served(app: Flask) -> Iterator[Verdict]:
    with app.app_context():
        _agenda()
    client = app.test_client()
    ready = Calendar.from_ical(client.get("/agenda.ics").data)
    mine, floor = side_by_side(lambda: _afresh(app, client), ready.to_ical)
    yield at_most(2, mine, floor, "from the database")
    tag = client.get("/agenda.ics").headers["ETag"]
    assert client.get("/agenda.ics", headers={"If-None-Match": tag}).status_code == 304
    again = seconds(lambda: client.get("/agenda.ics", headers={"If-None-Match": tag}))
    yield under(0.02, again, "s", "304")


def _afresh(app: Flask, client: FlaskClient) -> None:
    ical._published.cache_clear()
    app.extensions.pop("events.feed", None)
    assert client.get("/agenda.ics").status_code == 200


def _agenda() -> None:
    at = clock.now()
    first = datetime(at.year + 1, 1, 4, 9, 30)  # noqa: DTZ001  (a wall time)
    for number in range(EVENTS):
        starts = first + timedelta(days=number % 300, hours=number % 7)
        event = agenda.create(
            title=f"Réunion {number} : données de santé, mobilité et énergie",
            starts_wall=starts,
            ends_wall=starts + timedelta(hours=1),
            venue="12 rue de la Paix",
            city="Paris",
            description=f"<div>Rencontre {number}</div>{DESCRIPTION}",
            by="bench",
            at=at,
        )
        agenda.publish(event, by="bench", at=at)
    db.session.commit()

"""A change of time told to 2,000 invited people: rows written, and the request, against one bare INSERT."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import func, insert, select, text

from crm import clock
from crm.db import db
from crm.directory.models import Person, PersonAddress
from crm.events.models import Event
from crm.events.services import agenda, inviting, telling
from crm.mail.models import Address, Delivery, DeliveryState
from tests.bench.harness import Verdict, at_most, job, under

INVITED = 2_000
STAFF = "staff@example.org"
# What any way of telling must do at least: one row for each, made by the database.
FLOOR = """
INSERT INTO deliveries (kind, subject_id, sequence, address_id, person_id, purpose, language, facts,
                        stamp, message_id, token, state, not_before, attempts)
SELECT 'bench', subject_id, :turn, address_id, person_id, purpose, language, facts,
       stamp, message_id || :turn, token || :turn, 'cancelled', not_before, 0
FROM deliveries WHERE kind = 'events.invitation' AND sequence = 0
"""


@job("A change of time told to 2,000 invited people")
def telling_two_thousand(app: Flask) -> Iterator[Verdict]:
    with app.app_context():
        event = _invited()
        ours, floor = [], []
        for turn in range(1, 6):
            ours.append(_changed(event, turn))
            floor.append(_bare(turn))
        told = select(func.count()).where(Delivery.kind == telling.INVITATION, Delivery.sequence == 5)
        assert db.session.scalar(told) == INVITED
        db.session.rollback()
    yield under(300, min(ours) * 1000, "ms", "the change, the rows and the commit")
    yield at_most(8, min(ours), min(floor), "against one bare INSERT of as many rows")


def _invited() -> Event:
    at = clock.now()
    numbers = range(1, INVITED + 1)
    words = {"created_at": at, "updated_at": at, "language": "fr"}
    db.session.execute(insert(Address), [{"id": n, "email": f"personne{n}@example.org"} for n in numbers])
    db.session.execute(
        insert(Person),
        [{"id": n, "given_name": "Hélène", "family_name": f"Martin {n}", **words} for n in numbers],
    )
    db.session.execute(insert(PersonAddress), [{"person_id": n, "address_id": n} for n in numbers])
    starts = datetime(at.year + 1, 3, 26, 9, 30)  # noqa: DTZ001  (a wall time)
    event = agenda.create(
        title="Webinaire", starts_wall=starts, ends_wall=starts + timedelta(hours=1), by=STAFF, at=at
    )
    agenda.publish(event, by=STAFF, at=at)
    assert inviting.invite(event, select(Person), by=STAFF, at=at) == INVITED
    for delivery in db.session.scalars(select(Delivery)):
        delivery.state = DeliveryState.ACCEPTED
    db.session.commit()
    return event


def _changed(event: Event, turn: int) -> float:
    """One change of the hour, as the request does it from its first statement to the commit."""
    at = clock.now()
    began = time.perf_counter()
    starts = event.starts_wall + timedelta(hours=1)
    agenda.change(event, starts_wall=starts, ends_wall=starts + timedelta(hours=1), by=STAFF, at=at)
    assert telling.of_change(event, by=STAFF, at=at) == INVITED
    db.session.commit()
    took = time.perf_counter() - began
    for delivery in db.session.scalars(select(Delivery).where(Delivery.sequence == turn)):
        delivery.state = DeliveryState.ACCEPTED
    db.session.commit()
    return took


def _bare(turn: int) -> float:
    began = time.perf_counter()
    db.session.execute(text(FLOOR), {"turn": turn})
    db.session.commit()
    return time.perf_counter() - began

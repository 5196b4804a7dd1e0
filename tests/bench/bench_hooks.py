"""A thousand events of the provider in one signed call, against reading and checking them alone."""

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle

from flask import Flask
from sqlalchemy import insert

from crm import clock
from crm.db import db
from crm.mail.models import Address, Delivery, DeliveryState, Purpose
from crm.mail.tokens import new_token
from tests.bench.harness import Verdict, at_most, job, side_by_side, under
from tests.mail.reports import PUBLIC, signed

EVENTS = 1_000
KINDS = ("processed", "delivered", "deferred", "bounce", "dropped", "spamreport", "delivered", "delivered")


@job("Webhook of 1,000 events")
def webhook(app: Flask) -> Iterator[Verdict]:
    app.config["SENDGRID_WEBHOOK_KEY"] = PUBLIC
    with app.app_context():
        names = _deliveries()
    client = app.test_client(use_cookies=False)
    rounds = iter(range(100))

    def call() -> None:
        """Events that nobody saw before, about other messages each time."""
        number = next(rounds)
        answer = client.post("/hooks/sendgrid", **signed(_events(names, number), at=clock.now()))
        assert answer.status_code == 204, answer.status_code

    def bare() -> None:
        """What no way of doing it can spare: a signature, and the same events as one row each."""
        events = _events(names, next(rounds))
        signed(events, at=clock.now())
        with app.app_context():
            rows = [{"email": f"{new_token()}@example.net"} for _event in json.loads(json.dumps(events))]
            db.session.execute(insert(Address), rows)
            db.session.commit()

    # In turns, so that a busy moment of the machine hits both alike.
    ours, floor = side_by_side(call, bare)
    yield under(1, ours, "s")
    yield at_most(25, ours, floor)


def _deliveries() -> list[tuple[str, str]]:
    at = clock.now() - timedelta(minutes=5)
    emails = [f"p{number}@example.org" for number in range(EVENTS)]
    db.session.execute(insert(Address), [{"email": email} for email in emails])
    keys = dict(db.session.query(Address.email, Address.id).all())
    names = [(email, new_token()) for email in emails]
    rows = [
        {
            "kind": "test.letter",
            "subject_id": number,
            "address_id": keys[email],
            "purpose": Purpose.NEWSLETTER,
            "language": "fr",
            "facts": {},
            "stamp": at,
            "not_before": at,
            "message_id": name,
            "token": new_token(),
            "state": DeliveryState.ACCEPTED,
            "ended_at": at,
        }
        for number, (email, name) in enumerate(names)
    ]
    db.session.execute(insert(Delivery), rows)
    db.session.commit()
    return names


def _events(names: list[tuple[str, str]], number: int) -> list[dict[str, object]]:
    return [
        {
            "email": email,
            "timestamp": 1_893_456_000 + number,
            "event": kind,
            "type": "bounce",
            "reason": "Bounced Address" if kind == "dropped" else "550 5.1.1 no such user",
            "sg_event_id": new_token(),
            "sg_message_id": f"{name[:20]}.recvd-{number}.0",
            "message_id": f"{name}@example.org",
            "category": ["lettre"],
        }
        for (email, name), kind in zip(names, cycle(KINDS), strict=False)
    ]

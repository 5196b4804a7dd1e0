"""A mailing of a thousand messages, from the queue to a mail server, against bare sending of their bytes."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from flask import Flask
from sqlalchemy import func, insert, select

from crm import clock
from crm.db import db
from crm.directory.models import Person, PersonAddress
from crm.mail.composers import Origin
from crm.mail.kept.services import Keeper
from crm.mail.message import Message
from crm.mail.models import Address, Delivery, DeliveryState
from crm.mail.outbox import LARGE_HANDFUL, Courier
from crm.mail.places import AtOnce
from crm.mail.senders.smtp import SmtpSender
from crm.mailings import services
from crm.mailings.models import Mailing
from tests.bench.harness import Verdict, at_least, job, under
from tests.bench.smtp_floor import bare_rate
from tests.bench.smtp_sink import sink_process

LETTERS = 1_000
TURNS = 3
ORIGIN = Origin("maillage@example.org", "Maillage", "contact@example.org", "https://crm.example.org")
NOW = datetime(2030, 3, 1, 9, 0, tzinfo=UTC)


class Keeping:
    """A sender that keeps the bytes, for the floor: bare sending builds nothing."""

    name = "keeping"

    def __init__(self) -> None:
        self.messages: list[bytes] = []

    def send(self, message: Message) -> str:
        self.messages.append(message.as_bytes())
        return ""

    def close(self) -> None:
        pass


@job("Building, claiming, sending, recording a mailing of 1,000, one worker")
def sending(app: Flask) -> Iterator[Verdict]:
    with app.app_context(), sink_process() as port:
        _people()
        ready = Keeping()
        _leaving("ready made")
        Courier(sender=ready, origin=ORIGIN, worker="floor", now=clock.now).run()
        # In turns, so that a busy moment of the machine hits both alike.
        turns = [
            (_sent_per_second(port, f"turn {turn}"), bare_rate(ready.messages, port, runs=1))
            for turn in range(TURNS)
        ]
        rate, floor = max(turns, key=lambda turn: turn[0] / turn[1])
    yield at_least(0.33, rate, floor)
    yield under(51, LARGE_HANDFUL, "messages", "left uncertain by a kill")


def _sent_per_second(port: int, title: str) -> float:
    mailing = _leaving(title)
    sender = SmtpSender(host="127.0.0.1", port=port, user="", password="", tls="none", timeout=10)
    began = time.perf_counter()
    told = Courier(
        sender=sender, origin=ORIGIN, worker="bench", keeper=Keeper(180), at_once=AtOnce({"*": 4})
    ).run()
    took = time.perf_counter() - began
    assert told == {DeliveryState.ACCEPTED: LETTERS}, told
    accepted = select(func.count()).where(Delivery.state == DeliveryState.ACCEPTED)
    assert (db.session.scalar(accepted) or 0) % LETTERS == 0, mailing.subject
    db.session.rollback()
    return LETTERS / took


def _people() -> None:
    numbers = range(1, LETTERS + 1)
    people = [
        {"id": n, "given_name": "Zoé", "family_name": f"Durand {n}", "created_at": NOW, "updated_at": NOW}
        for n in numbers
    ]
    db.session.execute(insert(Person), people)
    db.session.execute(insert(Address), [{"id": n, "email": f"p{n}@example.org"} for n in numbers])
    db.session.execute(insert(PersonAddress), [{"person_id": n, "address_id": n} for n in numbers])
    db.session.commit()


def _leaving(title: str) -> Mailing:
    """A mailing to everybody that was just let go."""
    at = clock.now()
    mailing = services.create(
        audience="",
        at=at,
        subject_fr=f"Lettre de printemps : {title}",
        body_fr="<div>Bonjour {{prénom}} {{nom}},</div>"
        + "<div>Les données de santé, en pratique.</div>" * 20,
    )
    assert services.leave(mailing, by="bench", at=at) == LETTERS
    db.session.commit()
    return mailing

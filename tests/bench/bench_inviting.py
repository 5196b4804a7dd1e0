"""A thousand real invitations, from the audience to the mail server, against bare sending of their bytes."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import func, insert, select

from crm import clock
from crm.db import db
from crm.directory.models import Person, PersonAddress
from crm.events.models import Event
from crm.events.queries import audience
from crm.events.services import agenda, inviting
from crm.mail.kept.services import Keeper
from crm.mail.message import Message
from crm.mail.models import Address, Delivery, DeliveryState
from crm.mail.outbox import LARGE_HANDFUL, Courier
from crm.mail.places import AtOnce
from crm.mail.senders.smtp import SmtpSender
from tests.bench.harness import Verdict, at_least, job, under
from tests.bench.smtp_floor import bare_rate
from tests.bench.smtp_sink import sink_process
from tests.outbox import ORIGIN, MemorySender

INVITED = 1_000
DESCRIPTION = "<div>Trois régions présentent leur modèle d’ouverture des données de santé.</div>" * 12
STAFF = "staff@example.org"


@job("Building, claiming, sending and recording 1,000 invitations, one worker")
def inviting_a_thousand(app: Flask) -> Iterator[Verdict]:
    with app.app_context(), sink_process() as port:
        _people()
        messages = [message.as_bytes() for message in _messages()]
        # In turns, so that a busy moment of the machine hits both alike.
        turns = [(_sent_per_second(port, turn), bare_rate(messages, port, runs=1)) for turn in range(1, 5)]
        rate, floor = max(ours for ours, _ in turns), max(bare for _, bare in turns)
    yield at_least(0.33, rate, floor)
    yield under(51, LARGE_HANDFUL, "messages", "left uncertain by a kill")


def _people() -> None:
    at = clock.now()
    numbers = range(1, INVITED + 1)
    words = {"created_at": at, "updated_at": at, "language": "fr"}
    db.session.execute(insert(Address), [{"id": n, "email": f"personne{n}@example.org"} for n in numbers])
    db.session.execute(
        insert(Person),
        [{"id": n, "given_name": "Hélène", "family_name": f"Martin {n}", **words} for n in numbers],
    )
    db.session.execute(insert(PersonAddress), [{"person_id": n, "address_id": n} for n in numbers])
    db.session.commit()


def _invited(turn: int) -> Event:
    at = clock.now()
    starts = datetime(at.year + 1, 3, 26, 9, 30)  # noqa: DTZ001  (a wall time)
    event = agenda.create(
        title=f"Webinaire : les données de santé à l’échelle locale {turn}",
        starts_wall=starts,
        ends_wall=starts + timedelta(hours=1),
        zone="Europe/Paris",
        venue="12 rue de la Paix",
        city="Paris",
        description=DESCRIPTION,
        by=STAFF,
        at=at,
    )
    agenda.publish(event, by=STAFF, at=at)
    assert inviting.invite(event, select(Person), asking=audience.CHOOSABLE, by=STAFF, at=at) == INVITED
    db.session.commit()
    return event


def _sent_per_second(port: int, turn: int) -> float:
    _invited(turn)
    sender = SmtpSender(host="127.0.0.1", port=port, user="", password="", tls="none", timeout=10)
    began = time.perf_counter()
    told = Courier(
        sender=sender, origin=ORIGIN, worker="bench", keeper=Keeper(180), at_once=AtOnce({"*": 4})
    ).run()
    took = time.perf_counter() - began
    assert told == {DeliveryState.ACCEPTED: INVITED}
    accepted = select(func.count()).where(Delivery.state == DeliveryState.ACCEPTED)
    assert db.session.scalar(accepted) == INVITED * (turn + 1)
    db.session.rollback()
    return INVITED / took


def _messages() -> list[Message]:
    _invited(0)
    sender = MemorySender()
    Courier(sender=sender, origin=ORIGIN, worker="bench").run()
    return sender.messages

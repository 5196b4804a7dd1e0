"""A thousand invitations from the queue to a mail server, against smtplib alone on one open connection."""

import time
from collections.abc import Iterator, Sequence

from flask import Flask
from sqlalchemy import func, insert, literal, select

from crm import clock
from crm.db import db
from crm.mail import services
from crm.mail.composers import Claimed, Origin, Suppressed, composes
from crm.mail.message import Message
from crm.mail.models import Address, Delivery, DeliveryState, Purpose
from crm.mail.outbox import HANDFUL, Courier
from crm.mail.senders.smtp import SmtpSender
from tests.bench.harness import Verdict, at_least, job, under
from tests.bench.smtp_floor import bare_rate
from tests.bench.smtp_sink import sink_process

LETTERS = 1_000
ORIGIN = Origin("maillage@example.org", "Maillage", "contact@example.org", "https://crm.example.org")


@composes("bench.letter")
def _letters(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    for delivery in deliveries:
        text = f"Bonjour {delivery.email},\n\n" + "Nous vous invitons à notre webinaire.\n" * 20
        yield delivery.message(
            subject="Invitation : les données de santé",
            text=text,
            html=f"<html><body><p>{text}</p></body></html>",
            to_name=f"Personne {delivery.address_id}",
        )


@job("Claiming, sending and recording 1,000 messages over SMTP, one worker")
def sending(app: Flask) -> Iterator[Verdict]:
    with app.app_context(), sink_process() as port:
        rate = max(_sent_per_second(port, subject_id=turn) for turn in range(3))
        floor = bare_rate(_bytes(), port)
    yield at_least(0.25, rate, floor)
    yield under(21, HANDFUL, "messages", "left uncertain by a kill")


def _sent_per_second(port: int, *, subject_id: int) -> float:
    _queue(subject_id)
    sender = SmtpSender(host="127.0.0.1", port=port, user="", password="", tls="none", timeout=10)
    began = time.perf_counter()
    told = Courier(sender=sender, origin=ORIGIN, worker="bench").run()
    took = time.perf_counter() - began
    assert told == {DeliveryState.ACCEPTED: LETTERS}
    accepted = select(func.count()).where(
        Delivery.subject_id == subject_id, Delivery.state == DeliveryState.ACCEPTED
    )
    assert db.session.scalar(accepted) == LETTERS
    db.session.rollback()
    return LETTERS / took


def _queue(subject_id: int) -> None:
    at = clock.now()
    if not db.session.scalar(select(func.count()).select_from(Address)):
        people = [{"email": f"personne{number}@example.org"} for number in range(LETTERS)]
        db.session.execute(insert(Address), people)
    dispatch = services.dispatch(
        subject="bench:1", title="Bench", purpose=Purpose.INVITATION, by="bench", at=at
    )
    everyone = select(
        Address.id.label("address_id"), literal(None).label("person_id"), literal("fr").label("language")
    )
    services.queue_many(
        everyone,
        kind="bench.letter",
        subject_id=subject_id,
        purpose=Purpose.INVITATION,
        dispatch=dispatch,
        at=at,
    )
    db.session.commit()


def _bytes() -> list[bytes]:
    """The same messages, ready made: bare sending builds nothing."""
    with db.session.no_autoflush:
        rows = db.session.execute(
            select(Delivery.id, Delivery.message_id, Delivery.token, Address.email).join(Address)
        )
        ready = [_claimed(row).as_bytes() for row in rows.fetchmany(LETTERS)]
    db.session.rollback()
    return ready


def _claimed(row: Sequence[object]) -> Message:
    key, message_id, token, email = row
    delivery = Claimed(
        key, 1, "bench.letter", 0, 0, key, None, Purpose.INVITATION, "fr", {}, clock.now(), message_id, token,
        1, email, ORIGIN,
    )  # type: ignore[arg-type]  # fmt: skip
    [message] = _letters([delivery])
    assert isinstance(message, Message)
    return message

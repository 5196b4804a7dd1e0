"""Invitations as they arrive: through a real SMTP server on loopback, read by other calendar programs."""

import email
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db import db
from crm.directory.models import Person
from crm.events.models import Event, Format
from crm.events.services import agenda, inviting, telling
from crm.mail.message import POLICY
from crm.mail.outbox import Courier
from crm.mail.senders.smtp import SmtpSender
from tests.events.readers import by_ical_js, by_vobject
from tests.make import EARLY, Make
from tests.outbox import courier

WALLS = [
    ("Europe/Paris", datetime(2030, 3, 30, 23, 0)),  # noqa: DTZ001  (the night when clocks go forward)
    ("Europe/Paris", datetime(2030, 10, 27, 2, 30)),  # noqa: DTZ001  (the hour that comes twice)
    ("America/New_York", datetime(2030, 7, 4, 18, 0)),  # noqa: DTZ001
    ("Asia/Jerusalem", datetime(2030, 7, 4, 18, 0)),  # noqa: DTZ001  (no yearly rule: sent as UTC)
]


class Postbox:
    """What the mail server took in."""

    def __init__(self) -> None:
        self.received: list[tuple[str, EmailMessage]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        found = email.message_from_bytes(envelope.original_content, policy=POLICY)
        assert isinstance(found, EmailMessage)
        self.received.append((envelope.rcpt_tos[0], found))
        return "250 2.0.0 taken"


@pytest.fixture
def postbox() -> Iterator[tuple[Postbox, int]]:
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    box = Postbox()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


def sent(postbox: tuple[Postbox, int], at: datetime) -> list[tuple[str, EmailMessage]]:
    """Send everything that is due; what arrived by it."""
    box, port = postbox
    before = len(box.received)
    sender = SmtpSender(host="127.0.0.1", port=port, user="", password="", tls="none", timeout=10)
    worker: Courier = courier(sender, at=at)
    worker.run()
    return box.received[before:]


def calendar_of(message: EmailMessage) -> bytes:
    [inside] = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    [attached] = [part for part in message.walk() if part.get_content_type() == "application/ics"]
    raw = inside.get_payload(decode=True)
    assert isinstance(raw, bytes)
    assert attached.get_payload(decode=True) == raw
    assert f"METHOD:{inside.get_param('method')}\r\n".encode() in raw
    assert b"\n" not in raw.replace(b"\r\n", b"")
    return raw


def times(event: Event) -> list[tuple[str, int, int]]:
    return [(event.uid, int(event.starts_at.timestamp()), int(event.ends_at.timestamp()))]


@pytest.mark.parametrize(("zone", "wall"), WALLS)
def test_everyone_invited_gets_an_entry_in_their_own_name_at_the_stored_instant(
    session: Session, make: Make, postbox: tuple[Postbox, int], zone: str, wall: datetime
) -> None:
    event = make.event(
        zone=zone, starts_wall=wall, ends_wall=wall + timedelta(hours=2), format=Format.HYBRID, venue="Angers"
    )
    people = [make.person("Hélène", "L’Œuvre", email="h@exemple.example.org"), make.person(language="en")]
    inviting.invite(event, select(Person), by="staff@example.org", at=EARLY)
    db.session.commit()

    arrived = sent(postbox, EARLY)

    assert len(arrived) == len(people)
    for to, message in arrived:
        [address] = message["To"].addresses
        [entry] = Calendar.from_ical(calendar_of(message)).events
        assert address.addr_spec == to
        assert str(entry["ATTENDEE"]) == f"mailto:{to}"
        assert entry["ATTENDEE"].params["PARTSTAT"] == "NEEDS-ACTION"
        assert by_vobject(calendar_of(message)) == times(event)
    assert by_ical_js([calendar_of(message) for _, message in arrived]) == [times(event)] * len(people)


def test_a_change_and_the_end_reach_the_same_entry_with_a_higher_sequence(
    session: Session, make: Make, postbox: tuple[Postbox, int]
) -> None:
    event = make.event()
    make.person()
    inviting.invite(event, select(Person), by="staff@example.org", at=EARLY)
    db.session.commit()
    first = sent(postbox, EARLY)

    at = EARLY + timedelta(hours=1)
    agenda.change(
        event,
        by="staff@example.org",
        at=at,
        starts_wall=event.starts_wall + timedelta(days=1),
        ends_wall=event.ends_wall + timedelta(days=1),
    )
    telling.of_change(event, by="staff@example.org", at=at)
    db.session.commit()
    second = sent(postbox, at)
    changed = times(event)

    at += timedelta(hours=1)
    agenda.cancel(event, by="staff@example.org", at=at)
    telling.of_cancellation(event, by="staff@example.org", at=at)
    db.session.commit()
    third = sent(postbox, at)

    raw = [calendar_of(message) for _, message in (*first, *second, *third)]
    entries = [Calendar.from_ical(each).events[0] for each in raw]
    assert [each.split(b"METHOD:")[1].split(b"\r\n")[0] for each in raw] == [
        b"REQUEST",
        b"REQUEST",
        b"CANCEL",
    ]
    assert len({entry["UID"] for entry in entries}) == 1
    assert [entry["SEQUENCE"] for entry in entries] == [0, 1, 2]
    assert len({str(entry["ORGANIZER"]) for entry in entries}) == 1
    assert by_ical_js(raw[1:2]) == [changed]


def test_a_message_that_is_sent_again_is_the_same_message(
    session: Session, make: Make, postbox: tuple[Postbox, int]
) -> None:
    from crm.mail.models import Delivery, DeliveryState

    event = make.event()
    make.person()
    inviting.invite(event, select(Person), by="staff@example.org", at=EARLY)
    db.session.commit()
    [(_, first)] = sent(postbox, EARLY)

    delivery = session.scalars(select(Delivery)).one()
    delivery.state, delivery.claimed_by = DeliveryState.QUEUED, None
    db.session.commit()
    [(_, again)] = sent(postbox, EARLY + timedelta(hours=3))

    assert again.as_bytes() == first.as_bytes()

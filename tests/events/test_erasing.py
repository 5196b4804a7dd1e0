"""What certificates, calendars and messages kept of somebody goes with the registration that is erased."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from crm.db import db
from crm.directory.services import erasing as directory
from crm.events.certificates import services as certificates
from crm.events.models import Attendance, Registration, Seat
from crm.events.own import erasing, holdings
from crm.events.replies.models import CalendarReply, ReplyAddress, ReplyState
from crm.events.services import attendance, seats
from crm.events.services.visitors import Visitor
from crm.history import Change
from crm.mail import wishes
from crm.mail.kept.models import KeptMessage
from crm.mail.models import Delivery, Objection
from tests.pages import Browser

ONCE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
FIRST = datetime(2026, 3, 2, 9, tzinfo=UTC)
AFTER = FIRST + timedelta(days=7)
VISITOR = Visitor(given_name="Ada", family_name="Lovelace", email="ada@example.org")
NAMES = ("Ada", "Lovelace", "ada@example.org")


def certified(make, given="Ada"):
    times = {"starts_wall": datetime(2026, 3, 2, 9), "ends_wall": datetime(2026, 3, 2, 17)}  # noqa: DTZ001
    event = make.event("Colloque", **times)
    visitor = Visitor(given_name=given, family_name="Lovelace", email=f"{given.lower()}@example.org")
    one = seats.ask(event, visitor, mode=None, language="fr", at=FIRST - timedelta(days=9))
    attendance.mark(event, [one.id], Attendance.PRESENT, by="staff", at=AFTER)
    certificates.agree(
        event, minutes=420, by="staff", at=AFTER, signer_name="Ana Roux", signer_function="Directrice"
    )
    certificates.issue_all(event, by="staff", at=AFTER)
    return one


def answered(one, key, **facts):
    told = {"attendee": "ada@example.org", "sender": "ada@example.org", "attendee_name": "Ada Lovelace"}
    reply = CalendarReply(
        key=key,
        state=ReplyState.WAITING,
        stamp=AFTER,
        came_at=AFTER,
        calendar="CN=Ada Lovelace",
        **{**told, **facts},
    )
    db.session.add(reply)
    db.session.flush()
    return reply


def test_nothing_names_whoever_was_erased(session, make):
    one = certified(make)
    here = {"event_id": one.event_id}
    answered(one, "matched", person_id=one.person_id, **here)
    answered(one, "by address", **here)
    other = answered(
        one, "another", attendee="bob@example.net", sender="bob@example.net", attendee_name="Bob", **here
    )
    other.calendar = "CN=Bob"
    session.commit()
    assert "Ada Lovelace" in str(holdings.told(one, "fr"))
    erasing.erase(one, at=AFTER)
    session.commit()
    columns = [
        getattr(CalendarReply, name)
        for name in ("attendee", "attendee_name", "sender", "calendar", "person_id")
    ]
    assert not any(name in str(session.execute(select(*columns)).all()) for name in NAMES)
    assert (
        session.scalars(select(CalendarReply.calendar).where(CalendarReply.key == "another")).one()
        == "CN=Bob"
    )
    states = session.scalars(select(CalendarReply.state).order_by(CalendarReply.id)).all()
    assert states == [ReplyState.DISMISSED, ReplyState.DISMISSED, ReplyState.WAITING]
    kept = session.scalars(select(Delivery.person_id).where(Delivery.kind == certificates.KIND)).all()
    assert kept == [None]
    history = session.scalars(select(Change.values).where(Change.record.like("certificates:%"))).all()
    assert not any(name in str(history) for name in NAMES)
    with pytest.raises(certificates.WasNotThere):
        certificates.issue(one, by="public", at=AFTER)


@ONCE
def test_an_erased_certificate_is_served_to_nobody(client: Browser, make):
    with make.app.app_context():
        one = certified(make)
        number, token = certificates.queries.of(one).number, one.token
        erasing.erase(one, at=AFTER)
        db.session.commit()
    shown = client.get(f"/certificates/{number}").text
    assert "Lovelace" not in shown and "effacer" in shown.partition("<main")[2]
    assert client.get(f"/r/{token}/certificate.pdf").status_code == 404


@ONCE
def test_the_wish_to_be_erased_has_no_deadline(session, make):
    event = make.event(withdraw_hours=24 * 365 * 20)
    visitor = Visitor(given_name="Ada", family_name="Lovelace", email="ada@example.org")
    one = seats.ask(event, visitor, mode=None, language="fr", at=FIRST)
    erasing.ask(one, at=FIRST + timedelta(days=1))
    session.commit()
    kept = session.scalars(select(Registration)).one()
    assert kept.erasure_asked_at is not None and kept.seat == Seat.WITHDRAWN


@ONCE
def test_what_was_written_to_them_goes_and_so_does_the_mailbox_of_their_calendar(session, make):
    event = make.event("Colloque")
    ada = seats.ask(event, VISITOR, mode=None, language="fr", at=FIRST)
    shared = replace(VISITOR, given_name="Grace", family_name="Hopper")
    grace = seats.ask(event, shared, mode=None, language="fr", at=FIRST)
    session.commit()
    for delivery in session.scalars(select(Delivery)):
        db.session.add(KeptMessage(delivery_id=delivery.id, content=b"Ada Lovelace", at=FIRST))
    session.commit()
    for one, kept, mailboxes in ((ada, 1, 1), (grace, 0, 0)):
        erasing.erase(one, at=AFTER)
        session.commit()
        assert session.scalar(select(func.count()).select_from(KeptMessage)) == kept
        # The colleague at the same address goes on answering.
        assert session.scalar(select(func.count()).select_from(ReplyAddress)) == mailboxes


def test_an_erased_address_that_registers_is_known_again_with_what_its_owner_did_not_want(session, make):
    was = make.address("ada@example.org")
    wishes.object_also(was.id, "newsletter", source="one-click", at=FIRST - timedelta(days=30))
    directory.erase_address(was, by="admin", at=FIRST - timedelta(days=20))
    one = seats.ask(make.event(), VISITOR, mode=None, language="fr", at=FIRST)
    assert one.address_id == was.id
    assert session.scalars(select(Objection.purpose).where(Objection.address_id == one.address_id)).all() == [
        "newsletter"
    ]

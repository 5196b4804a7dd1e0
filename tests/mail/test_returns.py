"""What comes back: reports of mail servers, whose message they are about, what they change."""

import email as stdlib_email
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.db import db
from crm.history import Change
from crm.mail import queries, services
from crm.mail.composers import Origin
from crm.mail.incoming import taking as incoming
from crm.mail.incoming.boxes import Found
from crm.mail.message import Message
from crm.mail.models import Address, Bounce, BounceKind, Delivery, DeliveryState, Purpose, Report
from crm.mail.outbox import Courier
from crm.mail.returns import addresses, reading, taking
from crm.mail.returns import services as returns
from crm.mail.returns.classes import classify
from crm.mail.senders import Refused
from crm.mail.senders.smtp import SmtpSender
from tests.bench.smtp_sink import SmtpSink
from tests.mail.reports import absence, block, report
from tests.mail.test_outbox import _letter  # noqa: F401  (enters the composer)
from tests.make import EARLY, Make
from tests.outbox import ORIGIN, MemorySender, courier
from tests.pages import Browser
from tests.relations import imap

BASE = "bounces@example.org"
KEYS = (b"one", b"former")
ON_ONE_ENGINE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def _sent(make: Make, email: str = "ada@example.org", **facts: Any) -> Delivery:
    delivery = services.queue(
        address=make.address(email),
        **{
            "kind": "test.letter",
            "subject_id": 1,
            "purpose": Purpose.NEWSLETTER,
            "language": "fr",
            "at": EARLY,
            **facts,
        },
    )
    delivery.state, delivery.ended_at = DeliveryState.ACCEPTED, EARLY
    db.session.commit()
    return delivery


def _take(app: Flask, raw: bytes, **settings: Any) -> str | None:
    known = {**app.config, "BOUNCE_ADDRESS": BASE, **settings}
    return taking.take_in(Found(raw, len(raw), True, lambda: None), known, EARLY + timedelta(hours=1))


def _return_address(app: Flask, delivery: Delivery) -> str:
    return addresses.written(BASE, delivery.id, delivery.message_id, addresses.keys(app.config)[0])


@pytest.mark.parametrize(
    ("action", "status", "said", "kind"),
    [
        ("failed", "5.1.1", "", BounceKind.HARD),
        ("failed", "5.1.10", "", BounceKind.HARD),
        ("failed", "5.2.1", "", BounceKind.HARD),
        ("Failed", " 5.2.2 (mailbox full)", "", BounceKind.BLOCKED),
        ("failed", "5.7.1", "550 5.1.1 quoted", BounceKind.BLOCKED),
        ("failed", "5.7.26", "", BounceKind.BLOCKED),
        ("failed", "5.3.4", "", BounceKind.BLOCKED),
        ("failed", "5.0.0", "550 5.1.1 no such user", BounceKind.PERMANENT),
        ("failed", "", "550 5.1.1 <a@example.org>: unknown", BounceKind.HARD),
        ("failed", "", "550 rejected by 5.1.1.9", BounceKind.UNKNOWN),
        ("failed", "", "", BounceKind.UNKNOWN),
        ("failed", "4.4.7", "", BounceKind.TRANSIENT),
        ("delayed", "4.2.2", "", BounceKind.TRANSIENT),
        ("delayed", "5.1.1", "", BounceKind.TRANSIENT),
        ("delivered", "2.0.0", "", None),
        ("relayed", "2.1.9", "", None),
        ("expanded", "", "", None),
    ],
)
def test_codes_are_classed(action: str, status: str, said: str, kind: BounceKind | None) -> None:
    assert classify(action, status, said) is kind


def test_a_return_address_fits_and_only_the_key_makes_its_seal() -> None:
    written = addresses.written("bounces@example.org", 2**31 - 1, "a" * 40, KEYS[0])
    assert len(written.partition("@")[0]) <= 64
    [(delivery, seal)] = addresses.found_in([f"for <{written.upper()}>; Mon"], BASE)
    assert delivery == 2**31 - 1
    assert addresses.is_sealed(delivery, "a" * 40, seal, KEYS)
    assert addresses.is_sealed(delivery, "a" * 40, seal, (b"new", KEYS[0]))
    assert not addresses.is_sealed(delivery, "a" * 40, seal, (b"other",))
    assert not addresses.is_sealed(delivery - 1, "a" * 40, seal, KEYS)
    assert not addresses.is_sealed(delivery, "b" * 40, seal, KEYS)


def test_words_that_quote_other_codes_class_nothing() -> None:
    told = reading.read(
        report(block("a@example.org", status="5.2.2"), words="The answer was 5.1.1, before it 4.2.2.")
    )
    assert [said.kind for said in told.said] == [BounceKind.BLOCKED]


def test_a_hard_bounce_to_its_signed_address_holds_and_is_told(
    app: Flask, session: Session, make: Make
) -> None:
    delivery = _sent(make)
    raw = report(block("ada@example.org", said="550 5.1.1 no such user"), to=_return_address(app, delivery))
    assert _take(app, raw) == "bounce"
    session.expire_all()
    assert (delivery.state, delivery.address.hold_reason) == (DeliveryState.BOUNCED, returns.NOBODY_READS)
    assert delivery.said == "550 5.1.1 no such user"
    [turn] = queries.turns(delivery.address)
    assert (turn.actor, turn.reason) == ("bounces", returns.NOBODY_READS)
    [bounce] = queries.returned_from(delivery.address_id)
    assert bounce.report.raw == raw
    assert _take(app, raw) == "again"
    assert session.scalar(select(func.count(Report.id))) == 1


@pytest.mark.parametrize(
    ("status", "action", "state"),
    [
        ("5.7.1", "failed", DeliveryState.BOUNCED),
        ("5.2.2", "failed", DeliveryState.BOUNCED),
        ("5.0.0", "failed", DeliveryState.BOUNCED),
        ("4.4.7", "failed", DeliveryState.BOUNCED),
        ("4.2.2", "delayed", DeliveryState.ACCEPTED),
    ],
)
@ON_ONE_ENGINE
def test_what_is_not_the_fault_of_the_address_holds_nothing(
    app: Flask, session: Session, make: Make, status: str, action: str, state: DeliveryState
) -> None:
    delivery = _sent(make)
    raw = report(block("ada@example.org", status=status, action=action), to=_return_address(app, delivery))
    assert _take(app, raw) == "bounce"
    session.expire_all()
    assert (delivery.state, delivery.address.held_since) == (state, None)


@ON_ONE_ENGINE
def test_a_message_forwarded_elsewhere_is_still_the_one_that_came_back(
    app: Flask, session: Session, make: Make
) -> None:
    delivery = _sent(make)
    assert _take(app, report(block("perso@example.com"), to=_return_address(app, delivery))) == "bounce"
    session.expire_all()
    assert delivery.address.held_since is not None
    assert session.scalar(select(Address.held_since).where(Address.email == "perso@example.com")) is None


@pytest.mark.parametrize("headers_only", [True, False])
@ON_ONE_ENGINE
def test_without_a_signed_address_the_message_id_and_its_reader_prove_it(
    app: Flask, session: Session, make: Make, headers_only: bool
) -> None:
    delivery = _sent(make)
    raw = report(block("ADA@example.org"), message_id=delivery.message_id, headers_only=headers_only)
    assert _take(app, raw, BOUNCE_ADDRESS="") == "bounce"
    session.expire_all()
    assert delivery.address.held_since is not None


@ON_ONE_ENGINE
def test_of_several_recipients_only_the_message_s_own_is_touched(
    app: Flask, session: Session, make: Make
) -> None:
    delivery, other = _sent(make), make.address("eve@example.org")
    raw = report(
        block("eve@example.org"),
        block("liste@example.net", original="ada@example.org", status="5.2.1"),
        block("new@example.org", action="delivered", status="2.0.0"),
        message_id=delivery.message_id,
    )
    assert _take(app, raw) == "bounce"
    session.expire_all()
    assert delivery.state is DeliveryState.BOUNCED and delivery.address.held_since is not None
    assert session.get_one(Address, other.id).held_since is None
    found = session.execute(select(Bounce.recipient, Bounce.address_id).order_by(Bounce.id)).all()
    assert [tuple(row) for row in found] == [
        ("eve@example.org", None),
        ("ada@example.org", delivery.address_id),
    ]


def test_forged_reports_change_nothing(app: Flask, session: Session, make: Make) -> None:
    delivery, other = _sent(make), _sent(make, "eve@example.org", subject_id=2)
    true = _return_address(app, delivery)
    seal = true.partition("-")[2]
    wrong = true.replace(seal, "0" * 20 + "@example.org")
    someone = block("ada@example.org")
    for to, message_id, blocks in (
        # A wrong seal, even with the right Message-ID; another's seal; a stranger's Message-ID; none.
        (wrong, delivery.message_id, [someone]),
        (f"bounces+{delivery.id}-{_return_address(app, other).partition('-')[2]}", "", [someone]),
        (BASE, "0" * 40, [someone]),
        (BASE, "", [someone]),
        # One's own message does not hold somebody else's address.
        (BASE, other.message_id, [someone]),
    ):
        assert _take(app, report(*blocks, to=to, message_id=message_id)) == "unmatched"
    # One's own seal, with two strangers named.
    raw = report(someone, block("bob@example.org"), to=_return_address(app, other))
    assert _take(app, raw) == "unmatched"
    session.expire_all()
    assert delivery.state is other.state is DeliveryState.ACCEPTED
    assert list(session.scalars(queries.held())) == []
    assert session.scalar(select(func.count(Bounce.id)).where(Bounce.address_id.is_not(None))) == 0


@ON_ONE_ENGINE
def test_an_absence_note_is_no_bounce_and_waits_nowhere(
    app: Flask, session: Session, make: Make, tmp_path: Path
) -> None:
    delivery = _sent(make)
    (tmp_path / "a.eml").write_bytes(absence(_return_address(app, delivery)))
    settings = {**app.config, "BOUNCE_ADDRESS": BASE, "BOUNCE_FOLDER": tmp_path}
    assert incoming.take_all(settings, at=EARLY) == {"automatic": 1}
    session.expire_all()
    assert delivery.state is DeliveryState.ACCEPTED
    assert session.scalar(select(func.count(Report.id))) == 0
    from crm.relations.models import FiledMail

    assert session.scalar(select(func.count(FiledMail.id))) == 0


@ON_ONE_ENGINE
def test_reports_in_the_folder_are_taken_before_those_who_file_mail(
    app: Flask, session: Session, make: Make, tmp_path: Path
) -> None:
    delivery = _sent(make)
    (tmp_path / "a.eml").write_bytes(report(block("ada@example.org"), message_id=delivery.message_id))
    settings = {**app.config, "FILING_FOLDER": tmp_path}
    assert incoming.take_all(settings, at=EARLY) == {"bounce": 1}
    assert (tmp_path / "done" / "a.eml").exists()


@ON_ONE_ENGINE
def test_one_mailbox_serves_reports_absence_notes_and_answers(
    app: Flask, session: Session, make: Make
) -> None:
    delivery = _sent(make)
    to = _return_address(app, delivery)
    answer = EmailMessage()
    answer["From"], answer["To"], answer["Subject"] = "ada@example.org", "agenda@example.org", "Bonjour"
    answer.set_content("Sans calendrier.")
    box = imap.Mailbox(report(block("ada@example.org"), to=to), absence(to), answer.as_bytes())
    with imap.serving(box) as port:
        settings = {
            **app.config,
            "BOUNCE_ADDRESS": BASE,
            "REPLIES_ADDRESS": "agenda@example.org",
            "IMAP_HOST": "127.0.0.1",
            "IMAP_PORT": port,
            "IMAP_USER": "journal",
            "IMAP_PASSWORD": "secret",
            "IMAP_TLS": "none",
        }
        assert incoming.take_all(settings, at=EARLY) == {"bounce": 1, "automatic": 1, "set_aside": 1}
        assert incoming.take_all(settings, at=EARLY) == {}
    session.expire_all()
    assert delivery.address.held_since is not None


def test_a_refusal_while_the_message_leaves_is_told_like_any_hold(session: Session, make: Make) -> None:
    delivery = _sent(make)
    delivery.state = DeliveryState.QUEUED
    session.commit()

    def refuses(_message: Message) -> None:
        raise Refused("Nobody reads it.", "550 5.1.1 no", is_dead=True)

    courier(MemorySender(refuses), at=EARLY).run()
    session.expire_all()
    assert delivery.address.held_since == EARLY
    assert [turn.reason for turn in queries.turns(delivery.address)] == ["Nobody reads it."]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00delivery-status",
        b"To: bounces@example.org\r\nContent-Type: message/delivery-status\r\n\r\n\r\n\r\nStatus: \x00\r\n",
        b"To: bounces@example.org\r\nContent-Type: multipart/report; boundary=a\r\n\r\n"
        + b"--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n" * 3_000
        + b"delivery-status",
    ],
)
@ON_ONE_ENGINE
def test_broken_mail_breaks_nothing(app: Flask, session: Session, raw: bytes) -> None:
    assert _take(app, raw) in (None, "automatic", "unmatched")
    assert list(session.scalars(queries.held())) == []


@ON_ONE_ENGINE
def test_old_reports_are_let_go_but_not_those_of_addresses_on_hold(
    app: Flask, session: Session, make: Make
) -> None:
    held, other = _sent(make), _sent(make, "eve@example.org", subject_id=2)
    _take(app, report(block("ada@example.org"), message_id=held.message_id))
    _take(app, report(block("eve@example.org", status="5.7.1"), message_id=other.message_id))
    returns.forget(at=EARLY + timedelta(days=800))
    session.commit()
    assert session.scalars(select(Bounce.address_id)).all() == [held.address_id]


def test_each_message_leaves_with_a_return_address_of_its_own(session: Session, make: Make) -> None:
    deliveries = [_sent(make, f"p{number}@example.org") for number in range(2)]
    for delivery in deliveries:
        delivery.state = DeliveryState.QUEUED
    session.commit()
    origin = Origin(
        address=ORIGIN.address,
        name=ORIGIN.name,
        reply_to=ORIGIN.reply_to,
        base_url=ORIGIN.base_url,
        bounce_address=BASE,
        bounce_key=KEYS[0],
    )
    with SmtpSink() as sink:
        sender = SmtpSender(host="127.0.0.1", port=sink.port, user="", password="", tls="none", timeout=5)
        Courier(sender=sender, origin=origin, worker="test", now=lambda: EARLY).run()
        got = {message.to[0]: message for message in sink.messages}
    for delivery in deliveries:
        message = got[delivery.address.email]
        expected = addresses.written(BASE, delivery.id, delivery.message_id, KEYS[0])
        assert message.sender == expected
        assert stdlib_email.message_from_bytes(message.content)["From"] == "Maillage <maillage@example.org>"


def test_a_hold_is_reviewed_with_its_report_and_lifted_by_somebody(
    app: Flask, client: Browser, make: Make
) -> None:
    with app.app_context():
        delivery = _sent(make)
        _take(
            app,
            report(block("ada@example.org", said="550 5.1.1 unknown here"), message_id=delivery.message_id),
        )
        _take(app, report(block("stranger@example.org"), to=BASE))
        address_id = delivery.address_id
    viewer = client.as_("viewer")
    assert "ada@example.org" in viewer.get("/mail/holds").text
    page = viewer.get(f"/mail/holds/{address_id}").text
    assert "550 5.1.1 unknown here" in page and "/mail/reports/" not in page
    assert viewer.get("/mail/returned").status_code == 403
    staff = client.as_("staff")
    listed = staff.get("/mail/returned").text
    assert "ada@example.org" in listed and "stranger@example.org" not in listed
    assert "stranger@example.org" in staff.get("/mail/returned?kind=unmatched").text
    assert "ada@example.org" not in staff.get("/mail/returned?kind=blocked").text
    with app.app_context():
        report_id = db.session.scalar(select(Bounce.report_id).where(Bounce.address_id == address_id))
    assert "Reporting-MTA: dns; mx.example.net" in staff.get(f"/mail/reports/{report_id}").text
    assert staff.get(f"/mail/reports/{report_id}/raw").mimetype == "message/rfc822"
    done = staff.submit_and_follow(f"/mail/holds/{address_id}", to="/lift")
    assert staff.account.email in done.text and "550 5.1.1 unknown here" in done.text
    with app.app_context():
        assert db.session.get_one(Address, address_id).held_since is None
        last = db.session.scalars(
            select(Change).where(Change.record == f"addresses:{address_id}").order_by(Change.id.desc())
        ).first()
        assert last is not None and last.actor == staff.account.email

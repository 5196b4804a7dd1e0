"""Events that the provider posts, and its own lists: believed for their signature, in any order, once."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from sqlalchemy import event as hooks
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import clock
from crm.db import db
from crm.mail import purposes, queries, services
from crm.mail.models import Address, Bounce, BounceKind, Delivery, DeliveryState, Purpose
from crm.mail.provider import lists, reading, signature
from crm.mail.provider import services as provider
from tests.mail.reports import KEY, PUBLIC, event, signed
from tests.make import EARLY, Make

ON_ONE_ENGINE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def _sent(make: Make, email: str = "ada@example.org", **facts: Any) -> Delivery:
    state = facts.pop("state", DeliveryState.ACCEPTED)
    provider_id = facts.pop("provider_id", None)
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
    delivery.state, delivery.provider_id = state, provider_id
    db.session.commit()
    return delivery


def _take(*told: dict[str, Any]) -> dict[str, int]:
    found = provider.take(reading.events(json.dumps(told).encode()), at=EARLY)
    db.session.commit()
    db.session.expire_all()
    return {kind: number for kind, number in found.items() if number}


@pytest.fixture
def hooked(app: Flask) -> Iterator[Flask]:
    before = app.config["SENDGRID_WEBHOOK_KEY"]
    app.config["SENDGRID_WEBHOOK_KEY"] = PUBLIC
    yield app
    app.config["SENDGRID_WEBHOOK_KEY"] = before


def test_only_what_is_signed_whole_and_fresh_is_believed(hooked: Flask, make: Make) -> None:
    with hooked.app_context():
        delivery = _sent(make)
        told = [event("bounce", delivery, type="bounce", status="5.1.1", reason="550 5.1.1 gone")]
        key = delivery.id
    client, now = hooked.test_client(use_cookies=False), clock.now()

    def held() -> bool:
        with hooked.app_context():
            return db.session.get_one(Delivery, key).address.held_since is not None

    genuine = signed(told, at=now)
    unsigned = {**genuine, "headers": {}}
    written_anew = {**genuine, "data": json.dumps(told, indent=1).encode()}
    other_key = signed(told, at=now, key=ec.generate_private_key(ec.SECP256R1()))
    old = signed(told, at=now - timedelta(minutes=16))
    early = signed(told, at=now + timedelta(minutes=16))
    later_stamp = {**old, "headers": {**old["headers"], signature.TIMESTAMP: str(int(now.timestamp()))}}
    no_base64 = {**genuine, "headers": {**genuine["headers"], signature.SIGNATURE: "é*"}}
    for call in (unsigned, written_anew, other_key, old, early, later_stamp, no_base64):
        assert client.post("/hooks/sendgrid", **call).status_code == 403
    assert client.post("/hooks/sendgrid", **signed([], at=now, body=b"x" * 3_000_000)).status_code == 413
    assert client.post("/hooks/sendgrid", **signed([], at=now, body=b'{"a":')).status_code == 400
    assert client.get("/hooks/sendgrid").status_code == 405
    assert not held()
    for _ in range(2):
        assert client.post("/hooks/sendgrid", **genuine).status_code == 204
        assert held()
    with hooked.app_context():
        # Posted again after somebody lifted the hold: what was taken once is not taken again.
        services.lift_hold(db.session.get_one(Delivery, key).address)
        db.session.commit()
    assert client.post("/hooks/sendgrid", **genuine).status_code == 204
    assert not held()


@ON_ONE_ENGINE
def test_without_a_key_the_address_does_not_exist(app: Flask) -> None:
    assert app.test_client().post("/hooks/sendgrid", **signed([], at=clock.now())).status_code == 404


def test_events_in_any_order_only_move_a_message_up(session: Session, make: Make) -> None:
    delivery = _sent(make, state=DeliveryState.UNCERTAIN)
    assert _take(event("processed", delivery)) == {"processed": 1}
    assert (delivery.state, delivery.provider_id) == (DeliveryState.ACCEPTED, "abc123")
    _take(event("deferred", delivery, response="451 later"), event("delivered", delivery))
    assert delivery.state is DeliveryState.DELIVERED
    _take(event("bounce", delivery, type="bounce", status="5.0.0", at=1893456100))
    assert delivery.state is DeliveryState.BOUNCED
    _take(event("delivered", delivery, at=1893456200), event("processed", delivery, at=1893456300))
    assert delivery.state is DeliveryState.BOUNCED and delivery.address.held_since is None


@ON_ONE_ENGINE
def test_a_call_of_many_events_asks_no_more_than_one_of_few(session: Session, make: Make) -> None:
    def asked(*events: dict[str, Any]) -> int:
        texts: list[str] = []

        def note(*facts: Any) -> None:
            texts.append(facts[2])

        hooks.listen(session.get_bind(), "before_cursor_execute", note)
        _take(*events)
        session.flush()
        hooks.remove(session.get_bind(), "before_cursor_execute", note)
        return len([text for text in texts if text.startswith("SELECT")])

    def refused(number: int, at: int) -> list[dict[str, Any]]:
        people = [_sent(make, email=f"{at}-{place}@example.org") for place in range(number)]
        return [
            event(kind, person, type="bounce", at=at)
            for person in people
            for kind in ("bounce", "unsubscribe")
        ]

    asked(*refused(1, 1893456000))
    assert asked(*refused(20, 1893456001)) <= asked(*refused(2, 1893456002))


@ON_ONE_ENGINE
def test_the_same_event_under_another_number_counts_once(session: Session, make: Make) -> None:
    delivery = _sent(make)
    one = event("bounce", delivery, type="bounce", status="5.1.1")
    assert _take(one, {**one, "sg_event_id": "other"}) == {"bounce": 1, "again": 1}
    assert _take({**one, "sg_event_id": "third"}) == {"again": 1}
    assert session.scalar(select(func.count(Bounce.id))) == 1


@pytest.mark.parametrize(
    ("kind", "more", "state", "is_held", "refused"),
    [
        ("bounce", {"type": "bounce", "status": "5.1.1"}, "bounced", True, 0),
        ("bounce", {"type": "bounce", "reason": "550 5.1.1 no such user"}, "bounced", True, 0),
        ("bounce", {"type": "bounce"}, "bounced", False, 0),
        ("bounce", {"type": "Blocked", "status": "5.1.1"}, "bounced", False, 0),
        ("blocked", {"status": None}, "bounced", False, 0),
        ("dropped", {"reason": "Bounced Address"}, "suppressed", True, 0),
        ("dropped", {"reason": "Invalid"}, "suppressed", True, 0),
        ("dropped", {"reason": "Unsubscribed Address"}, "suppressed", False, 3),
        ("dropped", {"reason": "Spam Reporting Address"}, "suppressed", False, 3),
        ("dropped", {"reason": "Spam Content"}, "suppressed", False, 0),
        ("spamreport", {}, "delivered", False, 3),
        ("unsubscribe", {}, "delivered", False, 3),
        ("group_unsubscribe", {"asm_group_id": 7}, "delivered", False, 1),
        ("open", {"useragent": "x", "category": "one"}, "delivered", False, 0),
        ("group_resubscribe", {}, "accepted", False, 0),
        ("something_new", {"nested": {"a": [1]}}, "accepted", False, 0),
    ],
)
@ON_ONE_ENGINE
def test_what_each_event_changes(
    session: Session, make: Make, kind: str, more: dict[str, Any], state: str, is_held: bool, refused: int
) -> None:
    delivery = _sent(make)
    _take(event(kind, delivery, **more))
    assert delivery.state.value == state
    assert (delivery.address.held_since is not None) is is_held
    assert len(queries.objections(delivery.address_id)) == refused


def test_an_event_before_our_own_note_of_sending_is_not_lost(session: Session, make: Make) -> None:
    from crm.mail import outcomes

    delivery = _sent(make, state=DeliveryState.SENDING)
    delivery.claimed_by = "worker"
    session.commit()
    _take(event("delivered", delivery))
    accepted = outcomes.Outcome(delivery.id, DeliveryState.ACCEPTED, provider_id="abc123")
    outcomes.write_down([accepted], worker="worker", at=EARLY)
    session.commit()
    session.expire_all()
    assert (delivery.state, delivery.provider_id) == (DeliveryState.DELIVERED, "abc123")


@ON_ONE_ENGINE
def test_an_event_is_about_ours_by_the_provider_s_name_too_and_only_with_its_recipient(
    session: Session, make: Make
) -> None:
    delivery = _sent(make, provider_id="abc123.recvd-1-2")
    bare = event("bounce", delivery, type="bounce", status="5.1.1")
    del bare["message_id"], bare["smtp-id"]
    stranger = event(
        "bounce", delivery, email="eve@example.org", type="bounce", status="5.1.1", at=1893456001
    )
    unknown = {**bare, "sg_message_id": "zzz.0", "timestamp": 1893456002}
    make.address("eve@example.org")
    assert _take(stranger, unknown) == {"unmatched": 2}
    assert list(session.scalars(queries.held())) == []
    assert _take(bare) == {"bounce": 1}
    assert delivery.address.held_since is not None


@ON_ONE_ENGINE
def test_fields_that_are_missing_or_odd_break_nothing(session: Session, make: Make) -> None:
    delivery = _sent(make)
    good = event("delivered", delivery)
    odd: list[Any] = [None, 3, "x", [], {}, {**good, "timestamp": "soon"}, {**good, "timestamp": 10**30}]
    odd += [{**good, "email": "nobody"}, {**good, "email": None}, {**good, "event": {"a": 1}}]
    odd += [event("bounce", delivery, reason="\ud800\x00 refused", at=1893456009, status=["5.1.1"])]
    assert _take(*odd, good) == {"bounce": 1, "delivered": 1}
    for body in (b"", b"{}", b"[" * 100_000, b"\xff"):
        with pytest.raises(reading.Unreadable):
            reading.events(body)


class _FakeLists:
    """The provider's lists on loopback; `status` answers every call when it is not 200."""

    def __init__(self) -> None:
        self.entries: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.status = 200
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                name = parts.path.rpartition("/")[2]
                asked = {key: values[0] for key, values in parse_qs(parts.query).items()}
                fake.asked.append((name, asked))
                begin = int(asked["offset"])
                page = fake.entries.get(name, [])[begin : begin + int(asked["limit"])]
                body = json.dumps(page).encode()
                self.send_response(fake.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture
def fake() -> Iterator[_FakeLists]:
    fake = _FakeLists()
    thread = threading.Thread(target=fake.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield fake
    fake.server.shutdown()
    fake.server.server_close()


def test_the_provider_s_lists_are_mirrored_once_a_day(
    app: Flask, session: Session, make: Make, fake: _FakeLists
) -> None:
    for name in ("gone", "bad", "full", "angry", "quiet", "fine"):
        make.address(f"{name}@example.org")
    fake.entries = {
        "bounces": [
            {"created": 1893450000 + n, "email": f"s{n}@example.org", "reason": "", "status": "5.0.0"}
            for n in range(501)
        ]
        + [{"created": 1893450000, "email": "GONE@example.org", "reason": "550 5.1.1 no", "status": "5.1.1"}],
        "invalid_emails": [{"created": 1893450000, "email": "bad@example.org", "reason": "Known bad domain"}],
        "blocks": [{"created": 1893450000, "email": "full@example.org", "reason": "452 full"}],
        "spam_reports": [{"created": 1893450000, "email": "angry@example.org", "ip": "192.0.2.1"}],
        "unsubscribes": [{"created": 1893450000, "email": "quiet@example.org"}, {"email": None}],
    }
    settings = {
        **app.config,
        "MAIL_SENDER": "sendgrid",
        "SENDGRID_API_KEY": "k",
        "SENDGRID_URL": f"http://127.0.0.1:{fake.server.server_port}",
        "MAIL_TIMEOUT": 5,
    }
    at = datetime(2030, 1, 2, tzinfo=UTC)
    told = lists.read_if_due(settings, at=at)
    assert told == {"bounces": 1, "invalid_emails": 1, "blocks": 1, "spam_reports": 1, "unsubscribes": 1}
    held = {address.email for address in session.scalars(queries.held())}
    assert held == {"gone@example.org", "bad@example.org"}
    quiet = session.scalars(select(Address).where(Address.email == "quiet@example.org")).one()
    angry = session.scalars(select(Address).where(Address.email == "angry@example.org")).one()
    assert (
        queries.objections(quiet.id) == queries.objections(angry.id) == frozenset(purposes.refusable_keys())
    )
    kinds = set(session.scalars(select(Bounce.kind)))
    assert kinds == {BounceKind.HARD, BounceKind.BLOCKED, BounceKind.COMPLAINT}
    # Within the day nobody asks again; a hold that was lifted stays lifted.
    calls = len(fake.asked)
    assert lists.read_if_due(settings, at=at + timedelta(hours=23)) is None
    assert len(fake.asked) == calls
    for address in session.scalars(queries.held()):
        services.lift_hold(address)
    session.commit()
    fake.status = 500
    assert lists.read_if_due(settings, at=at + timedelta(days=1)) is None
    assert lists.read_if_due(settings, at=at + timedelta(days=1, minutes=30)) is None
    fake.status = 200
    assert lists.read_if_due(settings, at=at + timedelta(days=1, hours=2)) == dict.fromkeys(told, 0)
    assert list(session.scalars(queries.held())) == []
    name, asked = fake.asked[-1]
    assert int(asked["start_time"]) == int((at - lists.OVERLAP).timestamp())
    assert name == "unsubscribes"


def test_the_key_must_be_one_of_the_curve() -> None:
    with pytest.raises(signature.BadKey):
        signature.public_key("bm8ga2V5")
    assert signature.public_key(PUBLIC).public_numbers() == KEY.public_key().public_numbers()

"""Links counted in aggregate where the association says so: how often each was opened, never by whom."""

import re

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db import db
from crm.events.models import Mode, Registration, Seat
from crm.mail.models import Delivery, DeliveryState
from crm.mailings import figures, services
from crm.mailings.clicks.models import MailingLink
from crm.mailings.models import Mailing
from crm.settings import services as settings
from tests.make import EARLY, Make
from tests.outbox import send_due
from tests.pages import Browser

URL = "https://data.example.org/page?a=1&b=2"
BODY = f'<div>Bonjour {{{{prénom}}}}, <a href="{URL.replace("&", "&amp;")}">lire</a></div>'


def _left(make: Make, *, counts: bool, body: str = BODY, **facts: object) -> Mailing:
    settings.set_up(name="OpenDataFrance").counts_clicks = counts
    for name in ("ada", "zoe"):
        make.person(name.title(), email=f"{name}@example.org")
    mailing = services.create(audience="", at=EARLY, subject_fr="Lettre", body_fr=body, **facts)  # type: ignore[arg-type]
    services.leave(mailing, by="staff@example.org", at=EARLY)
    db.session.commit()
    return mailing


def test_links_lead_straight_where_they_say_unless_counting_is_switched_on(
    session: Session, make: Make
) -> None:
    _left(make, counts=False)
    [first, _second] = send_due(at=EARLY)
    assert f'href="{URL.replace("&", "&amp;")}"' in first.html
    assert "combien de fois" not in first.text
    assert list(session.scalars(select(MailingLink))) == []


def test_where_they_are_counted_all_readers_get_the_same_address_and_are_told(
    session: Session, make: Make
) -> None:
    mailing = _left(make, counts=True)
    [first, second] = send_due(at=EARLY)
    [link] = session.scalars(select(MailingLink))
    assert link.url == URL
    for message in (first, second):
        assert re.findall(r'href="([^"]*/go/[^"]*)"', message.html) == [
            f"http://127.0.0.1:8000/go/{link.token}"
        ]
        assert "combien de fois" in message.text and "combien de fois" in message.html
        assert "<img" not in message.html
    # Their own way to unsubscribe is nobody else's, and is not counted.
    assert first.unsubscribe_url != second.unsubscribe_url
    assert {column.name for column in MailingLink.__table__.columns} == {
        "id", "mailing_id", "token", "url", "opened",
    }  # fmt: skip
    told = figures.of(mailing)
    assert told is not None and (told.sent, told.opened, told.answered) == (2, 0, None)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_each_opening_counts_one_and_no_other_address_is_led_to(
    app: Flask, client: Browser, make: Make
) -> None:
    with app.app_context():
        key = _left(make, counts=True).id
        send_due(at=EARLY)
        token = db.session.scalars(select(MailingLink.token)).one()
    for _time in range(3):
        answer = client.get(f"/go/{token}")
        assert (answer.status_code, answer.location) == (302, URL)
        assert "Set-Cookie" not in answer.headers and answer.headers["Cache-Control"] == "no-store"
    assert client.open(f"/go/{token}", method="HEAD").location == URL
    assert client.get("/go/forged").status_code == 404
    assert client.get(f"/go/{token}?url=https://evil.example.org").location == URL
    page = client.as_("staff").get(f"/mailings/{key}").text
    assert "liens ouverts" in page and URL.replace("&", "&amp;") in page
    with app.app_context():
        assert db.session.scalars(select(MailingLink.opened)).one() == 4


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_counting_is_switched_on_by_whoever_may_change_settings(
    app: Flask, client: Browser, make: Make
) -> None:
    with app.app_context():
        settings.set_up(name="OpenDataFrance")
        db.session.commit()
    admin = client.as_("admin")
    assert admin.submit("/mailings/look", "/mailings/look", counts_clicks="y").status_code == 302
    with app.app_context():
        from crm.settings import queries

        assert queries.association().counts_clicks


def test_registrations_and_answers_of_its_readers_are_counted_since_it_left(
    session: Session, make: Make
) -> None:
    event = make.event("Webinaire")
    mailing = _left(make, counts=False, subject_ref=f"events:{event.id}")
    send_due(at=EARLY)
    reader, stranger = make.person("Ada", email="x@example.org"), make.person("Luc")
    delivery = session.scalars(select(Delivery).order_by(Delivery.id)).first()
    assert delivery is not None and delivery.state is DeliveryState.ACCEPTED
    reader_id = delivery.person_id
    for key in (reader_id, stranger.id):
        session.add(
            Registration(
                event_id=event.id, person_id=key, given_name="Ada", family_name="Roux", search="ada",
                seat=Seat.CONFIRMED, mode=Mode.ONLINE, asked_at=EARLY, language="fr", token=f"t{key}",
            )
        )  # fmt: skip
    session.commit()
    told = figures.of(mailing)
    assert told is not None and (told.sent, told.bounced, told.registered, told.answered) == (2, 0, 1, 0)
    assert reader.id != reader_id


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_page_of_a_mailing_tells_how_fast_it_leaves_and_how_long_yet(
    app: Flask, client: Browser, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAIL_PER_MINUTE", 1)
    with app.app_context():
        key = _left(make, counts=False).id
    for address in (f"/mailings/{key}", f"/mailings/{key}/progress"):
        page = (
            client.as_("staff").get(address).text if "progress" not in address else client.get(address).text
        )
        assert "0 message(s)" not in page
        assert "au plus 1 par minute" in page and "encore environ 2 minutes" in page

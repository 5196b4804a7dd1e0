"""What is typed into any field that reaches a header, from the page to the mail server, stays in its line.

A field may refuse it, or keep it in one line. Whatever leaves has our headers and its one reader.
"""

import email
import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from crm import clock
from crm.db import db
from crm.directory import queries as directory
from crm.events import robots as visitors
from crm.events.models import Event
from crm.events.services import inviting
from crm.kits.signing import robots as signers
from crm.mail.outbox import Courier
from crm.mail.senders.smtp import SmtpSender
from crm.mailings import services
from crm.mailings.audiences import parts
from crm.mailings.audiences import services as audiences
from crm.mailings.models import Mailing
from crm.mailings.views import subscribe
from tests.bench.smtp_sink import SmtpSink
from tests.mailings.test_stationery import png
from tests.make import PASSWORD, Make
from tests.outbox import ORIGIN
from tests.pages import Browser

# As long as the shortest of these fields takes.
BAD = "Z\r\nBcc: e@x.org\nX-Evil: 1\rX-Evil: 2\u2028X-Evil: 3\x85X-Evil: 4\r\n\r\nX-Evil: 5"
OURS = {
    "from", "to", "subject", "date", "message-id", "reply-to", "auto-submitted", "x-auto-response-suppress",
    "list-unsubscribe", "list-unsubscribe-post", "mime-version", "content-type", "content-transfer-encoding",
    "content-disposition",
}  # fmt: skip
READER = "ada@example.org"


class House:
    """An application with pages, records and somebody signed in."""

    def __init__(self, app: Flask, client: Browser, make: Make) -> None:
        self.app, self.client, self.make = app, client, make

    def does(self, page: str, to: str | None = None, **typed: Any) -> None:
        """Send that form; it has to be taken."""
        answer = self.client.submit(page, to=to, **typed)
        assert answer.status_code == 302, f"{page} answers {answer.status_code}"

    def written(self, **texts: Any) -> None:
        """A mailing with these words leaves for the reader."""
        self.make.person("Ada", "Roux", email=READER)
        self.leaves(self.make.mailing(**texts).id)

    def leaves(self, key: int) -> None:
        with self.app.app_context():
            mailing = db.session.get_one(Mailing, key)
            services.leave(mailing, by="staff@example.org", at=clock.now())
            db.session.commit()

    def invites(self, key: int) -> None:
        with self.app.app_context():
            people = directory.people_filtered("", day=clock.day(clock.now()))
            event = db.session.get_one(Event, key)
            inviting.invite(event, people, by="staff@example.org", at=clock.now())
            db.session.commit()


def subject(house: House) -> None:
    mailing = house.make.mailing()
    house.make.person(email=READER)
    house.does(f"/mailings/{mailing.id}/edit", subject_fr=BAD)
    house.leaves(mailing.id)


def template(house: House) -> None:
    house.make.person(email=READER)
    house.does("/mailings/templates/new", name=BAD, subject_fr=BAD, body_fr="<div>Bonjour</div>")
    house.does("/mailings/templates", to="/use")
    with house.app.app_context():
        draft = db.session.get_one(Mailing, 1)
        audiences.add(draft, parts.of_list(""), by=None, at=clock.now())
        db.session.commit()
    house.leaves(1)


def signature(house: House) -> None:
    house.does("/mailings/signatures/new", name=BAD, body_fr=f"<div>{BAD}</div>")
    house.written(body_fr="<div>Bonjour</div><div>[[signature 1]]</div>")


def picture(house: House) -> None:
    address, fields = house.client.filled("/mailings/pictures/new", name=BAD, alt_fr=BAD, alt_en=BAD)
    file = (io.BytesIO(png()), "carte\u2028X-Evil: 1.png")
    answer = house.client.post(address, data={**fields, "file": file}, content_type="multipart/form-data")
    assert answer.status_code == 302
    house.written(body_fr="<div>[[image 1]]</div>")


def person(house: House) -> None:
    house.does("/people/new", given_name=BAD, family_name=BAD, email=READER)
    house.leaves(house.make.mailing("Lettre de {{prénom}} {{nom}}").id)


def organisation(house: House) -> None:
    house.does("/organisations/new", name=BAD)
    with house.app.app_context():
        from crm.directory.models import Organisation

        town = db.session.get_one(Organisation, 1)
    house.make.person(email=READER, organisation=town)
    house.leaves(house.make.mailing("Lettre à {{organisation}}").id)


def association(house: House) -> None:
    house.client.as_("admin")
    house.does("/settings/association", name=BAD)
    house.written()


def event(house: House) -> None:
    house.make.person(email=READER)
    told = house.make.event("Webinaire")
    house.does(f"/events/{told.id}/edit", title=BAD, venue=BAD, city=BAD)
    house.invites(told.id)


def registration(house: House) -> None:
    told = house.make.event("Webinaire")
    typed = {"given_name": BAD, "family_name": BAD, "organisation": BAD, "email": READER}
    house.does(f"/e/{told.slug}", **typed)


def kit(house: House) -> None:
    called = house.make.kit("Kit", slug="kit", takes_signatures=True)
    house.does(f"/kits/{called.id}/edit", title=BAD, objective=BAD)
    typed = {"name": BAD, "given_name": BAD, "family_name": BAD, "function": BAD, "email": READER}
    house.does("/k/kit/sign", **typed, has_mandate="y", is_public="yes", wants_mail="no")


def subscription(house: House) -> None:
    form = house.make.subscription_form()
    house.does(f"/mailings/forms/{form.id}/edit", title_fr=BAD, text_fr=BAD)
    house.does("/subscribe/notre-lettre", given_name=BAD, family_name=BAD, email=READER, wanted="newsletter")


def account(house: House) -> None:
    house.client.as_("admin")
    house.does("/settings/accounts/new", name=BAD, email=READER, right="staff", present=PASSWORD)


PLACES = [
    subject, template, signature, picture, person, organisation, association, event, registration, kit,
    subscription, account,
]  # fmt: skip


@pytest.fixture
def slow_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """The forms were shown long enough ago, as to somebody who types."""
    monkeypatch.setattr(visitors, "QUICKEST", timedelta(0))
    monkeypatch.setattr(signers, "QUICKEST", timedelta(0))
    stamp = subscribe.Trap.stamp
    early = timedelta(minutes=1)
    monkeypatch.setattr(
        subscribe.Trap, "stamp", lambda trap, subject, *, at: stamp(trap, subject, at=at - early)
    )


def heads(content: bytes) -> Iterator[str]:
    """The names of the headers of the message and of each of its parts."""
    for part in email.message_from_bytes(content).walk():
        yield from (name.lower() for name in part.keys())  # noqa: SIM118  (a message is no mapping)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("place", PLACES)
def test_what_is_typed_there_adds_no_header_and_no_reader(
    app: Flask, client: Browser, make: Make, slow_reader: None, place: Callable[[House], None]
) -> None:
    place(House(app, client.as_("staff"), make))
    with SmtpSink() as sink, app.test_request_context():
        sender = SmtpSender(host="127.0.0.1", port=sink.port, user="", password="", tls="none", timeout=5)
        Courier(sender=sender, origin=ORIGIN, worker="test").run()
    assert [message.to for message in sink.messages] == [[READER]]
    for message in sink.messages:
        assert message.sender == ORIGIN.address
        assert set(heads(message.content)) <= OURS
        assert b"\r\n\r\nX-Evil" not in message.content.partition(b"\r\nMIME-Version")[0]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("page", ["/e/webinaire", "/k/kit/sign", "/subscribe/notre-lettre", "/people/new"])
def test_an_address_with_more_in_it_is_refused_at_the_door(
    client: Browser, make: Make, slow_reader: None, page: str
) -> None:
    make.event("Webinaire", slug="webinaire")
    make.kit(slug="kit", takes_signatures=True)
    make.subscription_form()
    names = {"given_name": "Ada", "family_name": "Roux", "name": "Abbaye", "function": "Abbesse"}
    ticks = {"has_mandate": "y", "is_public": "yes", "wants_mail": "no"}
    _address, fields = client.as_("staff").filled(page)
    typed = {
        name: value for name, value in {**names, **ticks}.items() if name in fields or page.startswith("/k")
    }
    answer = client.submit(page, **typed, email=f"{READER}\r\nBcc: eve@example.org")
    assert answer.status_code == 422

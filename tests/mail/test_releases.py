"""A hold that somebody lifts is lifted at the provider too; until then everybody can see that it is not."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db import db
from crm.mail import services
from crm.mail.models import Address
from crm.mail.provider import releases
from crm.mail.provider.models import Release
from crm.reports import health
from tests.mail.fake_sendgrid import FakeSendGrid
from tests.make import EARLY, Make
from tests.pages import Browser

STAFF = "staff@example.org"


@pytest.fixture
def provider() -> Iterator[FakeSendGrid]:
    with FakeSendGrid() as fake:
        yield fake


def _settings(provider: FakeSendGrid) -> dict[str, object]:
    return {
        "MAIL_SENDER": "sendgrid",
        "SENDGRID_API_KEY": "SG.test",
        "SENDGRID_URL": provider.url,
        "MAIL_TIMEOUT": 2,
    }


def _asked(make: Make) -> Release:
    release = releases.ask(make.address("ada+x@example.org"), by=STAFF, at=EARLY)
    db.session.commit()
    return release


@pytest.mark.parametrize("answer", [204, 404])
def test_an_address_is_struck_from_the_lists_that_mail_put_it_on_and_from_no_other(
    session: Session, make: Make, provider: FakeSendGrid, answer: int
) -> None:
    provider.removing = answer
    release = _asked(make)
    assert releases.carry_out(_settings(provider), at=EARLY) == 1
    assert provider.removed == [
        f"/v3/suppression/{name}/ada%2Bx@example.org" for name in ("bounces", "blocks", "invalid_emails")
    ]
    assert (release.done_at, release.reason) == (EARLY, None)
    assert releases.carry_out(_settings(provider), at=EARLY) == 0


@pytest.mark.parametrize("answer", [401, 429, 500])
def test_a_provider_that_does_not_listen_is_asked_again_and_the_failure_is_told(
    session: Session, make: Make, provider: FakeSendGrid, answer: int
) -> None:
    provider.removing = answer
    release = _asked(make)
    assert releases.carry_out(_settings(provider), at=EARLY) == 0
    assert release.done_at is None and str(answer) in str(release.said)
    assert EARLY < release.not_before < EARLY + timedelta(minutes=5)
    assert any("ada+x@example.org" in problem for problem in health._releases(EARLY + timedelta(days=2)))
    provider.removing = 204
    assert releases.carry_out(_settings(provider), at=EARLY + timedelta(minutes=5)) == 1
    assert (release.done_at, release.said) == (EARLY + timedelta(minutes=5), None)
    assert health._releases(EARLY + timedelta(days=2)) == []


def test_an_address_that_was_held_again_is_not_struck(
    session: Session, make: Make, provider: FakeSendGrid
) -> None:
    release = _asked(make)
    services.hold(session.get_one(Address, release.address_id), reason="gone again", at=EARLY)
    session.commit()
    releases.carry_out(_settings(provider), at=EARLY)
    assert provider.removed == [] and release.done_at == EARLY


def test_asked_twice_it_is_one_wish(session: Session, make: Make) -> None:
    address = make.address()
    assert releases.ask(address, by=STAFF, at=EARLY) is releases.ask(address, by=STAFF, at=EARLY)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_lifting_a_hold_asks_nothing_of_the_provider_inside_the_page(
    app: Flask, client: Browser, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAIL_SENDER", "sendgrid")
    monkeypatch.setitem(app.config, "SENDGRID_URL", "http://127.0.0.1:1")
    key = make.bounce().address_id
    page = f"/mail/holds/{key}"
    assert client.as_("staff").submit(page).status_code == 302
    assert "SendGrid est prié" in client.get(page).text
    with app.app_context():
        wish = db.session.scalars(select(Release)).one()
        assert (wish.address_id, wish.asked_by) == (key, STAFF)
        wish.reason, wish.said = "The mail provider is in trouble.", "503 away"
        db.session.commit()
    assert "503 away" in client.get(page).text

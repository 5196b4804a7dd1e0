"""The outbox as staff see it."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from crm import clock
from crm.db import db
from crm.mail import addresses, breaker, services, tasks
from crm.mail.models import Address, Delivery, DeliveryState, Purpose
from crm.mail.senders import ChannelRefused, Refused
from tests.make import Make
from tests.outbox import MemorySender, courier
from tests.pages import Browser


def _queued(app: Flask, make: Make, **facts: object) -> int:
    """A message of a mailing to Ada; its key."""
    from crm.mailings import services as mailings

    with app.app_context():
        mailing = mailings.create(
            at=clock.now(), subject_fr="Lettre de printemps", body_fr="<p>Bonjour {{prénom}}</p>"
        )
        person = make.person("Ada", email="ada@example.org")
        delivery = services.queue(
            kind="mailing",
            subject_id=mailing.id,
            address=addresses.find_or_add("ada@example.org"),
            person_id=person.id,
            purpose=Purpose.NEWSLETTER,
            language="fr",
            at=clock.now(),
        )
        db.session.commit()
        return delivery.id


def test_what_left_into_the_folder_can_be_read_as_it_would_arrive(
    app: Flask, client: Browser, make: Make, data_dir: Path
) -> None:
    key = _queued(app, make)
    with app.app_context():
        tasks.one_pass()
        name = db.session.get_one(Delivery, key).provider_id
    assert b"Lettre de printemps" in (data_dir / "outbox" / str(name)).read_bytes()
    staff = client.as_("staff")
    assert "Lettre de printemps" in staff.get("/outbox").text
    page = staff.get(f"/outbox/{key}").text
    assert "Bonjour Ada" in page and 'sandbox="' in page
    frame = staff.get(f"/outbox/{key}/html")
    assert "Bonjour Ada" in frame.text and "sandbox" in frame.headers["Content-Security-Policy"]
    raw = staff.get(f"/outbox/{key}/raw")
    assert raw.data.startswith(b"From: ") and raw.headers["Content-Disposition"].startswith("attachment")


def test_links_that_open_accounts_are_read_by_those_who_manage_accounts_alone(
    app: Flask, client: Browser, make: Make
) -> None:
    key = _queued(app, make)
    with app.app_context():
        tasks.one_pass()
        db.session.get_one(Delivery, key).kind = "password-reset"
        db.session.commit()
    staff = client.as_("staff")
    assert f"/outbox/{key}" not in staff.get("/outbox").text
    assert staff.get(f"/outbox/{key}").status_code == 403
    assert staff.get(f"/outbox/{key}/raw").status_code == 403
    assert client.as_("admin").get(f"/outbox/{key}").status_code == 200


def test_there_is_no_folder_to_read_when_mail_leaves_by_smtp(
    app: Flask, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAIL_SENDER", "smtp")
    assert client.as_("admin").get("/outbox").status_code == 404


def test_a_provider_that_refuses_our_account_is_shown_with_a_button(
    app: Flask, client: Browser, make: Make
) -> None:
    _queued(app, make)

    def refuses(_message: object) -> None:
        raise ChannelRefused(said="535 5.7.8 wrong password")

    with app.app_context():
        courier(MemorySender(refuses), at=clock.now()).run()
    staff = client.as_("staff")
    assert "535 5.7.8 wrong password" in staff.get("/mail/").text
    assert staff.submit("/mail/", to="/mail/channels/memory/retry").status_code == 302
    assert "535 5.7.8" not in staff.get("/mail/").text
    with app.app_context():
        assert breaker.is_open("memory", clock.now())


def test_a_failed_single_message_is_sent_again_by_a_click(app: Flask, client: Browser, make: Make) -> None:
    key = _queued(app, make)

    def refuses(_message: object) -> None:
        raise Refused(said="554 5.6.0 no")

    with app.app_context():
        courier(MemorySender(refuses), at=clock.now()).run()
    staff = client.as_("staff")
    assert "554 5.6.0 no" in staff.get("/mail/").text
    staff.submit("/mail/", to=f"/mail/deliveries/{key}/resend")
    with app.app_context():
        assert db.session.scalars(select(Delivery.state)).one() is DeliveryState.QUEUED


def test_a_hold_is_shown_on_the_persons_page_and_lifted_there(
    app: Flask, client: Browser, make: Make
) -> None:
    person = make.person(email="gone@example.org")
    with app.app_context():
        address = addresses.find("gone@example.org")
        assert address is not None
        services.hold(address, reason="gone", at=clock.now())
        db.session.commit()
        key = address.id
    staff = client.as_("staff")
    assert "gone@example.org" in staff.get("/mail/holds").text
    assert staff.submit(f"/people/{person.id}", to=f"/mail/holds/{key}/lift").status_code == 302
    with app.app_context():
        assert db.session.get_one(Address, key).held_since is None


def test_one_pass_by_hand_says_what_it_did(app: Flask, make: Make) -> None:
    _queued(app, make)
    runner = app.test_cli_runner()
    assert runner.invoke(args=["mail", "deliver"]).output.strip() == "accepted: 1"
    assert runner.invoke(args=["mail", "deliver"]).output.strip() == "nothing is due"

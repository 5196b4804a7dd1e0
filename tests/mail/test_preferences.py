"""What people outside choose to receive: a page without an account, and the button of mail programs."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from crm.db import db
from crm.mail import services
from crm.mail.models import Delivery, Objection, Purpose
from tests.make import EARLY, Make
from tests.pages import Browser


def _delivery(app: Flask, make: Make, *, email: str = "ada@example.org", **facts: object) -> str:
    """The token of a message that was sent to that address."""
    make.person("Ada", "Lovelace", email=email, organisation=make.organisation("Agence ORE"))
    with app.app_context():
        from crm.mail import addresses

        delivery = services.queue(
            kind="mailing",
            subject_id=1,
            address=addresses.find_or_add(email),
            purpose=facts.pop("purpose", Purpose.NEWSLETTER),  # type: ignore[arg-type]
            language="fr",
            at=EARLY - timedelta(days=facts.pop("days_ago", 0)),  # type: ignore[arg-type]
        )
        db.session.commit()
        return delivery.token


def _refused(app: Flask) -> set[str]:
    with app.app_context():
        return set(db.session.scalars(select(Objection.purpose)))


def test_opening_the_page_changes_nothing_and_shows_what_we_hold(
    app: Flask, client: Browser, make: Make
) -> None:
    token = _delivery(app, make)
    page = client.get(f"/u/{token}")
    assert page.status_code == 200
    assert "Ada Lovelace" in page.text and "Agence ORE" in page.text
    assert _refused(app) == set()


def test_a_choice_is_kept_and_can_be_taken_back(app: Flask, client: Browser, make: Make) -> None:
    token = _delivery(app, make)
    assert client.submit(f"/u/{token}", wanted=["invitation"]).status_code == 302
    assert _refused(app) == {Purpose.NEWSLETTER, Purpose.MOBILISATION}
    assert (
        client.submit(f"/u/{token}", wanted=["invitation", "newsletter", "mobilisation"]).status_code == 302
    )
    assert _refused(app) == set()


def test_one_button_refuses_everything(app: Flask, client: Browser, make: Make) -> None:
    token = _delivery(app, make)
    client.submit(f"/u/{token}", stop="all")
    assert _refused(app) == {Purpose.NEWSLETTER, Purpose.MOBILISATION, Purpose.INVITATION}


def test_the_button_of_a_mail_program_needs_no_cookie_and_answers_the_same_each_time(
    app: Flask, make: Make
) -> None:
    token = _delivery(app, make, days_ago=900)
    machine = app.test_client(use_cookies=False)
    for _ in range(2):
        answer = machine.post(f"/u/{token}", data={"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, answer.data) == (200, b"")
        assert "Location" not in answer.headers
    assert _refused(app) == {Purpose.NEWSLETTER}


def test_a_post_that_is_neither_the_form_nor_one_click_changes_nothing(app: Flask, make: Make) -> None:
    token = _delivery(app, make)
    assert app.test_client().post(f"/u/{token}", data={"stop": "all"}).status_code == 422
    assert _refused(app) == set()


def test_a_service_message_cannot_be_unsubscribed_from(app: Flask, make: Make) -> None:
    token = _delivery(app, make, purpose=Purpose.SERVICE)
    assert app.test_client().post(f"/u/{token}", data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert _refused(app) == set()


def test_a_made_up_token_opens_nothing(app: Flask, client: Browser) -> None:
    assert client.get("/u/" + "0" * 40).status_code == 404
    assert client.post("/u/" + "0" * 40, data={"List-Unsubscribe": "One-Click"}).status_code == 404


def test_unsubscribing_stops_what_was_about_to_leave(app: Flask, make: Make) -> None:
    from tests.outbox import send_due

    token = _delivery(app, make)
    app.test_client().post(f"/u/{token}", data={"List-Unsubscribe": "One-Click"})
    with app.app_context():
        assert send_due(at=EARLY) == []
        assert db.session.scalars(select(Delivery.state)).all() == ["suppressed"]

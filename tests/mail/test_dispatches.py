"""What leaves together, seen and steered on one page: here the invitations of an event."""

from typing import Any

from flask import Flask
from sqlalchemy import select

from crm import clock
from crm.db import db
from crm.mail import addresses, services
from crm.mail.models import Delivery, DeliveryState, Purpose
from crm.mail.senders import Refused, Uncertain
from tests.make import Make
from tests.outbox import MemorySender, courier
from tests.pages import Browser


def _dispatch(app: Flask) -> int:
    with app.app_context():
        at = clock.now()
        dispatch = services.dispatch(
            subject="events:1", title="Webinaire santé", purpose=Purpose.INVITATION, by="staff", at=at
        )
        for number in range(3):
            services.queue(
                kind="test.letter",
                subject_id=number,
                address=addresses.find_or_add(f"p{number}@example.org"),
                purpose=Purpose.INVITATION,
                language="fr",
                dispatch=dispatch,
                at=at,
            )
        db.session.commit()
        return dispatch.id


def _states(app: Flask, key: int) -> list[DeliveryState]:
    with app.app_context():
        return list(db.session.scalars(select(Delivery.state).where(Delivery.dispatch_id == key)))


def _pass(app: Flask, error: Exception | None = None) -> None:
    def fails(_message: Any) -> None:
        if error is not None:
            raise error

    with app.app_context():
        courier(MemorySender(fails), at=clock.now()).run()


def test_invitations_are_held_let_go_and_called_back(app: Flask, client: Browser, make: Make) -> None:
    key = _dispatch(app)
    url = f"/mail/dispatches/{key}"
    staff = client.as_("staff")
    assert url in staff.get("/mail/").text
    app.config["MAIL_PER_MINUTE"] = 2
    try:
        shown = " ".join(staff.get(url).text.split())
    finally:
        app.config["MAIL_PER_MINUTE"] = 0
    assert "au plus 2 par minute selon les réglages · encore environ 2 minutes" in shown
    staff.submit(url, to="/pause")
    _pass(app)
    assert set(_states(app, key)) == {DeliveryState.QUEUED}
    staff.submit(url, to="/resume")
    staff.submit(url, to="/cancel")
    assert set(_states(app, key)) == {DeliveryState.CANCELLED}


def test_the_failed_and_the_uncertain_are_named_and_sent_again_by_a_click(
    app: Flask, client: Browser, make: Make
) -> None:
    from tests.mail import test_outbox  # noqa: F401  (enters the composer of test letters)

    key = _dispatch(app)
    url = f"/mail/dispatches/{key}"
    staff = client.as_("staff")
    _pass(app, Refused(said="554 5.6.0 no"))
    page = staff.get(f"{url}?state=failed").text
    assert "554 5.6.0 no" in page and "p0@example.org" in page
    staff.submit(url, to="/resend/failed")
    _pass(app, Uncertain(said="timed out"))
    assert sorted(_states(app, key)) == ["queued", "queued", "uncertain"]
    staff.submit(url, to="/resend/uncertain")
    assert set(_states(app, key)) == {DeliveryState.QUEUED}


def test_a_viewer_sees_but_holds_no_lever(app: Flask, client: Browser) -> None:
    key = _dispatch(app)
    viewer = client.as_("viewer")
    page = viewer.get(f"/mail/dispatches/{key}")
    assert page.status_code == 200 and "/pause" not in page.text
    assert viewer.post(f"/mail/dispatches/{key}/pause").status_code == 403

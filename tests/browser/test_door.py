"""Two phones at one door: the network goes away and comes back, and everybody came once."""

import json
from datetime import timedelta

import pytest
import segno
from sqlalchemy import select

from crm import clock
from crm.db import db
from crm.events.checkin.models import Passage
from crm.events.models import Attendance, Registration
from crm.events.services import seats
from crm.events.services.visitors import Visitor
from tests.browser.conftest import PHONE

# A camera that sees the picture which the test gives it.
CAMERA = """
navigator.mediaDevices.getUserMedia = async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
  const drawn = canvas.getContext("2d");
  const picture = new Image();
  window.seen = (address) => { picture.src = address; };
  setInterval(() => {
    drawn.fillStyle = "white";
    drawn.fillRect(0, 0, 640, 480);
    if (picture.src) drawn.drawImage(picture, 160, 80, 320, 320);
  }, 50);
  return canvas.captureStream(20);
};"""


@pytest.fixture
def event(make):
    """An event of this very day, with three people registered."""
    now = clock.now()
    wall = now.astimezone(clock.PARIS).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    event = make.event("Rencontre", starts_wall=wall, ends_wall=wall + timedelta(hours=24))
    with make.app.app_context():
        for given in ("Ada", "Blaise", "Chloe"):
            visitor = Visitor(given_name=given, family_name="Martin", email=f"{given.lower()}@example.org")
            seats.ask(db.session.merge(event), visitor, mode=None, language="fr", at=now - timedelta(hours=1))
        db.session.commit()
    return event


def badge(make, given):
    with make.app.app_context():
        return db.session.scalar(select(Registration.badge).where(Registration.given_name == given))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_two_phones_at_a_door_with_the_network_cut_in_between(site, make, event, person_at, accessible):
    door = make.door(event, "Hall A", at=clock.now())
    first, second = person_at(PHONE), person_at(PHONE)
    first.add_init_script(CAMERA)
    for page, name in ((first, "Ana"), (second, "Bruno")):
        page.goto(f"{site}/c/{door.token}")
        page.fill("[name=helper]", name)
        with page.expect_response(lambda answer: answer.url.endswith("/state")):
            page.press("[name=helper]", "Enter")

    # The camera reads a badge: a colour, a word, a sign and a sound.
    first.click("#start")
    first.evaluate("seen", segno.make(f"MAILLAGE:{badge(make, 'Ada')}").png_data_uri(scale=8))
    first.wait_for_selector("#told.door-good")
    assert first.inner_text("[data-told=word]") == "Bienvenue"
    assert first.get_attribute("#door", "data-sounded") == "good"
    accessible(first)
    first.click("#start")

    # The other phone knows it, since when and by whom.
    second.fill("#who", badge(make, "Ada"))
    second.press("#who", "Enter")
    second.wait_for_selector("#told.door-wait")
    assert second.inner_text("[data-told=word]") == "Déjà là"
    assert second.inner_text("[data-told=detail]").endswith("par Ana · Hall A")
    second.fill("#who", "3017620422003")
    second.press("#who", "Enter")
    assert second.inner_text("[data-told=word]") == "Pas un de nos codes"

    # Without network one notes two people and takes a mistake back; then the other notes one of them.
    def without_network(page, name):
        page.context.set_offline(True)
        page.evaluate("dispatchEvent(new Event('offline'))")
        page.fill("#who", name)
        page.click("#people button")
        assert page.inner_text("[data-told=word]") == "Noté"

    without_network(first, "blaise")
    first.fill("#who", "chloe")
    first.click("#people button")
    first.click("[data-told=acts] button")
    assert len(json.loads(first.evaluate(f"localStorage.getItem('door /c/{door.token}')"))) == 3
    accessible(first)
    without_network(second, "blaise")

    # The network is back: what was noted is sent, once.
    for page in (second, first):
        page.context.set_offline(False)
        page.evaluate("dispatchEvent(new Event('online'))")
        page.wait_for_selector("#net", state="hidden")
        assert page.evaluate(f"localStorage.getItem('door /c/{door.token}')") == "[]"
    with make.app.app_context():
        rows = db.session.execute(select(Registration.given_name, Registration.attendance)).all()
        assert dict(map(tuple, rows)) == {
            "Ada": Attendance.PRESENT,
            "Blaise": Attendance.PRESENT,
            "Chloe": Attendance.UNKNOWN,
        }
        blaise = db.session.scalar(select(Registration).where(Registration.given_name == "Blaise"))
        # The first who noted it, although the other phone told of it before.
        assert blaise.attendance_by == "Ana · Hall A"
        nonces = db.session.scalars(select(Passage.nonce)).all()
        assert len(nonces) == len(set(nonces)) == 6

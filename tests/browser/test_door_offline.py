"""The page of a door is opened again without network, and what was noted so arrives once."""

import threading
from datetime import timedelta

import pytest
from playwright.sync_api import Error
from sqlalchemy import select
from werkzeug.serving import make_server

from crm import clock
from crm.db import db
from crm.events.checkin import queries
from crm.events.checkin import services as doors
from crm.events.checkin.models import Door, Passage
from crm.events.models import Attendance, Registration
from crm.events.services import seats
from crm.events.services.visitors import Visitor
from tests.browser.conftest import PHONE

# The paths of all that is kept, once a file of that name is among them; of null, once nothing is.
KEPT = """async (name) => {
    for (let tries = 0; tries < 200; tries += 1) {
        const held = [];
        for (const cache of await caches.keys()) held.push(...await (await caches.open(cache)).keys());
        const paths = held.map((one) => new URL(one.url).pathname);
        if (name ? paths.some((path) => path.endsWith(name)) : !paths.length) return paths;
        await new Promise((again) => { setTimeout(again, 50); });
    }
}"""
NAMES = "Object.keys(sessionStorage)"
EARLIER = """(key) => {
    const queue = JSON.parse(localStorage.getItem(key));
    localStorage.setItem(key, JSON.stringify(queue.map((one) => ({ ...one, at: one.at - 3600000 }))));
}"""
# The page that is kept says that its day was over a second ago.
AGED = """async () => {
    const [name] = await caches.keys();
    const [cache, page] = [await caches.open(name), name.slice("door ".length)];
    const text = await (await cache.match(page, { ignoreVary: true })).text();
    const headers = { "Content-Type": "text/html", "Door-Closes": Date.now() - 1000 };
    await cache.put(page, new Response(text, { headers }));
}"""


class Network:
    """The application on a port of loopback, which can be cut off and come back."""

    def __init__(self, app):
        self.app, self.port, self.is_starting = app, 0, False
        self.mend()

    def _answered(self, environ, start):
        if self.is_starting:
            start("502 Bad Gateway", [("Content-Type", "text/plain")])
            return [b"502"]
        return self.app(environ, start)

    def mend(self):
        self.server = make_server("127.0.0.1", self.port, self._answered, threaded=True)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def cut(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
def network(app):
    network = Network(app)
    yield network
    network.cut()


@pytest.fixture
def door(make):
    """A door of an event of this very day, with two people registered."""
    now = clock.now()
    wall = now.astimezone(clock.PARIS).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    event = make.event("Rencontre", starts_wall=wall, ends_wall=wall + timedelta(hours=24))
    with make.app.app_context():
        for given in ("Ada", "Blaise"):
            visitor = Visitor(given_name=given, family_name="Martin", email=f"{given.lower()}@example.org")
            seats.ask(db.session.merge(event), visitor, mode=None, language="fr", at=now - timedelta(hours=1))
        db.session.commit()
    return make.door(event, "Hall A", at=now)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_door_is_opened_again_without_network_until_its_link_is_taken_back(make, door, network, person_at):
    page, address = person_at(PHONE), f"{network.address}/c/{door.token}"
    page.goto(address)
    page.fill("[name=helper]", "Ana")
    page.press("[name=helper]", "Enter")
    page.wait_for_selector("#who")
    kept = page.evaluate(KEPT, "jsQR.js")
    assert f"/c/{door.token}" in kept
    assert all(path == f"/c/{door.token}" or path.startswith("/static/") for path in kept), kept

    # The server starts again: what stands before it answers.
    network.is_starting = True
    page.reload()
    page.wait_for_selector("#who")
    network.is_starting = False

    # In this tab the names that were there are still there, in another one codes alone.
    network.cut()
    page.reload()
    page.wait_for_selector("#net:not([hidden])")
    assert "Les noms et les chiffres sont ceux de" in page.inner_text("#net")
    page.fill("#who", "martin")
    assert page.locator("#people button").count() == 2 and page.inner_text("#none") == ""
    other = page.context.new_page()
    other.goto(address)
    other.wait_for_selector("#net:not([hidden])")
    other.fill("#who", "martin")
    assert "sans réseau" in other.inner_text("#none")
    other.close()
    with make.app.app_context():
        badges = db.session.scalars(select(Registration.badge)).all()
    for badge in badges:
        page.fill("#who", badge)
        page.press("#who", "Enter")
        page.wait_for_selector("#told.door-good")
    page.reload()
    page.wait_for_selector("#net:not([hidden])")
    page.fill("#who", "ada")
    assert "depuis" in page.inner_text("#people")

    network.mend()
    page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_selector("#net", state="hidden")
    with make.app.app_context():
        assert set(db.session.scalars(select(Registration.attendance))) == {Attendance.PRESENT}
        assert len(db.session.scalars(select(Passage.nonce)).all()) == 2

    # The day is over: nothing opens any more without network, and nothing is left.
    page.evaluate(AGED)
    network.cut()
    with pytest.raises(Error):
        page.reload()
    page.wait_for_url("chrome-error://chromewebdata/")
    network.mend()
    page.goto(address)
    assert page.evaluate(KEPT, "jsQR.js")

    # The link is taken back: the page that is still open hears of it.
    with make.app.app_context():
        doors.revoke(db.session.get_one(Door, door.id), by="staff@example.org", at=clock.now())
        db.session.commit()
    assert page.evaluate(NAMES) != []
    page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_selector("h1:has-text('Ce lien a été repris')")
    assert page.evaluate(KEPT, None) == page.evaluate(NAMES) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_a_phone_had_not_sent_leaves_from_the_page_that_says_that_the_door_is_closed(
    make, door, network, person_at, accessible, monkeypatch
):
    page, address = person_at(PHONE), f"{network.address}/c/{door.token}"
    page.goto(address)
    page.fill("[name=helper]", "Ana")
    with page.expect_response(lambda answer: answer.url.endswith("/state")):
        page.press("[name=helper]", "Enter")
    page.evaluate(KEPT, "jsQR.js")
    page.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('offline'))")
    page.fill("#who", "ada")
    page.click("#people button")
    page.goto("about:blank")
    page.context.set_offline(False)

    # Noted an hour ago, before the door closed.
    hours = queries.hours
    monkeypatch.setattr(
        queries,
        "hours",
        lambda one: (hours(one)[0] - timedelta(hours=9), clock.now() - timedelta(seconds=30)),
    )
    page.goto(f"{network.address}/privacy")
    page.evaluate(EARLIER, f"door /c/{door.token}")
    assert page.goto(address).status == 410
    page.wait_for_selector("#left:has-text('Ce qui avait été noté sur ce téléphone est envoyé')")
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('door /'))") == []
    assert page.evaluate(NAMES) == []
    accessible(page)
    with make.app.app_context():
        rows = dict(map(tuple, db.session.execute(select(Registration.given_name, Registration.attendance))))
    assert rows == {"Ada": Attendance.PRESENT, "Blaise": Attendance.UNKNOWN}

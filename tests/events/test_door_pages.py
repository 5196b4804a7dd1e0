"""The page at the door, without JavaScript and as scripts ask it; the links that open it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from crm import clock
from crm.db import db
from crm.events.models import Attendance, Registration
from crm.events.services import seats
from crm.events.services.visitors import Visitor

ON_ONE_ENGINE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def noon(monkeypatch):
    """It is noon on the day of the event; a test may move the clock."""
    state = {"now": NOON}
    monkeypatch.setattr(clock, "now", lambda: state["now"])
    return state


@pytest.fixture
def event(make, noon):
    return make.event("Rencontre", starts_wall=datetime(2026, 3, 2, 10), capacity=2)  # noqa: DTZ001


@pytest.fixture
def registered(make, event):
    def ask(given="Ada", family="Lovelace", at_event=event):
        with make.app.app_context():
            db.session().expire_on_commit = False
            one = seats.ask(
                db.session.merge(at_event),
                Visitor(given_name=given, family_name=family, email=f"{given.lower()}@example.org"),
                mode=None,
                language="fr",
                at=NOON - timedelta(days=3),
            )
            db.session.commit()
            return one

    return ask


@pytest.fixture
def at_door(client, make, event):
    """A helper's phone, at the door of the event: the address of its page."""
    address = f"/c/{make.door(event, 'Hall A', at=NOON).token}"
    client.submit(address, helper="Ana")
    return address


def attendance(make):
    with make.app.app_context():
        rows = select(Registration.family_name, Registration.attendance, Registration.attendance_by)
        return {name: (state, by) for name, state, by in db.session.execute(rows)}


def test_a_helper_finds_somebody_lets_them_in_and_takes_it_back_without_a_script(
    client, make, registered, at_door
):
    registered()
    page = client.get(f"{at_door}?q=lovel")
    assert "Ada Lovelace" in page.text and "camera=(self)" in page.headers["Permissions-Policy"]
    told = client.submit(f"{at_door}?q=lovel", act="enter")
    assert "Bienvenue" in told.text and "Ana · Hall A" in told.text
    assert attendance(make) == {"Lovelace": (Attendance.PRESENT, "Ana · Hall A")}
    again = client.get(f"{at_door}?q=lovel")
    assert "depuis 13\u202fh\u202f00, par Ana · Hall A" in again.text
    assert "Annulé" in client.submit(f"{at_door}?q=lovel", act="undo").text
    assert attendance(make) == {"Lovelace": (Attendance.UNKNOWN, "")}


@ON_ONE_ENGINE
def test_somebody_who_has_not_registered_is_added_at_the_door(client, make, at_door):
    refused = client.submit(at_door, act="walk_in", given_name="Zoé", family_name="")
    assert refused.status_code == 422 and "Saisissez le nom" in refused.text
    told = client.submit(at_door, act="walk_in", given_name="Zoé", family_name="Neuve", email="")
    assert "Bienvenue" in told.text and "Zoé Neuve" in told.text
    assert attendance(make) == {"Neuve": (Attendance.PRESENT, "Ana · Hall A")}


def scripted(client, address, **sent):
    _, fields = client.filled(address, act="walk_in")
    return client.post(address, data={**fields, **sent}, headers={"Accept": "application/json"})


def test_what_a_phone_sends_twice_is_done_once_at_the_instant_it_happened(
    client, make, noon, registered, at_door
):
    ada = registered()
    sent = {"act": "enter", "badge": f"MAILLAGE:{ada.badge}", "nonce": "n1"}
    first = scripted(client, at_door, **sent, waited="600000").json
    noon["now"] = NOON + timedelta(minutes=5)
    again = scripted(client, at_door, **sent, waited="900000").json
    assert first["outcome"] == again["outcome"] == "in"
    assert first["since"] == again["since"] == int((NOON - timedelta(minutes=10)).timestamp() * 1000)
    assert first["counters"] == {"expected": 1, "present": 1, "walk_ins": 0, "waiting": 0}


@ON_ONE_ENGINE
def test_a_shopping_barcode_and_a_code_of_another_event_get_a_clear_answer_that_tells_no_name(
    client, make, registered, at_door
):
    other = registered("Dora", "Ailleurs", make.event("Secret", starts_wall=datetime(2026, 3, 2, 9)))  # noqa: DTZ001
    assert (
        scripted(client, at_door, act="enter", badge="3017620422003", nonce="a").json["outcome"] == "unknown"
    )
    told = scripted(client, at_door, act="enter", badge=other.badge, nonce="b")
    assert told.json["outcome"] == "other_event"
    assert "Ailleurs" not in told.text and "Secret" not in told.text


@ON_ONE_ENGINE
def test_devices_are_told_everybody_once_and_then_what_changed(client, noon, registered, at_door):
    ada = registered()
    registered("Blaise", "Pascal")
    whole = client.get(f"{at_door}/state").json
    assert [one[2] for one in whole["people"]] == ["Lovelace", "Pascal"]
    noon["now"] += timedelta(seconds=5)
    scripted(client, at_door, act="enter", badge=ada.badge, nonce="a")
    changed = client.get(f"{at_door}/state?since={whole['at'] + 1}").json
    assert [(one[2], one[7]) for one in changed["people"]] == [("Lovelace", "Ana · Hall A")]
    assert changed["counters"]["present"] == 1
    assert "example.org" not in str(whole), "a door needs no address"


@ON_ONE_ENGINE
def test_a_link_is_good_on_its_day_until_it_is_taken_back(client, make, noon, event, registered, at_door):
    ada = registered()
    noon["now"] = NOON - timedelta(days=1)
    early = client.get(at_door)
    assert early.status_code == 403 and "lundi 2 mars 2026" in early.text
    assert client.get(f"{at_door}/state").status_code == 403
    noon["now"] = NOON + timedelta(days=1)
    assert client.get(f"{at_door}/state").status_code == 410
    noon["now"] = NOON
    _, fields = client.filled(at_door, act="walk_in")
    sent = {**fields, "act": "enter", "badge": ada.badge, "nonce": "late"}
    json = {"Accept": "application/json"}
    noon["now"] = NOON + timedelta(hours=14)
    # Noted on the day, and sent when the network was back; what happens after the day is refused.
    assert client.post(at_door, data={**sent, "nonce": "z"}, headers=json).status_code == 410
    kept = client.post(at_door, data={**sent, "waited": str(13 * 3600_000)}, headers=json)
    assert kept.json["outcome"] == "in"
    noon["now"] = NOON
    client.as_("staff").submit(f"/events/{event.id}/day", to="/revoke")
    gone = client.get(at_door)
    assert gone.status_code == 410 and "Ce lien a été repris" in gone.text
    assert client.post(at_door, data=sent, headers=json).status_code == 410


@ON_ONE_ENGINE
@pytest.mark.parametrize(
    ("language", "said", "todo"),
    [
        ("fr", "Cette porte a fermé à 2 h 00", "demandez"),
        ("en", "This door closed at 02:00", "ask the organiser"),
    ],
)
def test_after_its_hour_a_door_says_when_it_closed_and_what_to_do(
    client, make, noon, registered, language, said, todo
):
    ends = datetime(2026, 3, 2, 23)  # noqa: DTZ001
    late = make.event("Soirée", starts_wall=datetime(2026, 3, 2, 20), ends_wall=ends)  # noqa: DTZ001
    registered(at_event=late)
    address = f"/c/{make.door(late, 'Hall A', at=NOON).token}"
    client.submit(address, helper="Ana")
    _, fields = client.filled(address, act="walk_in")
    noon["now"] = datetime(2026, 3, 3, 1, tzinfo=UTC)
    page = client.get(f"{address}?lang={language}")
    words = page.text.replace("\u202f", " ")
    assert page.status_code == 410 and said in words and todo in words
    # Nor does a form that is sent late, or unfinished, open the list of names.
    for sent in ({**fields, "act": "walk_in"}, {**fields, "act": "enter", "waited": str(9 * 3600_000)}):
        answer = client.post(f"{address}?q=ada", data=sent)
        assert answer.status_code == 410 and "Lovelace" not in answer.text


@ON_ONE_ENGINE
def test_a_link_opens_no_other_page_and_is_found_by_no_search_engine(client, event, at_door):
    page = client.get(at_door)
    assert '<meta name="robots" content="noindex, nofollow">' in page.text
    assert page.headers["Cache-Control"] == "no-store"
    for address in (f"/events/{event.id}", f"/events/{event.id}/check-in", "/people/", "/"):
        assert client.get(address).headers["Location"].startswith("/sign-in"), address
    assert client.get("/privacy").headers["Permissions-Policy"].startswith("camera=()")


@ON_ONE_ENGINE
def test_staff_make_links_and_stand_at_the_door_under_their_own_name(client, event, make, registered):
    registered()
    client.as_("staff", name="Bruno Petit")
    client.submit(f"/events/{event.id}/day", name="Hall B")
    assert "/c/" in client.get(f"/events/{event.id}/day").text
    client.submit(f"/events/{event.id}/check-in?q=ada", act="enter")
    assert attendance(make) == {"Lovelace": (Attendance.PRESENT, "staff@example.org")}
    assert "par Bruno Petit" in client.get(f"/events/{event.id}/check-in?q=ada").text
    client.as_("viewer", email="v@example.org")
    assert client.get(f"/events/{event.id}/check-in").status_code == 403


@ON_ONE_ENGINE
def test_only_the_page_of_a_door_is_handed_to_the_worker_that_keeps_it_until_it_closes(
    client, event, at_door
):
    page = client.get(at_door)
    assert int(page.headers["Door-Closes"]) == datetime(2026, 3, 2, 23, tzinfo=UTC).timestamp() * 1000
    assert "worker-src 'self'" in page.headers["Content-Security-Policy"]
    worker = client.get("/c/worker.js")
    assert worker.mimetype == "text/javascript" and "Service-Worker-Allowed" not in worker.headers
    client.as_("staff")
    for other in (f"{at_door}?helper=change", f"/events/{event.id}/check-in"):
        page = client.get(other)
        assert "Door-Closes" not in page.headers and "data-worker" not in page.text
        assert "worker-src 'none'" in page.headers["Content-Security-Policy"]

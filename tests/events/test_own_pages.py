"""One's own registration and the places of an event, as pages: by link, without script."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from crm import clock
from crm.db import db
from crm.events.models import Event, Format, Mode, Quota, Registration, Seat
from crm.events.services import agenda, seats
from crm.events.services.visitors import Visitor
from tests.make import EARLY

ON_ONE_ENGINE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def asked(make, event, *names, mode=None):
    """The tokens of people who registered in that order."""
    with make.app.app_context():
        found = []
        for name in names:
            visitor = Visitor(given_name=name, family_name="Martin", email=f"{name.lower()}@example.org")
            one = seats.ask(db.session.get_one(Event, event.id), visitor, mode=mode, language="fr", at=EARLY)
            found.append(one.token)
        db.session.commit()
        return found


def of(make, token):
    with make.app.app_context():
        return db.session.scalars(select(Registration).where(Registration.token == token)).one()


def press(client, token, act, page="", **facts):
    """Press the button of the page that leads to that act."""
    _action, fields = client.filled(f"/r/{token}{page}")
    return client.post(f"/r/{token}/{act}", data={**fields, **facts}, follow_redirects=True)


def test_an_offered_place_is_seen_by_get_and_taken_by_post(client, make):
    event = make.event(capacity=1, offer_hours=48)
    first, second = asked(make, event, "Ada", "Blaise")
    press(client, first, "withdraw")
    page = client.get(f"/r/{second}?answer=accepted")
    assert "Une place s’est libérée pour vous" in page.text and "J’accepte la place" in page.text
    assert of(make, second).seat == Seat.OFFERED
    done = press(client, second, "offer", answer="accepted")
    assert "La place est à vous" in done.text and of(make, second).seat == Seat.CONFIRMED


def test_a_place_taken_too_late_says_so_and_lets_one_ask_again(client, make):
    event = make.event(capacity=1, offer_hours=48)
    first, second, third = asked(make, event, "Ada", "Blaise", "Sophie")
    press(client, first, "withdraw")
    _action, fields = client.filled(f"/r/{second}")
    with make.app.app_context():
        late = db.session.scalars(select(Registration).where(Registration.token == second)).one()
        late.offer_ends_at = clock.now() - timedelta(minutes=1)
        db.session.commit()
    assert "n’a pas été acceptée à temps" in client.get(f"/r/{second}").text
    refused = client.post(f"/r/{second}/offer", data={**fields, "answer": "accepted"}, follow_redirects=True)
    assert "n’a pas été acceptée à temps" in refused.text
    assert [of(make, token).seat for token in (second, third)] == [Seat.WITHDRAWN, Seat.OFFERED]
    again = press(client, second, "again")
    assert "liste d’attente, au rang 1" in again.text or of(make, second).seat == Seat.WAITING


def test_a_double_click_on_an_offer_and_two_tabs_take_one_place(client, make):
    event = make.event(capacity=1, offer_hours=48)
    first, second = asked(make, event, "Ada", "Blaise")
    press(client, first, "withdraw")
    one, other = client.filled(f"/r/{second}")[1], client.filled(f"/r/{second}")[1]
    for fields, answer in ((one, "accepted"), (one, "accepted"), (other, "accepted"), (other, "declined")):
        client.post(f"/r/{second}/offer", data={**fields, "answer": answer}, follow_redirects=True)
    assert of(make, second).seat == Seat.CONFIRMED


@ON_ONE_ENGINE
@pytest.mark.parametrize("act", ["offer", "withdraw", "again", "mode", "erase", "keep"])
def test_a_link_that_opens_nothing_is_told_kindly_and_changes_nothing(client, make, act):
    event = make.event()
    [token] = asked(make, event, "Ada")
    _action, fields = client.filled(f"/r/{token}")
    gone = client.post(f"/r/{token[:-4]}xxxx/{act}", data={**fields, "answer": "accepted"})
    assert gone.status_code == 404 and "lien" in gone.text
    assert client.get(f"/r/{token[:-4]}xxxx/data").status_code == 404
    assert of(make, token).seat == Seat.CONFIRMED


def test_one_changes_sides_by_oneself_and_a_full_side_is_refused_in_words(client, make):
    event = make.event(format=Format.HYBRID, capacity=1, capacity_online=1)
    [onsite] = asked(make, event, "Ada", mode=Mode.ONSITE)
    press(client, onsite, "mode", mode="online")
    assert of(make, onsite).mode == Mode.ONLINE
    [other] = asked(make, event, "Blaise", mode=Mode.ONSITE)
    refused = press(client, other, "mode", mode="online")
    assert refused.status_code == 422 and "vous gardez celle que vous avez" in refused.text
    assert of(make, other).mode == Mode.ONSITE


@ON_ONE_ENGINE
def test_after_the_deadline_the_page_says_to_write_instead(client, make):
    event = make.event(withdraw_hours=24 * 365 * 20)
    [token] = asked(make, event, "Ada")
    assert "trop tard pour vous désister" in client.get(f"/r/{token}").text
    refused = press(client, token, "withdraw", page="/data")
    assert "trop tard pour vous désister" in refused.text and of(make, token).seat == Seat.CONFIRMED


def test_what_is_kept_is_shown_and_its_erasure_asked_for_and_taken_back(client, make):
    event = make.event()
    [token] = asked(make, event, "Ada")
    page = client.get(f"/r/{token}/data")
    assert "ada@example.org" in page.text and "Martin" in page.text
    wished = press(client, token, "erase", page="/data")
    assert "D’ici là vous pouvez changer d’avis" in wished.text
    assert of(make, token).erasure_asked_at is not None and of(make, token).seat == Seat.WITHDRAWN
    kept = press(client, token, "keep", page="/data")
    assert "Effacer ce qui est conservé sur moi" in kept.text and of(make, token).erasure_asked_at is None


# Staff


@ON_ONE_ENGINE
def test_staff_hold_places_back_name_who_belongs_and_open_them_again(client, make):
    event, person = make.event(capacity=5), make.person("Ada", "Lovelace")
    client.as_("staff")
    made = client.post(
        f"/events/{event.id}/groups",
        data={**client.filled(f"/events/{event.id}/places")[1], "name": "Intervenants", "places": "2"},
        follow_redirects=True,
    )
    assert "Des places sont gardées pour" in made.text
    with make.app.app_context():
        quota = db.session.scalars(select(Quota)).one()
    group = f"/events/{event.id}/groups/{quota.id}"
    fields = client.filled(group)[1]
    added = client.post(
        f"{group}/members", data={**fields, "person_key": str(person.id), "person": "Ada Lovelace"},
        follow_redirects=True,
    )  # fmt: skip
    assert "Ada Lovelace fait partie de" in added.text
    assert "Ada Lovelace" in client.get(f"/events/{event.id}/places").text
    client.post(f"{group}/release", data=client.filled(group)[1], follow_redirects=True)
    with make.app.app_context():
        assert db.session.scalars(select(Quota)).all() == []


@ON_ONE_ENGINE
def test_staff_say_how_seats_are_passed_on(client, make):
    event = make.event(capacity=1)
    client.as_("staff")
    fields = client.filled(f"/events/{event.id}/places")[1]
    data = {**fields, "passing": "offered", "offer_hours": "36", "withdraw_hours": "12"}
    client.post(f"/events/{event.id}/places", data=data, follow_redirects=True)
    with make.app.app_context():
        saved = db.session.get_one(Event, event.id)
        assert (saved.offer_hours, saved.withdraw_hours) == (36, 12)


@ON_ONE_ENGINE
def test_a_capacity_below_the_seats_taken_is_asked_about_and_then_lowered(client, make):
    event = make.event(capacity=3)
    asked(make, event, "Ada", "Blaise")
    client.as_("staff")
    refused = client.submit(f"/events/{event.id}/edit", capacity="1")
    assert refused.status_code == 422 and "La baisser quand même" in refused.text
    assert client.submit(f"/events/{event.id}/edit", capacity="1", lower="yes").status_code == 302
    with make.app.app_context():
        assert db.session.get_one(Event, event.id).capacity == 1
        taken = select(Registration).where(Registration.seat == Seat.CONFIRMED)
        assert len(db.session.scalars(taken).all()) == 2


@ON_ONE_ENGINE
def test_the_waiting_list_stands_in_order_of_arrival(client, make):
    event = make.event(capacity=1)
    asked(make, event, "Ada", "Zoe", "Blaise")
    page = client.as_("viewer").get(f"/events/{event.id}/places").text
    queue = page[page.index('id="queue"') :]
    assert queue.index("Zoe Martin") < queue.index("Blaise Martin") and "Ada Martin" not in queue


@ON_ONE_ENGINE
def test_a_link_that_answers_opens_with_that_answer_first_and_promises_no_queue(client, make):
    event = make.event(capacity=1)
    [token] = asked(make, event, "Ada")
    assert "personne suivante" not in client.get(f"/r/{token}").text
    asked(make, event, "Blaise")
    assert "personne suivante" in client.get(f"/r/{token}").text
    invited = make.invitation(event, make.person("Sophie", "Germain"))
    for first in ("declined", "accepted"):
        page = client.get(f"/i/{invited.token}?answer={first}").text
        last = "accepted" if first == "declined" else "declined"
        assert page.index(f'value="{first}"') < page.index(f'value="{last}"')


@ON_ONE_ENGINE
def test_an_event_moved_into_the_past_is_not_said_to_be_known_by_all(client, make):
    event = make.event()
    asked(make, event, "Ada")
    page = f"/events/{event.id}/tell"
    client.as_("admin")
    assert "Rien à annoncer" in client.get(page).text
    past = datetime(2024, 6, 12, 14, 0)  # noqa: DTZ001  (a wall time)
    with make.app.app_context():
        here = db.session.get_one(Event, event.id)
        agenda.change(here, by="staff", at=EARLY, starts_wall=past, ends_wall=past + timedelta(hours=2))
        db.session.commit()
    assert "Trop tard pour prévenir" in client.get(page).text

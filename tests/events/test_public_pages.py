"""The pages for anyone: registering, answering, withdrawing, subscribing, without account or script."""

import time
from datetime import datetime, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import event as hooks
from sqlalchemy import func, select
from sqlalchemy.event import listen, remove

from crm import clock
from crm.db import db
from crm.directory import queries as directory
from crm.directory.models import Organisation, Person
from crm.events import robots
from crm.events.models import (
    Answer,
    Event,
    EventState,
    Format,
    Invitation,
    Mode,
    Registration,
    Seat,
    Visibility,
)
from crm.events.programme import services as sessions
from crm.events.services import agenda, inviting
from crm.events.views import public
from crm.web import links
from crm.web.models import Hit
from crm.web.robots import Window
from tests.make import EARLY

ADA = {"given_name": "Ada", "family_name": "Lovelace", "email": "ada@example.org"}
# What no engine decides.
ONE_ENGINE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
FILTERED = directory.people_filtered


@pytest.fixture(autouse=True)
def slow_reader(request, monkeypatch):
    """The form was shown a minute ago, as to somebody who types."""
    if "quick_reader" not in request.fixturenames:
        shown = time.time() - 60
        monkeypatch.setattr(
            robots, "stamp", lambda event: links.sign("registration-form", [f"events:{event.id}", shown])
        )


@pytest.fixture
def quick_reader():
    """The form is sent back in the instant it was shown."""


def stored(make, kind):
    with make.app.app_context():
        return db.session.scalars(select(kind).order_by(kind.id)).all()


def register(client, event, **facts):
    return client.submit(f"/e/{event.slug}", **{**ADA, **facts})


def invited(make, event, language="fr"):
    """The token of one invitation to the event."""
    make.person("Ada", "Lovelace", email="ada@example.org", language=language)
    with make.app.app_context():
        people = FILTERED("", day=EARLY.date())
        inviting.invite(db.session.merge(event), people, by="staff", at=EARLY)
        db.session.commit()
        return db.session.scalars(select(Invitation.token)).one()


def answer(client, token, answer, **facts):
    action, fields = client.filled(f"/i/{token}", **facts)
    return client.post(action, data={**fields, "answer": answer}, follow_redirects=True)


# Registering


def test_a_stranger_registers_and_is_written_to(client, make):
    event = make.event()
    done = register(client, event)
    assert done.status_code == 302
    thanks = client.get(done.headers["Location"])
    assert "Votre place est réservée" in thanks.text
    [registration] = stored(make, Registration)
    assert (registration.seat, registration.source, registration.language) == (Seat.CONFIRMED, "page", "fr")


def test_the_page_and_the_answer_speak_the_language_asked_for(client, make):
    event = make.event()
    assert "Register" in client.get(f"/e/{event.slug}?lang=en").text
    page = client.get(register(client, event).headers["Location"])
    assert "Your seat is kept" in page.text
    assert stored(make, Registration)[0].language == "en"


def test_whether_an_address_is_known_or_registered_the_answer_is_the_same(client, make):
    make.person("Ada", "Lovelace", email="ada@example.org")
    event = make.event()
    known = register(client, event)
    again = register(client, event)
    stranger = register(client, event, given_name="Blaise", family_name="Pascal", email="b@example.org")
    assert known.headers["Location"] == again.headers["Location"] == stranger.headers["Location"]
    assert len(stored(make, Registration)) == 2


def test_when_every_seat_is_taken_the_page_says_waiting_list_before_and_after(client, make):
    event = make.event(capacity=1)
    register(client, event)
    assert "S’inscrire sur la liste d’attente" in client.get(f"/e/{event.slug}").text
    second = register(client, event, given_name="Blaise", family_name="Pascal", email="b@example.org")
    assert "Vous êtes sur la liste d’attente" in client.get(second.headers["Location"]).text
    again = register(client, event)
    assert again.headers["Location"] == second.headers["Location"]


def test_a_hybrid_event_asks_on_site_or_online(client, make):
    event = make.event(format=Format.HYBRID, join_url="https://visio.example.org/secret")
    page = client.get(f"/e/{event.slug}").text
    assert 'name="mode"' in page and "visio.example.org" not in page
    register(client, event, mode="online")
    assert stored(make, Registration)[0].mode == Mode.ONLINE
    assert 'name="mode"' not in client.get(f"/e/{make.event().slug}").text


@pytest.mark.parametrize("name", ["given_name", "family_name", "email"])
def test_an_empty_field_is_said_and_what_was_typed_stays(client, make, name):
    event = make.event()
    refused = register(client, event, **{name: ""})
    assert refused.status_code == 422 and "Saisissez votre" in refused.text
    assert any(value in refused.text for key, value in ADA.items() if key != name)
    assert stored(make, Registration) == []


@pytest.mark.parametrize(
    "email", ["ada", "ada@", "ada@example", "a b@example.org", "ada@example.org\r\nBcc: x@y.org"]
)
def test_what_is_no_address_is_refused(client, make, email):
    event = make.event()
    assert register(client, event, email=email).status_code == 422
    assert stored(make, Registration) == []


def test_an_authority_is_proposed_and_taken_from_the_official_reference(client, make):
    make.territory("Angers", code="49007", name_key="angers", search=" angers 49007")
    make.organisation("Angers Développement")
    event = make.event()
    proposed = client.get(f"/e/{event.slug}/organisations?q=ang").json
    assert {entry["label"] for entry in proposed} == {"Angers Développement", "Angers"}
    assert client.get(f"/e/{event.slug}/organisations?q=an").json == []
    register(client, event, organisation="Angers", organisation_key="commune:49007")
    [registration] = stored(make, Registration)
    assert registration.organisation_name == "Angers"
    with make.app.app_context():
        names = db.session.scalars(select(Organisation.name)).all()
    assert sorted(names) == ["Angers", "Angers Développement"]


def test_an_organisation_key_of_our_own_is_not_taken_from_a_stranger(client, make):
    organisation = make.organisation("Datactivist")
    event = make.event()
    register(client, event, organisation="Les Amis", organisation_key=str(organisation.id))
    assert stored(make, Registration)[0].organisation_id is None


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"state": EventState.CLOSED}, "sont closes"),
        ({"state": EventState.CANCELLED}, "est annulé"),
        ({"state": EventState.HELD}, "est terminé"),
        ({"starts_wall": datetime(2020, 1, 6, 9, 0)}, "est terminé"),  # noqa: DTZ001
        ({"visibility": Visibility.INVITATION}, "est sur invitation"),
    ],
)
def test_an_event_that_takes_nobody_says_why(client, make, facts, sentence):
    event = make.event()
    action, fields = client.filled(f"/e/{event.slug}", **ADA)
    with make.app.app_context():
        stored_event = db.session.get_one(Event, event.id)
        for name, value in facts.items():
            setattr(stored_event, name, value)
        if "starts_wall" in facts:
            stored_event.starts_at = clock.instant(facts["starts_wall"], clock.PARIS)
            stored_event.ends_at = stored_event.starts_at + timedelta(hours=1)
        db.session.commit()
    shown = client.get(f"/e/{event.slug}")
    assert shown.status_code == 200 and sentence in shown.text and "given_name" not in shown.text
    refused = client.post(action, data=fields)
    assert refused.status_code == 422 and sentence in refused.text
    assert stored(make, Registration) == []


def test_a_draft_is_nowhere_to_be_seen(client, make):
    event = make.event(state=EventState.DRAFT)
    for path in ("", "/thanks", "/organisations?q=abc", ".ics"):
        assert client.get(f"/e/{event.slug}{path}").status_code == 404


def test_members_register_by_the_link_which_search_engines_leave_alone(client, make):
    event = make.event(visibility=Visibility.MEMBERS)
    assert 'content="noindex"' in client.get(f"/e/{event.slug}").text
    assert register(client, event).status_code == 302


def test_a_double_click_registers_once(client, make):
    event = make.event()
    action, fields = client.filled(f"/e/{event.slug}", **ADA)
    first, second = client.post(action, data=fields), client.post(action, data=fields)
    assert first.headers["Location"] == second.headers["Location"]
    assert len(stored(make, Registration)) == 1


@ONE_ENGINE
def test_whoever_goes_back_and_types_a_colleague_registers_the_colleague(client, make):
    event = make.event()
    action, fields = client.filled(f"/e/{event.slug}", **ADA)
    for typed in ({}, {"given_name": "Blaise", "email": "b@example.org"}):
        answer = client.post(action, data={**fields, **typed})
        assert answer.status_code == 302
    assert len(stored(make, Registration)) == 2


@ONE_ENGINE
def test_whoever_withdrew_and_sends_the_same_page_again_is_registered_anew(client, make):
    event = make.event()
    action, fields = client.filled(f"/e/{event.slug}", **ADA)
    first = client.post(action, data=fields)
    [registration] = stored(make, Registration)
    client.submit(f"/r/{registration.token}", to=f"/r/{registration.token}/withdraw")
    assert stored(make, Registration)[0].seat == Seat.WITHDRAWN
    assert client.post(action, data=fields).headers["Location"] == first.headers["Location"]
    assert stored(make, Registration)[0].seat == Seat.CONFIRMED


# Robots


def test_a_robot_that_fills_the_hidden_field_is_thanked_and_forgotten(client, make):
    event = make.event()
    assert register(client, event, website="https://spam.example").status_code == 302
    assert stored(make, Registration) == []


@pytest.mark.usefixtures("quick_reader")
def test_a_form_sent_faster_than_anyone_types_is_asked_again(client, make):
    event = make.event()
    refused = register(client, event)
    assert refused.status_code == 422 and "très rapide" in refused.text
    assert stored(make, Registration) == []


@pytest.mark.parametrize("shown", ["", "forged", "x.y.z"])
def test_a_form_without_our_stamp_is_asked_again_with_a_new_one(client, make, shown):
    event = make.event()
    refused = register(client, event, shown=shown)
    assert refused.status_code == 422 and "ouverte trop longtemps" in refused.text
    assert stored(make, Registration) == []


def test_the_stamp_of_another_event_is_worth_nothing(client, make):
    event, other = make.event(), make.event()
    _action, fields = client.filled(f"/e/{other.slug}", **ADA)
    assert register(client, event, shown=fields["shown"]).status_code == 422


def test_one_address_registers_a_few_times_an_hour_and_no_more(client, make):
    event = make.event()
    for number in range(robots.MOST_PER_ADDRESS):
        register(client, event, family_name=f"Lovelace {number}")
    refused = register(client, event, family_name="Une de trop")
    assert refused.status_code == 429 and "Trop d’inscriptions" in refused.text
    assert len(stored(make, Registration)) == robots.MOST_PER_ADDRESS


def test_nobody_is_flooded_with_mail_by_being_registered_for_one_event_after_another(
    client, make, monkeypatch
):
    monkeypatch.setattr(robots, "MOST_PER_ADDRESS_ANYWHERE", 3)
    answers = [register(client, make.event()).status_code for _ in range(4)]
    assert answers == [302, 302, 302, 429]
    assert register(client, make.event(), email="b@example.org").status_code == 302


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_proposals_of_organisations_are_counted_by_network(client, make, monkeypatch):
    monkeypatch.setattr(public, "PROPOSALS", Window("a test’s own", most_per_network=2))
    address = f"/e/{make.event().slug}/organisations?q=ang"
    assert [client.get(address).status_code for _ in range(3)] == [200, 200, 429]
    assert stored(make, Hit) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_where_an_event_by_invitation_is_stands_only_behind_a_link(client, make):
    event = make.event(visibility=Visibility.INVITATION, venue="Salle secrète", city="Angers")
    token = invited(make, event)
    for path in ("", "/thanks"):
        page = client.get(f"/e/{event.slug}{path}").text
        assert "Salle secrète" not in page and "aux personnes invitées" in page
    assert "Salle secrète" in client.get(f"/i/{token}").text
    assert "Salle secrète" in client.get(f"/e/{make.event(venue='Salle secrète').slug}").text


def test_one_network_is_held_back_until_the_hour_is_over(client, make, monkeypatch):
    monkeypatch.setattr(robots, "MOST_PER_NETWORK", 1)
    event = make.event()
    register(client, event)
    assert register(client, event, email="b@example.org").status_code == 429
    with make.app.app_context():
        for hit in db.session.scalars(select(Hit)):
            hit.at -= timedelta(hours=2)
        db.session.commit()
    assert register(client, event, email="b@example.org").status_code == 302


# Answering


def test_opening_an_invitation_answers_nothing(client, make):
    token = invited(make, make.event())
    page = client.get(f"/i/{token}?answer=accepted")
    assert "Invitation pour Ada Lovelace" in page.text and "Je viens" in page.text
    assert stored(make, Invitation)[0].answer == Answer.NONE


def test_accepting_then_declining(client, make):
    token = invited(make, make.event())
    assert "Vous venez. Votre place est réservée" in answer(client, token, "accepted").text
    assert stored(make, Registration)[0].seat == Seat.CONFIRMED
    assert "Vous ne venez pas" in answer(client, token, "declined").text
    assert stored(make, Registration)[0].seat == Seat.WITHDRAWN


def test_an_invitation_speaks_the_language_of_its_reader(client, make):
    token = invited(make, make.event(), language="en")
    assert "Invitation for Ada Lovelace" in client.get(f"/i/{token}").text
    assert "Invitation pour Ada Lovelace" in client.get(f"/i/{token}?lang=fr").text


@pytest.mark.parametrize("given", ["", "maybe", "none"])
def test_an_answer_that_is_none_is_refused(client, make, given):
    token = invited(make, make.event())
    action, fields = client.filled(f"/i/{token}")
    refused = client.post(action, data={**fields, "answer": given})
    assert refused.status_code == 422 and "Choisissez l’une des deux réponses." in refused.text
    assert stored(make, Invitation)[0].answer == Answer.NONE


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_answer_is_written_at_once_with_where_it_led(client, make):
    token = invited(make, make.event())
    action, fields = client.filled(f"/i/{token}")
    with make.app.app_context():
        engine = db.engine
    commits = []
    note = commits.append
    listen(engine, "commit", note)
    sent = [client.post(action, data={**fields, "answer": "accepted"}) for _twice in range(2)]
    remove(engine, "commit", note)
    assert len(commits) == 1
    assert sent[0].headers["Location"] == sent[1].headers["Location"]


def test_an_answer_to_a_cancelled_event_is_refused_with_a_sentence(client, make):
    event = make.event()
    token = invited(make, event)
    action, fields = client.filled(f"/i/{token}")
    with make.app.app_context():
        agenda.cancel(db.session.get_one(Event, event.id), by="staff", at=EARLY)
        db.session.commit()
    refused = client.post(action, data={**fields, "answer": "accepted"})
    assert refused.status_code == 422 and "est annulé" in refused.text
    assert "Cet événement est annulé" in client.get(f"/i/{token}").text
    assert stored(make, Registration) == []


@pytest.mark.parametrize("path", ["/i/{token}x", "/i/x", "/r/x", "/r/x.ics"])
def test_a_forged_link_leads_to_a_sentence(client, make, path):
    token = invited(make, make.event())
    page = client.get(path.format(token=token))
    assert page.status_code == 404 and "lien" in page.text


# One's own registration


def test_whoever_registered_sees_it_downloads_the_entry_and_withdraws(client, make):
    event = make.event(format=Format.ONLINE, join_url="https://visio.example.org/salle")
    register(client, event)
    own = f"/r/{stored(make, Registration)[0].token}"
    assert "visio.example.org" in client.get(own).text
    entry = Calendar.from_ical(client.get(f"{own}.ics").data)
    assert entry["METHOD"] == "PUBLISH" and "ATTENDEE" not in entry.events[0]
    assert entry.events[0]["UID"] == event.uid
    done = client.submit_and_follow(own, to="/withdraw")
    assert "Votre inscription est retirée." in done.text
    assert stored(make, Registration)[0].seat == Seat.WITHDRAWN
    assert client.get(f"{own}.ics").status_code == 404


def test_a_place_in_the_queue_is_told(client, make):
    event = make.event(capacity=1)
    register(client, event)
    register(client, event, given_name="Blaise", family_name="Pascal", email="b@example.org")
    register(client, event, given_name="Sophie", family_name="Germain", email="s@example.org")
    [_first, _second, third] = stored(make, Registration)
    assert "au rang 2" in client.get(f"/r/{third.token}").text
    client.submit(f"/r/{_first.token}", to="/withdraw")
    assert "au rang 1" in client.get(f"/r/{third.token}").text


# The agenda


def test_the_public_entry_says_nothing_of_how_to_join(client, make):
    event = make.event(format=Format.HYBRID, venue="Mairie", join_url="https://visio.example.org/secret")
    content = client.get(f"/e/{event.slug}.ics")
    assert content.content_type == "text/calendar; charset=utf-8"
    assert b"visio.example.org" not in content.data and b"Mairie" in content.data


def test_the_feed_is_asked_again_without_being_rendered(client, make, monkeypatch):
    event = make.event("Journée", join_url="https://visio.example.org/secret", format=Format.ONLINE)
    first = client.get("/agenda.ics")
    assert first.status_code == 200 and b"secret" not in first.data
    assert [entry["UID"] for entry in Calendar.from_ical(first.data).events] == [event.uid]
    tag = first.headers["ETag"]
    assert tag.startswith('"')

    monkeypatch.setattr("crm.events.ical.feed", None)
    again = client.get("/agenda.ics", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert client.open("/agenda.ics", method="HEAD").headers["ETag"] == tag


def test_the_feed_changes_when_an_event_does(client, make):
    event = make.event("Journée")
    tag = client.get("/agenda.ics").headers["ETag"]
    with make.app.app_context():
        stored_event = db.session.get_one(Event, event.id)
        agenda.cancel(stored_event, by="staff", at=clock.now())
        db.session.commit()
    after = client.get("/agenda.ics", headers={"If-None-Match": tag})
    assert after.status_code == 200
    [entry] = Calendar.from_ical(after.data).events
    assert (entry["STATUS"], entry["SEQUENCE"]) == ("CANCELLED", 1)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_agenda_lists_what_is_coming_and_public(client, make, language):
    make.event("Journée publique")
    make.event("Secret", visibility=Visibility.INVITATION)
    make.event("Annulé", state=EventState.CANCELLED)
    page = client.get(f"/agenda?lang={language}").text
    assert "Journée publique" in page and "Secret" not in page and "Annulé" not in page
    assert f'<html lang="{language}">' in page


def test_people_are_added_once_however_many_events_they_register_for(client, make):
    for _number in range(3):
        register(client, make.event())
    with make.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Person)) == 1


def test_a_registration_asks_few_statements_and_few_of_them_under_the_lock(client, make):
    event, statements = make.event(capacity=3), []
    register(client, event, email="first@example.org")
    with make.app.app_context():
        engine = db.engine

    def note(*facts):
        statements.append(facts[2])

    hooks.listen(engine, "before_cursor_execute", note)
    try:
        assert register(client, event, email="second@example.org").status_code == 302
    finally:
        hooks.remove(engine, "before_cursor_execute", note)
    # The form is read by its slug, then under the lock.
    *_, read, locked = (place for place, text in enumerate(statements) if "FROM events" in text)
    of_search = [text for text in statements[read:] if "search_" in text]
    # On PostgreSQL, where each has a way to go, those that nobody waits for go together.
    most, most_locked = (17, 9) if engine.dialect.name == "sqlite" else (10, 4)
    assert len(statements[read:]) - len(of_search) <= most
    assert len(statements[locked:]) - len(of_search) <= most_locked


@ONE_ENGINE
def test_whoever_waits_on_one_side_is_told_which_one_is_full(client, make):
    event = make.event(format=Format.HYBRID, capacity=1, venue="Mairie")
    register(client, event, mode="onsite", email="first@example.org")
    answer = register(client, event, mode="onsite", email="second@example.org")
    assert "Toutes les places sur place sont prises" in client.get(answer.location).text
    answer = register(client, event, mode="online", email="third@example.org")
    assert "Votre place est réservée" in client.get(answer.location).text


@ONE_ENGINE
def test_rooms_of_an_event_by_invitation_are_told_behind_a_link_only(client, make):
    event = make.event(visibility=Visibility.INVITATION)
    with make.app.app_context():
        told = sessions.Told(
            title="Ouverture", starts_wall=event.starts_wall, ends_wall=event.ends_wall, room="Salon doré"
        )
        sessions.add(db.session.get_one(Event, event.id), told, [], at=EARLY)
        db.session.commit()
    link = make.private_link(event)
    page = client.get(f"/e/{event.slug}").text
    assert "Ouverture" in page and "Salon doré" not in page
    assert "Salon doré" in client.get(f"/l/{link.token}").text


@ONE_ENGINE
def test_after_the_event_nobody_reads_that_the_seat_is_kept(client, make, monkeypatch):
    event = make.event()
    register(client, event)
    [registration] = stored(make, Registration)
    assert "Votre place est réservée" in client.get(f"/r/{registration.token}").text
    monkeypatch.setattr(clock, "now", lambda: event.ends_at + timedelta(hours=1))
    page = client.get(f"/r/{registration.token}").text
    assert "Cet événement est passé" in page and "Votre place est réservée" not in page


@ONE_ENGINE
def test_whoever_goes_back_and_sends_what_was_typed_before_is_no_robot(client, make, quick_reader):
    event = make.event()
    assert register(client, event).status_code == 422
    with client._client.session_transaction() as kept:
        kept[robots.SEEN] -= 5
    assert register(client, event).status_code == 302

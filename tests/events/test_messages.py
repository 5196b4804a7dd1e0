"""What people read by mail about events, each in their own language, with the entry for the calendar."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from icalendar import Calendar
from sqlalchemy import select

from crm.directory import queries as directory
from crm.events.models import Answer, Format, Invitation, Mode, Registration
from crm.events.services import agenda, inviting, seats, telling
from crm.events.services.visitors import Visitor
from crm.mail.models import Delivery, DeliveryState
from crm.web import catalogues
from tests.make import EARLY
from tests.outbox import send_due

LATE = EARLY + timedelta(days=1)
LATER = EARLY + timedelta(days=2)


def invite(event):
    people = directory.people_filtered("", day=EARLY.date())
    inviting.invite(event, people, by="staff", at=EARLY)


def ask(session, event, name="Ada", *, language="fr", mode=None, at=EARLY):
    visitor = Visitor(given_name=name, family_name="Lovelace", email=f"{name.lower()}@example.org")
    return seats.ask(event, visitor, mode=mode, language=language, at=at)


def entry(message):
    return Calendar.from_ical(message.ics).events[0]


def said(message):
    """The text part, with plain spaces and on one line."""
    return " ".join(message.text.replace("\u202f", " ").split())


def test_an_invitation_is_in_the_readers_own_name_and_language(session, make):
    make.person("Ada", "Lovelace", email="ada@example.org", language="en")
    event = make.event("Journée des données", venue="Mairie", city="Angers")
    invite(event)
    [message] = send_due(at=LATE)
    assert (message.to, message.to_name, message.method) == ("ada@example.org", "Ada Lovelace", "REQUEST")
    assert message.subject == "Invitation: Journée des données"
    assert "Wednesday 12 June 2030, from 14:00 to 16:00 (Paris time)" in said(message)
    token = session.scalars(select(Invitation.token)).one()
    assert f"/i/{token}?answer=accepted" in message.text and f"/i/{token}?answer=declined" in message.html
    assert message.unsubscribe_url
    asked = entry(message)
    assert asked["UID"] == event.uid and asked["SEQUENCE"] == 0
    assert asked["ATTENDEE"] == "mailto:ada@example.org"
    assert asked["ATTENDEE"].params["PARTSTAT"] == "NEEDS-ACTION"
    assert asked["LOCATION"] == "Mairie, Angers"


def test_an_invitation_in_french(session, make):
    make.person("Ada", "Lovelace", email="ada@example.org")
    invite(make.event("Journée"))
    [message] = send_due(at=LATE)
    assert message.subject.replace("\u202f", " ") == "Invitation : Journée"
    assert "mercredi 12 juin 2030, de 14 h 00 à 16 h 00 (heure de Paris)" in said(message)
    assert "Bonjour Ada Lovelace," in message.text


def test_the_same_delivery_makes_the_same_bytes_again(session, make):
    make.person(email="ada@example.org")
    invite(make.event())
    [first] = send_due(at=LATE)
    for delivery in session.scalars(select(Delivery)):
        delivery.state = DeliveryState.QUEUED
    session.flush()
    session.commit()
    [again] = send_due(at=LATER)
    assert again.as_bytes() == first.as_bytes()


def test_whoever_registers_gets_the_entry_already_accepted(session, make):
    event = make.event("Journée")
    registration = ask(session, event)
    [message] = send_due(at=LATE)
    assert message.subject.replace("\u202f", " ") == "Inscription confirmée : Journée"
    assert f"/r/{registration.token}" in message.text
    held = entry(message)
    assert held["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"
    assert held["ATTENDEE"].params["RSVP"] == "FALSE"
    assert not message.unsubscribe_url


@pytest.mark.parametrize("mode", list(Mode))
def test_the_link_to_join_goes_to_people_online_and_the_place_to_people_on_site(session, make, mode):
    event = make.event(format=Format.HYBRID, venue="Mairie", join_url="https://visio.example.org/salle")
    ask(session, event, mode=mode)
    [message] = send_due(at=LATE)
    is_online = mode == Mode.ONLINE
    assert ("visio.example.org" in message.text) is is_online
    assert (b"visio.example.org" in message.ics) is is_online
    assert ("Mairie" in message.text) is not is_online


def test_whoever_waits_is_told_the_place_in_the_queue_and_gets_no_entry(session, make):
    event = make.event(capacity=1)
    ask(session, event)
    ask(session, event, "Blaise")
    messages = {message.to: message for message in send_due(at=LATE)}
    waiting = messages["blaise@example.org"]
    assert waiting.subject.startswith("Sur la liste d’attente")
    assert "au rang 1" in said(waiting) and waiting.ics == b""


def test_whoever_moves_up_is_told_with_the_entry(session, make):
    event = make.event(capacity=1)
    first = ask(session, event)
    ask(session, event, "Blaise")
    send_due(at=EARLY)
    seats.withdraw(first, by="public", at=LATE)
    session.commit()
    messages = {message.to: message for message in send_due(at=LATE)}
    assert messages["blaise@example.org"].subject.startswith("Une place pour vous")
    assert messages["blaise@example.org"].method == "REQUEST"
    gone = messages["ada@example.org"]
    assert (gone.method, entry(gone)["SEQUENCE"]) == ("CANCEL", 1)
    assert "STATUS" not in entry(gone)


def test_a_mailbox_of_two_keeps_the_entry_when_one_of_them_withdraws(session, make):
    event = make.event()
    shared = {"family_name": "Lovelace", "email": "accueil@example.org"}
    first, last = (
        seats.ask(event, Visitor(given_name=name, **shared), mode=None, language="fr", at=EARLY)
        for name in ("Ada", "Blaise")
    )
    send_due(at=EARLY)
    seats.withdraw(first, by="public", at=LATE)
    session.commit()
    [told] = send_due(at=LATE)
    assert told.subject.startswith("Inscription retirée") and not told.ics
    seats.withdraw(last, by="public", at=LATER)
    session.commit()
    assert [message.method for message in send_due(at=LATER)] == ["CANCEL"]


def test_who_registers_again_after_withdrawing_gets_a_newer_entry(session, make):
    event = make.event()
    registration = ask(session, event)
    send_due(at=EARLY)
    seats.withdraw(registration, by="public", at=LATE)
    send_due(at=LATE)
    ask(session, event, at=LATER)
    [message] = send_due(at=LATER)
    assert (message.method, entry(message)["SEQUENCE"]) == ("REQUEST", 1)


def test_a_change_is_told_with_a_higher_sequence_and_the_new_hour(session, make):
    make.person("Ada", "Lovelace", email="ada@example.org")
    event = make.event("Journée")
    invite(event)
    send_due(at=EARLY)
    starts = event.starts_wall + timedelta(days=1)
    agenda.change(event, by="staff", at=LATE, starts_wall=starts, ends_wall=starts + timedelta(hours=1))
    telling.of_change(event, by="staff", at=LATE)
    session.commit()
    [message] = send_due(at=LATE)
    assert message.subject.replace("\u202f", " ") == "Changement : Journée"
    assert "jeudi 13 juin 2030" in said(message)
    assert entry(message)["SEQUENCE"] == 1
    assert entry(message)["DTSTAMP"].dt == LATE


def test_a_cancelled_event_leaves_the_calendars(session, make):
    make.person("Ada", "Lovelace", email="ada@example.org")
    event = make.event("Journée")
    invite(event)
    inviting.answer(session.scalars(select(Invitation)).one(), Answer.DECLINED, at=EARLY)
    send_due(at=EARLY)
    agenda.cancel(event, by="staff", at=LATE)
    telling.of_cancellation(event, by="staff", at=LATE)
    session.commit()
    [message] = send_due(at=LATE)
    assert message.subject.replace("\u202f", " ") == "Annulé : Journée"
    gone = entry(message)
    assert (message.method, gone["STATUS"], gone["SEQUENCE"]) == ("CANCEL", "CANCELLED", 1)


def test_an_invitation_does_not_leave_once_the_person_has_registered(session, make):
    make.person("Ada", "Lovelace", email="ada@example.org")
    event = make.event()
    invite(event)
    ask(session, event)
    messages = send_due(at=LATE)
    assert [message.subject.split()[0] for message in messages] == ["Inscription"]
    states = dict(session.execute(select(Delivery.kind, Delivery.state)).all())
    assert states["events.invitation"] == DeliveryState.SUPPRESSED


def test_nothing_is_sent_about_an_event_that_is_over(session, make):
    event = make.event()
    ask(session, event)
    event.starts_at -= timedelta(days=3_650)
    event.ends_at = event.starts_at + timedelta(hours=1)
    session.commit()
    assert send_due(at=LATE) == []


def test_what_strangers_type_stays_text(session, make):
    event = make.event("<b>Titre</b>; x\nBEGIN:VEVENT", venue="A, B; C")
    visitor = Visitor(given_name="<script>", family_name="{{7*7}}", email="x@example.org")
    seats.ask(event, visitor, mode=None, language="fr", at=EARLY)
    [message] = send_due(at=LATE)
    assert "<script>" not in message.html and "&lt;script&gt;" in message.html
    assert "{{7*7}}" in message.text
    assert "\n" not in message.subject
    assert len(Calendar.from_ical(message.ics).events) == 1
    assert entry(message)["LOCATION"] == "A, B; C"


def test_an_address_that_objected_since_is_not_invited(session, make):
    from crm.mail import services as outbox
    from crm.mail.models import Purpose

    person = make.person("Ada", "Lovelace", email="ada@example.org")
    invite(make.event())
    address = person.addresses[0].address
    outbox.object_to(address, frozenset({Purpose.INVITATION}), source="test", at=EARLY)
    session.commit()
    assert send_due(at=LATE) == []
    assert session.scalar(select(Registration)) is None


def test_no_french_sentence_of_events_puts_de_before_a_name():
    """« de Élise » is wrong and « d’Élise » depends on the name: such sentences are built otherwise."""
    catalogue = Path(catalogues.__file__).parents[1] / "translations/fr/LC_MESSAGES/events.po"
    spoiled = re.findall(r"\bde %\((?:name|who|voter|attendee|person|event)\)s", catalogue.read_text())
    assert spoiled == []

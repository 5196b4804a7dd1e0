"""Seats are sold once, given back, and given on."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from crm.events.forms import registration_form
from crm.events.models import (
    Answer,
    Attendance,
    Event,
    EventState,
    Format,
    Invitation,
    Mode,
    Registration,
    Seat,
)
from crm.events.services import agenda, seats
from crm.events.services.visitors import Visitor
from crm.mail.models import Delivery
from crm.relations.models import Act, Note
from tests.make import EARLY

LATE = EARLY + timedelta(days=1)


def ask(event, given="Ada", family="Lovelace", email="ada@example.org", organisation="", mode=None, at=EARLY):
    visitor = Visitor(given_name=given, family_name=family, email=email, organisation=organisation)
    return seats.ask(event, visitor, mode=mode, language="fr", at=at)


def kinds(session):
    return [delivery.kind for delivery in session.scalars(select(Delivery).order_by(Delivery.id))]


def test_when_the_last_seat_is_taken_the_next_person_waits(session, make):
    event = make.event(capacity=1)
    first = ask(event)
    second = ask(event, "Blaise", "Pascal", "blaise@example.org")
    assert [first.seat, second.seat] == [Seat.CONFIRMED, Seat.WAITING]
    assert kinds(session) == ["events.seat", "events.waiting"]


def test_registering_twice_gives_the_same_registration(session, make):
    event = make.event(capacity=1)
    first = ask(event)
    again = ask(event, "ADA", "Lovelacé", "Ada@Example.org", at=LATE)
    assert again is first
    assert again.asked_at == EARLY
    assert kinds(session) == ["events.seat"]


def test_a_known_person_is_recognised_and_never_overwritten(session, make):
    organisation = make.organisation("Ville d’Angers")
    person = make.person("Ada", "Lovelace", email="ada@example.org", organisation=organisation)
    registration = ask(make.event(), "ADA", "lovelace", "ada@example.org")
    assert registration.person_id == person.id
    assert (person.given_name, person.family_name) == ("Ada", "Lovelace")
    assert (registration.organisation_name, registration.function) == ("Ville d’Angers", "Directrice")


def test_another_name_at_a_known_address_is_another_person(session, make):
    person = make.person("Ada", "Lovelace", email="mairie@example.org")
    registration = ask(make.event(), "Blaise", "Pascal", "mairie@example.org")
    assert registration.person_id != person.id
    assert registration.address.email == "mairie@example.org"


def test_the_function_of_that_day_stays_in_the_registration(session, make):
    organisation = make.organisation("Ville d’Angers")
    person = make.person("Ada", "Lovelace", email="ada@example.org", organisation=organisation)
    registration = ask(make.event())
    person.roles[0].function = "Retraitée"
    session.flush()
    assert registration.function == "Directrice"


def test_an_organisation_that_nobody_knows_stays_as_it_was_typed(session, make):
    registration = ask(make.event(), organisation="Les Amis du lac")
    assert registration.organisation_name == "Les Amis du lac"
    assert registration.organisation_id is None


def test_a_newcomer_of_a_known_organisation_gets_a_role_there(session, make):
    organisation = make.organisation("Les Amis du lac")
    registration = ask(make.event(), organisation="les amis du lac")
    assert registration.organisation_id == organisation.id
    assert registration.role.person_id == registration.person_id


def test_a_withdrawal_gives_the_seat_to_whoever_waits_longest_and_tells_them(session, make):
    event = make.event(capacity=1)
    first = ask(event)
    second = ask(event, "Blaise", "Pascal", "blaise@example.org", at=EARLY + timedelta(minutes=1))
    third = ask(event, "Sophie", "Germain", "sophie@example.org", at=EARLY + timedelta(minutes=2))
    moved_up = seats.withdraw(first, by="public", at=LATE)
    assert moved_up == [second]
    assert [first.seat, second.seat, third.seat] == [Seat.WITHDRAWN, Seat.CONFIRMED, Seat.WAITING]
    assert kinds(session)[-2:] == ["events.withdrawn", "events.promotion"]


def test_withdrawing_twice_promotes_once(session, make):
    event = make.event(capacity=1)
    first = ask(event)
    ask(event, "Blaise", "Pascal", "blaise@example.org")
    ask(event, "Sophie", "Germain", "sophie@example.org")
    seats.withdraw(first, by="public", at=LATE)
    assert seats.withdraw(first, by="public", at=LATE) == []
    assert agenda.seats_taken(event) == 1


def test_who_comes_back_after_withdrawing_goes_to_the_end_of_the_queue(session, make):
    event = make.event(capacity=1)
    first = ask(event)
    seats.withdraw(first, by="public", at=LATE)
    ask(event, "Blaise", "Pascal", "blaise@example.org", at=LATE)
    again = ask(event, at=LATE + timedelta(minutes=1))
    assert again is first
    assert again.seat == Seat.WAITING
    assert again.turns == 1


def test_more_room_is_given_to_those_who_wait(session, make):
    event = make.event(capacity=1)
    ask(event)
    second = ask(event, "Blaise", "Pascal", "blaise@example.org")
    agenda.change(event, by="staff", at=LATE, capacity=2)
    assert seats.promote(event, at=LATE) == [second]


def test_a_capacity_below_the_seats_taken_is_refused(session, make):
    event = make.event(capacity=3)
    ask(event)
    ask(event, "Blaise", "Pascal", "blaise@example.org")
    with pytest.raises(agenda.CapacityTooSmall) as refusal:
        agenda.change(event, by="staff", at=LATE, capacity=1)
    assert refusal.value.facts == {"seats": 2}


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"state": EventState.DRAFT}, seats.NotOpenYet),
        ({"state": EventState.CLOSED}, seats.RegistrationClosed),
        ({"state": EventState.CANCELLED}, seats.EventCancelled),
        ({"state": EventState.HELD}, seats.EventOver),
        ({"starts_wall": datetime(2020, 1, 1, 9, 0)}, seats.EventOver),  # noqa: DTZ001
    ],
)
def test_nobody_registers_for_an_event_that_is_not_open(session, make, facts, refusal):
    event = make.event(**facts)
    with pytest.raises(refusal):
        ask(event)
    session.rollback()
    assert session.scalar(select(Registration)) is None


def test_a_hybrid_event_asks_how_one_takes_part(session, make):
    event = make.event(format=Format.HYBRID)
    with pytest.raises(seats.NoSuchMode):
        ask(event)
    assert ask(event, mode=Mode.ONLINE).mode == Mode.ONLINE


def test_registering_is_noted_in_the_log_of_the_organisation(session, make):
    organisation = make.organisation("Ville d’Angers")
    make.person("Ada", "Lovelace", email="ada@example.org", organisation=organisation)
    event = make.event("Journée des données")
    ask(event)
    note = session.scalars(select(Note)).one()
    assert (note.act, note.organisation_id, note.title) == (
        Act.REGISTERED,
        organisation.id,
        "Journée des données",
    )
    assert note.subject == f"events:{event.id}"


def test_who_comes_to_the_door_is_seated_even_when_the_event_is_full(session, make):
    event = make.event(capacity=1)
    ask(event)
    came = seats.walk_in(
        event, Visitor(given_name="Blaise", family_name="Pascal"), mode=None, by="staff", at=event.starts_at
    )
    assert (came.seat, came.attendance, came.address_id) == (Seat.CONFIRMED, Attendance.PRESENT, None)


def test_registering_answers_the_invitation_too(session, make):
    person = make.person("Ada", "Lovelace", email="ada@example.org")
    event = make.event()
    invitation = Invitation(
        event_id=event.id, person_id=person.id, address_id=person.addresses[0].address_id, token="t",
        invited_at=EARLY, invited_by="staff",
    )  # fmt: skip
    session.add(invitation)
    registration = ask(event)
    session.refresh(invitation)
    assert invitation.answer == Answer.ACCEPTED
    seats.withdraw(registration, by="public", at=LATE)
    session.refresh(invitation)
    assert invitation.answer == Answer.DECLINED


def test_what_a_colleague_changed_since_the_page_was_read_counts_under_the_lock(session, make):
    event = make.event(capacity=1)
    session.connection().execute(
        update(Event.__table__)
        .where(Event.__table__.c.id == event.id)
        .values(capacity=2, version=event.version + 1)
    )
    agenda.lock(event)
    assert event.capacity == 2


def test_events_that_ask_nothing_share_their_form(app, make):
    # One made for each visitor would stay in the memory of the process.
    with app.test_request_context():
        made = {registration_form(event, []) for event in (make.event(), make.event())}
    assert len(made) == 1

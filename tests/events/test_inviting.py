"""Who is invited and who is not and why; answers; who must be told of a change."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crm.directory import queries as directory
from crm.directory import services as roles
from crm.events.models import Answer, EventState, Format, Invitation, Mode, Registration, Seat
from crm.events.queries import audience
from crm.events.queries.audience import Excluded
from crm.events.services import agenda, inviting, seats, telling, visitors
from crm.mail.models import Delivery, DeliveryState, Objection, Purpose
from crm.relations.models import Act, Note
from tests.make import EARLY

TODAY = EARLY.date()
LATE = EARLY + timedelta(days=1)


def everyone(filter=""):
    return directory.people_filtered(filter, day=TODAY)


def invite(event, filter="", at=EARLY):
    return inviting.invite(event, everyone(filter), by="staff@example.org", at=at)


def only_invitation(session):
    return session.scalars(select(Invitation)).one()


def sent(session):
    rows = session.scalars(
        select(Delivery).where(Delivery.state == DeliveryState.QUEUED).order_by(Delivery.id)
    )
    return [(delivery.kind, delivery.sequence) for delivery in rows]


def leave(session):
    """All that waits has left."""
    for delivery in session.scalars(select(Delivery).where(Delivery.state == DeliveryState.QUEUED)):
        delivery.state = DeliveryState.ACCEPTED
    session.flush()


def test_everyone_of_the_list_gets_one_invitation_and_one_message(session, make):
    make.person("Ada", "Lovelace", email="ada@example.org", language="en")
    make.person("Blaise", "Pascal", email="blaise@example.org")
    event = make.event()
    assert invite(event) == 2
    rows = session.execute(select(Delivery.language, Delivery.purpose, Delivery.kind)).all()
    assert sorted(rows) == [
        ("en", Purpose.INVITATION, "events.invitation"),
        ("fr", Purpose.INVITATION, "events.invitation"),
    ]
    tokens = session.scalars(select(Invitation.token)).all()
    assert len(set(tokens)) == 2 and all(len(token) >= 38 for token in tokens)


def test_the_filter_of_the_directory_is_the_audience(session, make):
    make.person("Ada", "Lovelace")
    make.person("Blaise", "Pascal")
    assert invite(make.event(), "q=lovelace") == 1


def test_who_is_left_out_and_why(session, make):
    event = make.event()
    invited, registered, held = make.person(), make.person(), make.person()
    objecting, nowhere = make.person(), make.person(email="")
    shared = [make.person("Ada", name, email="mairie@example.org") for name in ("Aaa", "Bbb", "Ccc")]
    invite(event, f"chosen={invited.id}")
    seats.register(
        event, registered, mode=None, address=registered.addresses[0].address,
        standing=visitors.Standing(), language="fr", source="page", at=EARLY,
    )  # fmt: skip
    held.addresses[0].address.held_since = EARLY
    address_id = objecting.addresses[0].address_id
    session.add(Objection(address_id=address_id, purpose=Purpose.INVITATION, at=EARLY, source="test"))
    session.flush()

    considered = audience.considered(event, everyone(), day=TODAY)
    assert audience.counted(considered) == {
        None: 1,
        Excluded.INVITED: 1,
        Excluded.REGISTERED: 1,
        Excluded.HELD: 1,
        Excluded.OBJECTED: 1,
        Excluded.NO_ADDRESS: 1,
        Excluded.SHARED: 2,
    }
    [left] = audience.named(considered, most=5)[Excluded.NO_ADDRESS]
    assert left.person_id == nowhere.id
    assert len(audience.named(considered, most=1)[Excluded.SHARED]) == 1
    assert invite(event) == 1
    newest = session.scalars(select(Invitation).order_by(Invitation.id.desc())).first()
    assert newest.person_id == shared[0].id


def test_inviting_the_same_list_again_reaches_nobody_twice(session, make):
    make.person()
    event = make.event()
    invite(event)
    with pytest.raises(inviting.NobodyToInvite):
        invite(event, at=LATE)
    assert session.scalar(select(func.count()).select_from(Delivery)) == 1


def test_an_invitation_is_noted_for_the_organisation_of_that_day(session, make):
    organisation = make.organisation("Ville d’Angers")
    person = make.person(organisation=organisation)
    invite(make.event())
    note = session.scalars(select(Note)).one()
    assert (note.act, note.person_id, note.organisation_id) == (Act.INVITED, person.id, organisation.id)


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        (EventState.DRAFT, inviting.NotInvitable),
        (EventState.CLOSED, seats.RegistrationClosed),
        (EventState.CANCELLED, seats.EventCancelled),
        (EventState.HELD, seats.EventOver),
    ],
)
def test_nobody_is_invited_to_what_is_not_open(session, make, state, refusal):
    make.person()
    with pytest.raises(refusal):
        invite(make.event(state=state))


def test_accepting_registers_with_the_role_of_that_day(session, make):
    organisation = make.organisation("Ville d’Angers")
    make.person(organisation=organisation, function="Maire")
    invite(make.event())
    registration = inviting.answer(only_invitation(session), Answer.ACCEPTED, at=LATE)
    assert (registration.seat, registration.function) == (Seat.CONFIRMED, "Maire")
    assert registration.organisation_name == "Ville d’Angers"
    assert only_invitation(session).answer == Answer.ACCEPTED


def test_who_changes_post_later_stays_registered_with_the_role_of_then(session, make):
    angers, nantes = make.organisation("Ville d’Angers"), make.organisation("Ville de Nantes")
    person = make.person(organisation=angers, function="Maire")
    invite(make.event())
    registration = inviting.answer(only_invitation(session), Answer.ACCEPTED, at=LATE)
    role = registration.role

    roles.end_role(role, on=TODAY, by="staff@example.org", at=LATE)
    later = {"by": "staff@example.org", "at": LATE + timedelta(days=9)}
    roles.give_role(person=person, organisation=nantes, function="Directrice", is_main=True, **later)
    angers.name = "Angers"
    session.commit()

    assert registration.role is only_invitation(session).role is role
    assert registration.organisation is angers
    assert (registration.function, registration.organisation_name) == ("Maire", "Ville d’Angers")


def test_accepting_twice_is_accepting_once(session, make):
    make.person()
    invite(make.event())
    first = inviting.answer(only_invitation(session), Answer.ACCEPTED, at=EARLY)
    again = inviting.answer(only_invitation(session), Answer.ACCEPTED, at=LATE)
    assert again is first
    assert only_invitation(session).answered_at == EARLY


def test_accepting_for_a_full_event_is_waiting(session, make):
    event = make.event(capacity=1)
    make.person(), make.person()
    invite(event)
    answers = [inviting.answer(one, Answer.ACCEPTED, at=LATE) for one in session.scalars(select(Invitation))]
    assert [registration.seat for registration in answers] == [Seat.CONFIRMED, Seat.WAITING]


def test_declining_after_accepting_gives_the_seat_to_the_next(session, make):
    event = make.event(capacity=1)
    make.person(), make.person()
    invite(event)
    first, second = session.scalars(select(Invitation).order_by(Invitation.id)).all()
    inviting.answer(first, Answer.ACCEPTED, at=EARLY)
    waiting = inviting.answer(second, Answer.ACCEPTED, at=LATE)
    inviting.answer(first, Answer.DECLINED, at=LATE)
    session.refresh(waiting)
    assert waiting.seat == Seat.CONFIRMED
    assert first.answer == Answer.DECLINED


def test_how_one_takes_part_can_be_changed_with_the_answer(session, make):
    make.person()
    invite(make.event(format=Format.HYBRID))
    inviting.answer(only_invitation(session), Answer.ACCEPTED, mode=Mode.ONSITE, at=EARLY)
    registration = inviting.answer(only_invitation(session), Answer.ACCEPTED, mode=Mode.ONLINE, at=LATE)
    assert registration.mode == Mode.ONLINE


def test_an_answer_to_a_cancelled_event_is_refused(session, make):
    make.person()
    event = make.event()
    invite(event)
    agenda.cancel(event, by="staff", at=EARLY)
    with pytest.raises(seats.EventCancelled):
        inviting.answer(only_invitation(session), Answer.ACCEPTED, at=LATE)


def test_an_answer_is_not_changed_once_the_event_has_begun(session, make):
    make.person()
    event = make.event()
    invite(event)
    with pytest.raises(inviting.HasBegun):
        inviting.answer(only_invitation(session), Answer.DECLINED, at=event.starts_at)
    assert session.scalar(select(Registration)) is None


def test_a_change_is_told_once_to_each_invited_or_registered_person(session, make):
    people = [make.person() for _number in range(3)]
    event = make.event()
    invite(event)
    inviting.answer(session.scalars(select(Invitation)).first(), Answer.ACCEPTED, at=EARLY)
    leave(session)
    assert telling.told(event) == len(people)
    assert telling.of_change(event, by="staff", at=LATE) == len(people)
    assert event.sequence == 1
    assert sorted(sent(session)) == [("events.invitation", 1), ("events.invitation", 1), ("events.seat", 1)]
    purposes = session.scalars(select(Delivery.purpose).where(Delivery.sequence == 1)).all()
    assert set(purposes) == {Purpose.SERVICE}


def test_an_invitation_that_has_not_left_leaves_as_a_first_one_with_the_new_facts(session, make):
    make.person()
    event = make.event()
    invite(event)
    telling.of_change(event, by="staff", at=LATE)
    newest = session.scalars(select(Delivery).where(Delivery.sequence == 1)).one()
    assert (newest.purpose, newest.facts) == (Purpose.INVITATION, {})


def test_cancelling_tells_everyone_ever_invited_also_those_who_declined(session, make):
    event = make.event()
    for _number in range(3):
        make.person()
    invite(event)
    first, second, _third = session.scalars(select(Invitation).order_by(Invitation.id)).all()
    inviting.answer(first, Answer.ACCEPTED, at=EARLY)
    inviting.answer(second, Answer.DECLINED, at=EARLY)
    leave(session)
    agenda.cancel(event, by="staff", at=LATE)
    assert telling.of_cancellation(event, by="staff", at=LATE) == 3
    assert sorted(sent(session)) == [
        ("events.invitation_off", 1),
        ("events.invitation_off", 1),
        ("events.registration_off", 1),
    ]


def test_cancelling_calls_back_what_has_not_left(session, make):
    make.person()
    event = make.event()
    invite(event)
    agenda.cancel(event, by="staff", at=LATE)
    assert telling.of_cancellation(event, by="staff", at=LATE) == 0
    assert session.scalars(select(Delivery.state)).one() == DeliveryState.CANCELLED


def test_two_thousand_people_are_invited_in_a_few_statements(session, make):
    from sqlalchemy import event as hooks
    from sqlalchemy import insert

    from crm.db import db
    from crm.directory.models import Person, PersonAddress
    from crm.mail.models import Address

    numbers = range(1, 2_001)
    session.execute(insert(Address), [{"id": n, "email": f"p{n}@example.org"} for n in numbers])
    words = {"created_at": EARLY, "updated_at": EARLY}
    session.execute(insert(Person), [{"id": n, "family_name": f"P{n}", **words} for n in numbers])
    session.execute(insert(PersonAddress), [{"person_id": n, "address_id": n} for n in numbers])
    event, statements = make.event(), []

    def count(*facts):
        statements.append(facts[2])

    hooks.listen(db.engine, "before_cursor_execute", count)
    try:
        assert invite(event) == 2_000
    finally:
        hooks.remove(db.engine, "before_cursor_execute", count)
    assert len(statements) < 12
    assert session.scalar(select(func.count()).select_from(Delivery)) == 2_000

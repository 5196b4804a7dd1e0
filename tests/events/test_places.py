"""Places by side and by group, offers with a deadline, and seats given by hand."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.events.models import Answer, EventState, Format, Invitation, Mode, Registration, Seat
from crm.events.own import erasing
from crm.events.own import tasks as erasures
from crm.events.places import queries, services, tasks
from crm.events.services import agenda, inviting, seats
from crm.events.services.visitors import Visitor
from crm.history import Change, named
from crm.mail.models import Delivery
from crm.relations.models import Note
from tests.make import EARLY

LATE = EARLY + timedelta(days=1)
NEXT_WEEK = EARLY + timedelta(days=8)


def ask(event, name="Ada", mode=None, at=EARLY, organisation=""):
    visitor = Visitor(
        given_name=name, family_name="Martin", email=f"{name.lower()}@example.org", organisation=organisation
    )
    return seats.ask(event, visitor, mode=mode, language="fr", at=at)


def kinds(session):
    return [delivery.kind for delivery in session.scalars(select(Delivery).order_by(Delivery.id))]


def offered(make, **facts):
    """A full event of one seat that offers for two days; the seat was just given back to the queue."""
    event = make.event(capacity=1, offer_hours=48, **facts)
    first = ask(event)
    second, third = ask(event, "Blaise", at=EARLY), ask(event, "Sophie", at=EARLY)
    seats.withdraw(first, by="public", at=LATE)
    return event, second, third


def test_a_freed_seat_is_offered_to_whoever_waits_longest_and_counts_as_taken(session, make):
    event, second, third = offered(make)
    assert (second.seat, second.offer_ends_at, third.seat) == (
        Seat.OFFERED, LATE + timedelta(hours=48), Seat.WAITING,
    )  # fmt: skip
    assert seats.seats_left(event) == 0 and ask(event, "Emile", at=LATE).seat == Seat.WAITING
    assert kinds(session).count("events.offer") == 1


def test_who_takes_the_place_in_time_has_the_seat_once_and_is_told(session, make):
    event, second, _third = offered(make)
    assert services.accept(second, at=LATE + timedelta(hours=47)) is True
    assert services.accept(second, at=LATE + timedelta(hours=47)) is True
    assert (second.seat, second.offer_ends_at, agenda.seats_taken(event)) == (Seat.CONFIRMED, None, 1)
    assert kinds(session)[-1] == "events.seat" and kinds(session).count("events.seat") == 2


def test_an_offer_taken_too_late_went_to_the_next_whether_or_not_a_worker_looked(session, make):
    event, second, third = offered(make)
    too_late = LATE + timedelta(hours=48)
    assert services.accept(second, at=too_late) is False
    assert (second.seat, second.lapsed_at, third.seat) == (Seat.WITHDRAWN, too_late, Seat.OFFERED)
    assert kinds(session)[-2:] == ["events.lapsed", "events.offer"]
    assert agenda.seats_taken(event) == 1


def test_the_worker_passes_an_offer_on_when_its_time_is_over(session, make):
    event, second, third = offered(make)
    session.commit()
    assert tasks.one_pass(at=LATE + timedelta(hours=47)) == 1 and second.seat == Seat.OFFERED
    tasks.one_pass(at=LATE + timedelta(hours=49))
    session.refresh(second), session.refresh(third)
    assert (second.seat, third.seat) == (Seat.WITHDRAWN, Seat.OFFERED)
    assert agenda.seats_taken(event) == 1


def test_what_nobody_gives_on_its_own_path_the_worker_finds(session, make):
    """Two people turn out to be one, a seat is deleted: the next minute gives it on."""
    event = make.event(capacity=1)
    first, second = ask(event), ask(event, "Blaise")
    session.delete(first)
    session.commit()
    tasks.one_pass(at=LATE)
    session.refresh(second)
    assert second.seat == Seat.CONFIRMED


def test_whoever_leaves_the_place_to_others_is_out_and_the_next_is_asked(session, make):
    _event, second, third = offered(make)
    seats.withdraw(second, by="public", at=LATE)
    assert (second.seat, second.offer_ends_at, third.seat) == (Seat.WITHDRAWN, None, Seat.OFFERED)


def test_near_the_start_a_freed_seat_is_given_at_once(session, make):
    event = make.event(capacity=1, offer_hours=48)
    first, second = ask(event), ask(event, "Blaise")
    seats.withdraw(first, by="staff@example.org", at=event.starts_at - timedelta(hours=3))
    assert second.seat == Seat.CONFIRMED and kinds(session)[-1] == "events.promotion"


def test_saying_yes_to_the_invitation_again_takes_the_offered_place(session, make):
    event = make.event(capacity=1, offer_hours=48)
    first = ask(event)
    person = make.person("Blaise", "Pascal", email="b@example.org")
    invitation = Invitation(
        event_id=event.id, person_id=person.id, address_id=person.addresses[0].address_id, token="t",
        invited_at=EARLY, invited_by="staff",
    )  # fmt: skip
    session.add(invitation)
    session.flush()
    waits = inviting.answer(invitation, Answer.ACCEPTED, at=EARLY)
    seats.withdraw(first, by="public", at=LATE)
    assert waits.seat == Seat.OFFERED
    assert inviting.answer(invitation, Answer.ACCEPTED, at=LATE).seat == Seat.CONFIRMED


def test_an_unanswered_offer_leaves_the_invitation_open(session, make):
    event = make.event(capacity=1, offer_hours=1)
    first = ask(event)
    person = make.person("Blaise", "Pascal", email="b@example.org")
    invitation = Invitation(
        event_id=event.id, person_id=person.id, address_id=person.addresses[0].address_id, token="t",
        invited_at=EARLY, invited_by="staff",
    )  # fmt: skip
    session.add(invitation)
    session.flush()
    inviting.answer(invitation, Answer.ACCEPTED, at=EARLY)
    seats.withdraw(first, by="public", at=LATE)
    session.commit()
    tasks.one_pass(at=LATE + timedelta(hours=2))
    session.refresh(invitation)
    assert invitation.answer == Answer.NONE


def test_the_room_may_be_full_while_there_is_room_online(session, make):
    event = make.event(format=Format.HYBRID, capacity=1, capacity_online=2)
    assert ask(event, mode=Mode.ONSITE).seat == Seat.CONFIRMED
    assert ask(event, "Blaise", Mode.ONSITE).seat == Seat.WAITING
    assert ask(event, "Sophie", Mode.ONLINE).seat == Seat.CONFIRMED
    assert (seats.has_room(event, Mode.ONSITE), seats.has_room(event, Mode.ONLINE)) == (False, True)


def test_changing_sides_gives_the_seat_on_and_never_costs_it(session, make):
    event = make.event(format=Format.HYBRID, capacity=1, capacity_online=1)
    first, second = ask(event, mode=Mode.ONSITE), ask(event, "Blaise", Mode.ONSITE)
    assert services.change_mode(first, Mode.ONLINE, at=LATE) == [second]
    assert (first.mode, first.seat, second.seat) == (Mode.ONLINE, Seat.CONFIRMED, Seat.CONFIRMED)
    with pytest.raises(services.ModeFull):
        services.change_mode(second, Mode.ONLINE, at=LATE)
    assert (second.mode, second.seat) == (Mode.ONSITE, Seat.CONFIRMED)


def test_who_waits_and_changes_sides_passes_nobody_who_waits_there(session, make):
    event = make.event(format=Format.HYBRID, capacity=1, capacity_online=1)
    for name, mode in (("Ada", Mode.ONSITE), ("Blaise", Mode.ONLINE)):
        ask(event, name, mode)
    early, late = ask(event, "Sophie", Mode.ONSITE, EARLY), ask(event, "Emile", Mode.ONLINE, LATE)
    services.change_mode(early, Mode.ONLINE, at=LATE + timedelta(hours=1))
    assert [one.id for one in session.scalars(queries.in_line(event))] == [late.id, early.id]


def test_places_held_back_are_taken_by_those_who_belong_and_by_nobody_else(session, make):
    speaker = make.person("Blaise", "Martin", email="blaise@example.org")
    event = make.event(capacity=2)
    quota = services.hold_back(event, name="Intervenants", places=1, mode=None, at=EARLY)
    services.admit(event, quota, speaker, at=EARLY)
    assert [ask(event, "Ada").seat, ask(event, "Sophie").seat] == [Seat.CONFIRMED, Seat.WAITING]
    held = ask(event, "Blaise", at=LATE)
    assert (held.seat, held.quota_id) == (Seat.CONFIRMED, quota.id)


def test_the_name_of_an_organisation_typed_by_a_stranger_opens_no_place_held_back_for_it(session, make):
    partner = make.organisation("Datactivist")
    make.person("Blaise", "Martin", email="blaise@example.org", organisation=partner)
    event = make.event(capacity=1)
    quota = services.hold_back(event, name="Partenaires", places=1, mode=None, at=EARLY)
    services.admit(event, quota, partner, at=EARLY)
    assert ask(event, "Ada", organisation="Datactivist").seat == Seat.WAITING
    assert ask(event, "Blaise").seat == Seat.CONFIRMED


def test_places_opened_to_everybody_go_to_those_who_wait(session, make):
    event = make.event(capacity=1)
    quota = services.hold_back(event, name="Intervenants", places=1, mode=None, at=EARLY)
    waits = ask(event)
    assert waits.seat == Seat.WAITING
    assert services.release(event, quota, at=LATE) == [waits]


def test_no_more_places_are_held_back_than_there_are(session, make):
    event = make.event(capacity=3)
    services.hold_back(event, name="Intervenants", places=2, mode=None, at=EARLY)
    with pytest.raises(services.MorePlacesThanThereAre):
        services.hold_back(event, name="Partenaires", places=2, mode=None, at=EARLY)
    with pytest.raises(services.NameTaken):
        services.hold_back(event, name="INTERVENANTS", places=1, mode=None, at=EARLY)


def test_a_capacity_lowered_knowingly_throws_nobody_out_and_gives_no_seat_before_there_is_one(session, make):
    event = make.event(capacity=3)
    taken = [ask(event, name) for name in ("Ada", "Blaise", "Sophie")]
    waits = ask(event, "Emile")
    agenda.change(event, by="staff", at=LATE, capacity=1, knowingly=True)
    assert seats.promote(event, at=LATE) == []
    assert {one.seat for one in taken} == {Seat.CONFIRMED}
    for one in taken[:2]:
        assert seats.withdraw(one, by="staff", at=LATE) == []
    assert seats.withdraw(taken[2], by="staff", at=LATE) == [waits]


def test_staff_seat_somebody_by_hand_and_hear_that_it_is_one_too_many(session, make):
    event = make.event(capacity=1)
    ask(event)
    waits = ask(event, "Blaise")
    assert services.seat_by_hand(waits, by="staff", at=LATE) is True
    assert (waits.seat, agenda.seats_taken(event)) == (Seat.CONFIRMED, 2)
    assert services.seat_by_hand(waits, by="staff", at=LATE) is False


def test_people_withdraw_by_themselves_until_the_deadline_and_staff_after_it(session, make):
    event = make.event(withdraw_hours=48)
    registration = ask(event)
    late = event.starts_at - timedelta(hours=47)
    for way in ("public", "invitation", "calendar"):
        with pytest.raises(seats.TooLateToWithdraw):
            seats.withdraw(registration, by=way, at=late)
    seats.withdraw(registration, by="ana@example.org", at=late)
    assert registration.seat == Seat.WITHDRAWN


def test_what_is_kept_about_somebody_is_erased_days_after_they_asked_and_the_counts_stay(session, make):
    organisation = make.organisation("Ville d’Angers")
    make.person("Ada", "Martin", email="ada@example.org", organisation=organisation)
    event = make.event()
    registration = ask(event)
    erasing.ask(registration, at=LATE)
    assert registration.seat == Seat.WITHDRAWN and registration.given_name == "Ada"
    session.commit()
    assert erasures.one_pass(at=LATE + timedelta(days=6)) == 0
    assert erasures.one_pass(at=LATE + timedelta(days=7)) == 1
    session.refresh(registration)
    told = [getattr(registration, name) for name in erasing.GONE]
    assert not any(told) and registration.organisation_id == organisation.id
    assert session.scalars(select(Registration.seat)).all() == [Seat.WITHDRAWN]
    kept = session.scalars(select(Change.values).where(Change.record == named(registration)))
    assert "Ada" not in str(list(kept)) and "Martin" not in str(list(kept))
    assert session.scalars(select(Note).where(Note.subject == f"events:{event.id}")).all() == []
    session.commit()


def test_the_wish_to_be_erased_can_be_taken_back_in_time(session, make):
    event = make.event()
    registration = ask(event)
    erasing.ask(registration, at=LATE)
    erasing.keep(registration)
    session.commit()
    assert erasures.one_pass(at=NEXT_WEEK + timedelta(days=30)) == 0
    assert registration.given_name == "Ada"


def test_a_cancelled_event_offers_nothing_any_more(session, make):
    event, second, _third = offered(make)
    event.state = EventState.CANCELLED
    session.flush()
    with pytest.raises(services.NothingOffered):
        services.accept(second, at=LATE)

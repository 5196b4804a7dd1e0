"""Who may register, from when to when; who must be approved, and where they stand meanwhile."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from crm.errors import Changed
from crm.events.admission import services as admission
from crm.events.models import Answer, Approval, Format, Invitation, Mode, Seat, Visibility
from crm.events.own import services as own
from crm.events.places import services as places
from crm.events.services import agenda, approving, inviting, seats, visitors
from crm.events.services.visitors import Visitor
from crm.mail.models import Delivery
from tests.make import EARLY

LATER = EARLY + timedelta(hours=1)
OPENS = datetime(2026, 3, 2, 12, 0)  # noqa: DTZ001  (a wall in Paris, 11:00 UTC)
CLOSES = datetime(2026, 3, 10, 18, 0)  # noqa: DTZ001
SET = {
    "opens_wall": None,
    "closes_wall": None,
    "needs_approval": False,
    "is_list_closed": False,
    "takes_groups": True,
    "by": "staff",
    "at": EARLY,
}


def ask(event, name="Ada", *, at=EARLY, email="", link=None):
    email = email or f"{name.lower()}@example.org"
    visitor = Visitor(given_name=name, family_name="Lovelace", email=email)
    return seats.ask(event, visitor, mode=Mode.ONSITE, language="fr", link=link, at=at)


def kinds(session, registration):
    rows = select(Delivery.kind).where(Delivery.subject_id == registration.id).order_by(Delivery.id)
    return list(session.scalars(rows))


# Approval


def test_a_request_takes_no_seat_and_keeps_its_order_of_arrival(session, make):
    event = make.event(capacity=2, needs_approval=True)
    first, second, third = (
        ask(event, name, at=EARLY + timedelta(minutes=n))
        for n, name in enumerate(("Ada", "Blaise", "Sophie"))
    )
    assert {r.seat for r in (first, second, third)} == {Seat.WAITING} and seats.seats_left(event) == 2

    approving.approve(event, [third.id, second.id], by="ana@example.org", at=LATER)
    assert [r.seat for r in (first, second, third)] == [Seat.WAITING, Seat.CONFIRMED, Seat.CONFIRMED]

    approving.approve(event, [first.id], by="ana@example.org", at=LATER + timedelta(hours=1))
    assert (first.seat, first.approval) == (Seat.WAITING, Approval.APPROVED)
    late = ask(event, "Zoe", at=LATER + timedelta(hours=2))
    approving.approve(event, [late.id], by="ana@example.org", at=LATER + timedelta(hours=3))
    [up] = seats.withdraw(second, by="public", at=LATER + timedelta(hours=4))
    assert up is first and late.seat == Seat.WAITING


def test_who_waits_unapproved_is_passed_over_when_a_seat_is_free(session, make):
    event = make.event(capacity=1)
    held = ask(event, "Ada")
    event.needs_approval = True
    asked = ask(event, "Blaise")
    seats.withdraw(held, by="public", at=LATER)
    assert asked.seat == Seat.WAITING


def test_each_step_of_a_request_is_one_mail(session, make):
    event = make.event(capacity=1, needs_approval=True)
    yes, waits, no = ask(event, "Ada"), ask(event, "Blaise"), ask(event, "Sophie")
    approving.approve(event, [yes.id, waits.id], by="ana@example.org", at=LATER)
    approving.refuse(event, [no.id], words="C’est complet.", by="ana@example.org", at=LATER)
    assert kinds(session, yes) == ["events.asked", "events.seat"]
    assert kinds(session, waits) == ["events.asked", "events.waiting"]
    assert kinds(session, no) == ["events.asked", "events.refused"]
    assert (no.seat, no.approval, no.decided_by) == (Seat.WITHDRAWN, Approval.REFUSED, "ana@example.org")


def test_a_refused_person_who_asks_again_stays_refused_until_staff_register_them(session, make):
    event = make.event(needs_approval=True)
    refused = ask(event)
    approving.refuse(event, [refused.id], by="ana@example.org", at=LATER)
    assert ask(event, at=LATER + timedelta(hours=1)).seat == Seat.WITHDRAWN
    seats.register(
        event, refused.person, mode=None, address=refused.address, standing=visitors.Standing(),
        language="fr", source="staff", at=LATER + timedelta(hours=2),
    )  # fmt: skip
    assert (refused.seat, refused.approval) == (Seat.CONFIRMED, Approval.NONE)


def test_an_invitation_or_staff_are_an_approval_by_themselves(session, make):
    event = make.event(needs_approval=True)
    asked = ask(event)
    person = make.person("Blaise", "Pascal")
    for someone in (asked.person, person):
        seats.register(
            event, someone, mode=None, address=None, standing=visitors.Standing(),
            language="fr", source="staff", at=LATER,
        )  # fmt: skip
    assert asked.seat == seats.of_person(event, person).seat == Seat.CONFIRMED
    assert asked.approval == Approval.APPROVED


def test_answering_a_request_twice_is_refused(session, make):
    event = make.event(needs_approval=True)
    asked = ask(event)
    approving.approve(event, [asked.id], by="a", at=LATER)
    with pytest.raises(approving.AlreadyDecided):
        approving.refuse(event, [asked.id], by="b", at=LATER)
    with pytest.raises(approving.NobodyChosen):
        approving.approve(event, [], by="b", at=LATER)


def test_a_request_of_another_event_cannot_be_approved_here(session, make):
    mine, other = make.event(needs_approval=True), make.event(needs_approval=True)
    with pytest.raises(approving.AlreadyDecided):
        approving.approve(mine, [ask(other).id], by="a", at=LATER)


def test_nobody_says_yes_to_their_own_request(session, make):
    event = make.event(needs_approval=True)
    asked = ask(event)
    assert own.come_back(asked, at=LATER) is asked
    assert (asked.seat, asked.approval) == (Seat.WAITING, Approval.ASKED)
    seats.register(
        event, asked.person, mode=None, address=None, standing=visitors.Standing(),
        language="fr", source="series", at=LATER,
    )  # fmt: skip
    assert (asked.seat, asked.approval) == (Seat.WAITING, Approval.ASKED)
    seats.withdraw(asked, by="public", at=LATER)
    own.come_back(asked, at=LATER + timedelta(hours=1))
    assert (asked.seat, asked.approval) == (Seat.WAITING, Approval.ASKED)


def test_a_request_that_changes_sides_is_still_a_request(session, make):
    event = make.event(format=Format.HYBRID, capacity=5, capacity_online=5, needs_approval=True)
    asked = ask(event)
    own.change_mode(asked, Mode.ONLINE, at=LATER)
    assert (asked.seat, asked.approval, asked.mode) == (Seat.WAITING, Approval.ASKED, Mode.ONLINE)
    approving.approve(event, [asked.id], by="ana@example.org", at=LATER)
    assert asked.seat == Seat.CONFIRMED and seats.seats_left(event, Mode.ONLINE) == 4


def test_a_seat_that_is_had_counts_whatever_was_said_to_the_request(session, make):
    event = make.event(capacity=1, needs_approval=True)
    asked = ask(event)
    asked.seat = Seat.CONFIRMED
    session.flush()
    assert seats.seats_left(event) == 0


def test_a_seat_given_by_hand_is_a_yes_to_the_request(session, make):
    event = make.event(capacity=1, needs_approval=True)
    asked = ask(event)
    assert places.seat_by_hand(asked, by="ana@example.org", at=LATER) is False
    assert (asked.seat, asked.approval, asked.decided_by) == (
        Seat.CONFIRMED, Approval.APPROVED, "ana@example.org",
    )  # fmt: skip
    assert seats.seats_left(event) == 0 and kinds(session, asked) == ["events.asked", "events.seat"]


# Hours


def test_registration_opens_and_ends_at_the_hours_of_the_event_s_zone(session, make):
    event = make.event()
    admission.set_up(event, **{**SET, "opens_wall": OPENS, "closes_wall": CLOSES})
    with pytest.raises(admission.OpensLater, match=r"02/03/2026 12:00 \(Europe/Paris\)"):
        ask(event, at=EARLY)
    assert ask(event, at=event.opens_at).seat == Seat.CONFIRMED
    with pytest.raises(admission.Ended):
        ask(event, "Blaise", at=event.closes_at)


def test_the_hours_follow_the_event_into_another_zone(session, make):
    event = make.event()
    admission.set_up(event, **{**SET, "opens_wall": OPENS})
    agenda.change(event, by="staff", at=EARLY, zone="Indian/Reunion")
    assert event.opens_wall == OPENS
    assert event.opens_at.hour == 8


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"opens_wall": CLOSES, "closes_wall": OPENS}, admission.ClosesBeforeItOpens),
        ({"closes_wall": datetime(2031, 1, 1)}, admission.ClosesAfterTheEvent),  # noqa: DTZ001
        ({"opens_wall": datetime(2026, 3, 29, 2, 30)}, admission.SkippedOpening),  # noqa: DTZ001
        ({"closes_wall": datetime(2026, 3, 29, 2, 30)}, admission.SkippedClosing),  # noqa: DTZ001
        ({"seen": 0}, Changed),
    ],
)
def test_hours_that_cannot_be_are_refused(session, make, facts, refusal):
    with pytest.raises(refusal):
        admission.set_up(make.event(), **{**SET, **facts})


def test_the_end_holds_for_invitations_and_not_for_staff(session, make):
    event, person = make.event(), make.person("Ada", "Lovelace")
    inviting.invite(event, visitors_of(person), by="staff", at=EARLY)
    admission.set_up(event, **{**SET, "closes_wall": CLOSES})
    invitation = session.scalars(select(Invitation)).one()
    with pytest.raises(admission.Ended):
        inviting.answer(invitation, Answer.ACCEPTED, at=event.closes_at)
    registered = seats.register(
        event, person, mode=None, address=None, standing=visitors.Standing(),
        language="fr", source="staff", at=event.closes_at,
    )  # fmt: skip
    assert registered.seat == Seat.CONFIRMED


def visitors_of(person):
    from crm.directory.models import Person

    return select(Person).where(Person.id == person.id)


# The closed list and secret links


def test_a_closed_list_lets_in_its_addresses_its_domains_and_who_was_invited(session, make):
    event = make.event()
    admission.set_up(event, **{**SET, "is_list_closed": True})
    person = make.person("Iris", "Invitée", email="iris@example.org")
    inviting.invite(event, visitors_of(person), by="staff", at=EARLY)
    assert admission.is_listed(event, "iris@example.org")
    assert (
        admission.write_list(event, ["Ada@Example.org;", "", " @ville.example.org "], by="staff", at=EARLY)
        == 2
    )
    for email in ("ada@example.org", "maire@ville.example.org"):
        ask(event, email.partition("@")[0], email=email)
    inviting.uninvite(session.scalars(select(Invitation)).one(), by="staff", at=LATER)
    assert not admission.is_listed(event, "iris@example.org")
    for email in ("eve@example.org", "eve@autre.ville.example.org", "not an address"):
        with pytest.raises(admission.NotListed):
            ask(event, "Eve", email=email)


def test_the_first_line_that_is_no_address_is_named(session, make):
    event = make.event()
    with pytest.raises(admission.NoAddress, match="Line 2, “ada at home”"):
        admission.write_list(event, ["ada@example.org", "Ada at home"], by="staff", at=EARLY)
    assert admission.listed(event) == []


def test_a_secret_link_opens_what_is_closed_to_others_until_it_is_revoked(session, make):
    event = make.event(visibility=Visibility.INVITATION, is_list_closed=True)
    link = admission.open_link(event, "Élus du Maine-et-Loire", by="staff", at=EARLY)
    with pytest.raises(seats.ByInvitation):
        ask(event)
    came = ask(event, link=link)
    assert (came.source, came.private_link_id) == ("link", link.id)
    admission.revoke(link, by="staff", at=LATER)
    with pytest.raises(admission.LinkRevoked):
        ask(event, "Blaise", link=link, at=LATER)
    with pytest.raises(admission.LinkRevoked):
        ask(make.event(), "Blaise", link=link, at=EARLY)

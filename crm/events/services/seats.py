"""Seats: sold once, given back, and given on to the next in the queue, under the lock of the event."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from crm import clock, history
from crm.db import db
from crm.directory import normal
from crm.directory.models import Person
from crm.errors import CrmError
from crm.events.admission import services as admission
from crm.events.admission.models import PrivateLink
from crm.events.admission.services import ByInvitation as ByInvitation
from crm.events.models import (
    Answer,
    Approval,
    Attendance,
    Event,
    EventState,
    Format,
    Invitation,
    Mode,
    Registration,
    Seat,
)
from crm.events.places import queries as places
from crm.events.places import services as places_of
from crm.events.services import agenda, telling, visitors
from crm.events.services.visitors import Standing, Visitor
from crm.mail import services as outbox
from crm.mail.models import Address
from crm.relations import services as relations
from crm.relations.models import Act
from crm.text import N_

# Where people come by themselves: there the event's approval is asked for.
STRANGERS = ("page", "link", "series")


class NotOpenYet(CrmError):
    text = N_("Registration for “%(event)s” is not open yet.")


class RegistrationClosed(CrmError):
    text = N_("Registration for “%(event)s” is closed.")


class EventCancelled(CrmError):
    text = N_("“%(event)s” is cancelled: there is nothing to register for.")


class EventPostponed(CrmError):
    text = N_("“%(event)s” is postponed and its new date is not known yet: registration opens again with it.")


class EventOver(CrmError):
    text = N_("“%(event)s” is over: registration is closed.")


class NotThatDayYet(CrmError):
    text = N_(
        "“%(event)s” has not begun: who came and who did not can be noted from its first day on. "
        "Who is excused can be noted now."
    )


class TooLateToWithdraw(CrmError):
    text = N_("It is too late to withdraw here: write to us if you cannot come.")


class NoSuchMode(CrmError):
    text = N_("Choose to come on site or to follow online.")
    field = "mode"


# Those who withdraw by themselves, until the deadline that the event sets.
THEMSELVES = frozenset({"public", "invitation", "calendar"})


def check_day(event: Event, attendance: Attendance, at: datetime) -> None:
    """Refuse to say who came or did not before the first day of the event, in its zone.

    Excuses come before. Raises NotThatDayYet.
    """
    if attendance in (Attendance.PRESENT, Attendance.ABSENT) and not has_begun(event, at):
        raise NotThatDayYet(event=event.title)


def has_begun(event: Event, at: datetime) -> bool:
    """Whether its first day has come, in its zone; never that of a postponed one."""
    day = clock.day(at, ZoneInfo(event.zone))
    return event.state != EventState.POSTPONED and day >= event.starts_wall.date()


def check_open(event: Event, at: datetime) -> None:
    """Raise the reason why nobody can register for the event at that instant, if there is one."""
    if event.state == EventState.DRAFT:
        raise NotOpenYet(event=event.title)
    if event.state == EventState.CANCELLED:
        raise EventCancelled(event=event.title)
    if event.state == EventState.POSTPONED:
        raise EventPostponed(event=event.title)
    if event.is_over(at):
        raise EventOver(event=event.title)
    if event.state == EventState.CLOSED:
        raise RegistrationClosed(event=event.title)


def mode_of(event: Event, asked: Mode | None) -> Mode:
    """How one takes part: chosen when the event is hybrid, given by it otherwise. Raises NoSuchMode."""
    if event.format == Format.HYBRID:
        if asked is None:
            raise NoSuchMode
        return asked
    return Mode.ONLINE if event.format == Format.ONLINE else Mode.ONSITE


def ask(
    event: Event,
    visitor: Visitor,
    *,
    mode: Mode | None,
    language: str,
    link: PrivateLink | None = None,
    at: datetime,
) -> Registration:
    """Register someone who came to the public page, or by a secret link, and write to them.

    A person with that address and name is recognised and never altered; anyone else is added to
    the directory. Where the event needs approval, this is a request. Raises NotOpenYet,
    RegistrationClosed, EventCancelled, EventOver, what `admission.check` raises, NoSuchMode, BadAddress.
    """
    check_open(event, at)
    admission.check(event, visitor.email, link=link, at=at)
    with history.together(db.session()):
        # Before the lock, which others wait for.
        person, address, standing = visitors.identified(
            visitor, language=language, zone=event.zone, by="public", at=at, hold=lambda: agenda.lock(event)
        )
        agenda.lock(event)
        check_open(event, at)
        admission.check_door(event, link=link, at=at)
        registration = _seated(
            event, person, mode=mode_of(event, mode), address=address, standing=standing,
            language=language, source="page" if link is None else "link", at=at,
        )  # fmt: skip
    if link is not None and registration.asked_at == at:
        registration.private_link_id = link.id
    return registration


def register(
    event: Event,
    person: Person,
    *,
    mode: Mode | None,
    address: Address | None,
    standing: Standing,
    language: str,
    source: str,
    at: datetime,
) -> Registration:
    """Give the person a seat at the event, or a place in the queue when none is left.

    Whoever is registered already keeps that registration; whoever withdrew goes to the end of the
    queue. Raises what `check_open` raises, admission.Ended for whoever answers an invitation, and
    NoSuchMode.
    """
    agenda.lock(event)
    known = _current(event, person, at)
    if known is not None and known.seat != Seat.WITHDRAWN and event.state != EventState.CANCELLED:
        if known.approval == Approval.ASKED and source not in STRANGERS:
            # Asked to come, or let in by hand: that is a yes. Nobody says it to themselves.
            grant(event, [known], by=source, at=at)
        return known
    check_open(event, at)
    if source == "invitation":
        admission.check_end(event, at)
    return _seated(
        event, person, mode=mode_of(event, mode), address=address, standing=standing,
        language=language, source=source, at=at,
    )  # fmt: skip


def grant(event: Event, asked: Sequence[Registration], *, by: str, at: datetime) -> None:
    """Say yes to these requests on a locked event, and write to each: a seat, or a place in the queue.

    Seats go to those who wait in the order in which they came, whoever is said yes to first.
    """
    for registration in asked:
        registration.approval, registration.decided_at, registration.decided_by = Approval.APPROVED, at, by
    db.session.flush()
    promote(event, at=at)
    for registration in asked:
        note(registration, Act.REGISTERED, at)
        _answered(registration, Answer.ACCEPTED, at)
        if registration.seat == Seat.WAITING:
            telling.of_approval(registration, at=at)


def _seated(
    event: Event,
    person: Person,
    *,
    mode: Mode,
    address: Address | None,
    standing: Standing,
    language: str,
    source: str,
    at: datetime,
) -> Registration:
    """The person's registration, on a locked event."""
    registration = None if standing.is_new else _current(event, person, at)
    if registration is not None and registration.seat != Seat.WITHDRAWN:
        return registration
    is_stranger = source in STRANGERS
    if registration is not None and registration.approval == Approval.REFUSED and is_stranger:
        # Only the association goes back on what it said.
        return registration
    approval = Approval.ASKED if event.needs_approval and is_stranger else Approval.NONE
    seen, group, seat = places.look(event, at=at), None, Seat.WAITING
    if seen[0].held:
        group = _group(event, person, standing, at)
    if approval != Approval.ASKED:
        newcomer = places.line_of(event, mode, group)
        seat = places_of.settle(event, at=at, newcomer=newcomer, seen=seen).newcomer
    facts: dict[str, Any] = {
        **_frozen(person, address, standing),
        "mode": mode,
        "quota_id": group,
        "seat": seat,
        "approval": approval,
        "language": language,
        "source": source,
        "asked_at": at,
        "withdrawn_at": None,
        "lapsed_at": None,
        "seated_at": at if seat == Seat.CONFIRMED else None,
    }
    if registration is None:
        registration = _made(event, person, facts)
    else:
        _set(registration, facts)
    if approval != Approval.ASKED:
        note(registration, Act.REGISTERED, at, is_known=not standing.is_new)
        if not standing.is_new:
            _answered(registration, Answer.ACCEPTED, at)
    telling.of_seat(registration, at=at, is_known=not standing.is_new)
    if address is not None and source != "staff":
        outbox.touched(address, at=at)
    return registration


def walk_in(
    event: Event,
    visitor: Visitor,
    *,
    mode: Mode | None,
    attendance: Attendance = Attendance.PRESENT,
    source: str = "walk_in",
    by: str,
    at: datetime,
) -> Registration:
    """Take in someone who came without having registered: seated and present, capacity or not.

    Whoever is registered already is only marked as present. An address is welcome, not needed. A
    list from elsewhere gives its own `attendance` and `source`. Raises EventCancelled, NotThatDayYet,
    NameMissing, BadAddress.
    """
    person, address, standing = visitors.identified(
        visitor, language=event.language, zone=event.zone, by=by, at=at, hold=lambda: agenda.lock(event)
    )
    agenda.lock(event)
    if event.state == EventState.CANCELLED:
        raise EventCancelled(event=event.title)
    check_day(event, attendance, at)
    registration = of_person(event, person)
    if registration is None:
        frozen = _frozen(person, address, standing)
        token = secrets.token_urlsafe(32)
        registration = Registration(event=event, person=person, token=token, **frozen)
        registration.mode = mode or mode_of(event, Mode.ONSITE)
        registration.source, registration.language, registration.asked_at = source, person.language, at
        registration.approval = Approval.NONE
        db.session.add(registration)
    was_there = registration.attendance == Attendance.PRESENT
    if registration.approval != Approval.NONE:
        registration.approval = Approval.APPROVED
    if registration.seat != Seat.CONFIRMED:
        registration.seat, registration.seated_at, registration.withdrawn_at = Seat.CONFIRMED, at, None
        registration.offer_ends_at = registration.lapsed_at = None
    if not was_there or attendance != Attendance.PRESENT:
        registration.attendance, registration.attendance_at = attendance, at
        registration.attendance_by = by
    db.session.flush()
    if not was_there and attendance == Attendance.PRESENT:
        note(registration, Act.ATTENDED, at)
    return registration


def withdraw(registration: Registration, *, by: str, at: datetime) -> list[Registration]:
    """Give the seat or the place in the queue back; return those who move up, who are written to.

    Withdrawing twice changes nothing. Raises EventCancelled, EventOver, and TooLateToWithdraw to those
    who withdraw by themselves.
    """
    event = registration.event
    agenda.lock(event)
    db.session.refresh(registration)
    if registration.seat == Seat.WITHDRAWN:
        return []
    if event.state == EventState.CANCELLED:
        raise EventCancelled(event=event.title)
    if event.is_over(at):
        raise EventOver(event=event.title)
    if by in THEMSELVES and registration.seat == Seat.CONFIRMED and withdraw_until(event) <= at:
        raise TooLateToWithdraw
    registration.seat, registration.seated_at, registration.withdrawn_at = Seat.WITHDRAWN, None, at
    registration.offer_ends_at = registration.lapsed_at = None
    db.session.flush()
    note(registration, Act.WITHDREW, at)
    _answered(registration, Answer.DECLINED, at)
    telling.of_withdrawal(registration, at=at)
    return promote(event, at=at)


def promote(event: Event, *, at: datetime) -> list[Registration]:
    """Give or offer free seats to those who wait, first come first served, and write to each."""
    agenda.lock(event)
    return places_of.settle(event, at=at).moved_up


def withdraw_until(event: Event) -> datetime:
    """Until when people may give a seat back by themselves."""
    if event.state == EventState.POSTPONED:
        return datetime.max.replace(tzinfo=UTC)
    if event.withdraw_hours is None:
        return event.ends_at
    return event.starts_at - timedelta(hours=event.withdraw_hours)


def seats_left(event: Event, mode: Mode | None = None) -> int | None:
    """How many seats are free for anybody; None when there is no limit. Exact on a locked event."""
    return places.seats_left(event, mode)


def has_room(event: Event, mode: Mode | None = None) -> bool:
    """Whether a stranger who takes part in that way, or in either, would get a seat now."""
    return seats_left(event, mode) != 0


def of_person(event: Event, person: Person) -> Registration | None:
    """The person's registration for the event, also when withdrawn."""
    if person.id is None:
        return None
    return db.session.scalar(
        select(Registration).where(Registration.event_id == event.id, Registration.person_id == person.id)
    )


def _group(event: Event, person: Person, standing: Standing, at: datetime) -> int | None:
    """The group whose places the person may take.

    Of somebody who became known just now a role does not count: whoever types the name of an
    organisation into a public page does not get a place that is held back for it.
    """
    day = clock.day(at, ZoneInfo(event.zone))
    return places.groups_of(event, [person.id], day=day, by_role=not standing.is_new).get(person.id)


def _current(event: Event, person: Person, at: datetime) -> Registration | None:
    """The person's registration, on a locked event; an offer that is over is taken back first."""
    known = of_person(event, person)
    if known is not None and known.offer_ends_at is not None and known.offer_ends_at <= at:
        places_of.settle(event, at=at)
    return known


def _made(event: Event, person: Person, facts: dict[str, Any]) -> Registration:
    """A new registration, written at once: of two for one person the second is refused by the database."""
    token = secrets.token_urlsafe(32)
    registration = Registration(event_id=event.id, person_id=person.id, token=token, **facts)
    history.write_new(db.session(), registration)
    return registration


def _set(registration: Registration, facts: dict[str, Any]) -> None:
    for name, fact in facts.items():
        setattr(registration, name, fact)
    db.session.flush()
    # Their keys are what was set.
    db.session.expire(registration, ["address", "role", "organisation", "quota"])


def _frozen(person: Person, address: Address | None, standing: Standing) -> dict[str, Any]:
    """The names, function and organisation of that day, as the registration keeps them."""
    by_name = normal.person_sort(person.given_name, person.family_name)
    return {
        "given_name": person.given_name,
        "family_name": person.family_name,
        "address_id": address.id if address is not None else None,
        "role_id": standing.role.id if standing.role is not None else None,
        "organisation_id": standing.organisation.id if standing.organisation is not None else None,
        "organisation_name": standing.organisation_name,
        "function": standing.function,
        "search": f"{by_name} {normal.words(standing.organisation_name)}".strip(),
    }


def _answered(registration: Registration, answer: Answer, at: datetime) -> None:
    """Registering and withdrawing are answers too, for whoever was invited."""
    db.session.execute(
        update(Invitation)
        .where(
            Invitation.event_id == registration.event_id,
            Invitation.person_id == registration.person_id,
            Invitation.answer != answer,
        )
        .values(answer=answer, answered_at=at)
    )


def note(registration: Registration, act: Act, at: datetime, *, is_known: bool = True) -> None:
    """One line about it in the log of the organisation that the person stands for."""
    event = registration.event
    relations.note(
        act=act,
        subject=f"events:{event.id}",
        title=event.title,
        person_id=registration.person_id,
        organisation_id=registration.organisation_id,
        is_known=is_known,
        at=at,
    )

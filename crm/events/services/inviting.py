"""Inviting the people of an audience, and taking their answers."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from crm import clock
from crm.db import db
from crm.directory.models import Person, Role
from crm.errors import CrmError
from crm.events.models import (
    Answer,
    Event,
    EventState,
    Invitation,
    Mode,
    PreparedInvitation,
    Registration,
    Seat,
)
from crm.events.places import services as places
from crm.events.queries import audience
from crm.events.queries.audience import Excluded
from crm.events.services import agenda, seats, telling, visitors
from crm.mail import services as outbox
from crm.mail.tokens import each_token
from crm.relations import services as relations
from crm.relations.models import Act
from crm.text import N_
from crm.writing import rows_of


class NotInvitable(CrmError):
    text = N_("Open registration for “%(event)s” before you invite people.")


class NobodyToInvite(CrmError):
    text = N_("Nobody of this list can be invited: see below why.")


class NotConfirmed(CrmError):
    text = N_("Confirm how many people you write to: tick the box, then press the button again.")
    field = "sure"


class HasBegun(CrmError):
    text = N_("“%(event)s” has begun: the answer cannot be changed any more.")


class IsRegistered(CrmError):
    text = N_("%(name)s is registered: withdraw the registration instead, and the entry leaves the calendar.")


class Uninvited(CrmError):
    text = N_("This invitation to “%(event)s” was taken back.")


def invite(
    event: Event,
    people: Select[Person],
    *,
    asking: Collection[Excluded] = (),
    at_most: int | None = None,
    by: str,
    at: datetime,
) -> int:
    """Invite everyone of the audience who can be; say how many.

    Each gets an invitation, one message in the outbox and one line in the log of the organisation
    they stand for that day: a few statements, whatever their number. `asking` is as in
    `audience.considered`: those who declined are asked anew. `at_most` is how many people whoever
    presses the button agreed to. Raises NotInvitable, NobodyToInvite, NotConfirmed, and what
    `seats.check_open` raises for events called off or over.
    """
    agenda.lock(event)
    if event.state == EventState.DRAFT:
        raise NotInvitable(event=event.title)
    seats.check_open(event, at)
    day = clock.day(at, ZoneInfo(event.zone))
    considered = audience.considered(event, people, day=day, asking=asking)
    count = _ask_anew(event, considered, by=by, at=at) + _add(event, considered, by=by, at=at)
    if not count:
        raise NobodyToInvite
    if at_most is not None and count > at_most:
        raise NotConfirmed
    telling.of_invitations(event, by=by, at=at)
    _note_invited(event, at)
    _prepared_no_longer(event, at)
    return count


def _prepared_no_longer(event: Event, at: datetime) -> None:
    """Whoever is invited at this instant was perhaps meant to be."""
    invited = select(Invitation.person_id).where(Invitation.event_id == event.id, Invitation.invited_at == at)
    meant = delete(PreparedInvitation).where(
        PreparedInvitation.event_id == event.id, PreparedInvitation.person_id.in_(invited)
    )
    db.session.execute(meant, execution_options={"synchronize_session": False})


def _add(event: Event, considered: Subquery, *, by: str, at: datetime) -> int:
    """One invitation for each of those considered who can be invited."""
    table = Invitation.__table__
    chosen = select(
        literal(event.id),
        considered.c.person_id,
        considered.c.address_id,
        considered.c.role_id,
        each_token(),
        considered.c.language,
        literal(at, table.c.invited_at.type),
        literal(by),
        literal(Answer.NONE, table.c.answer.type),
    ).where(considered.c.why.is_(None))
    columns = (
        "event_id", "person_id", "address_id", "role_id", "token", "language", "invited_at",
        "invited_by", "answer",
    )  # fmt: skip
    adding = insert(Invitation).from_select(columns, chosen, include_defaults=False)
    return rows_of(db.session(), adding)


def _ask_anew(event: Event, considered: Subquery, *, by: str, at: datetime) -> int:
    """Repeat the invitations that were taken back or declined, of those considered who can be invited."""
    over = or_(Invitation.uninvited_at.is_not(None), Invitation.answer == Answer.DECLINED)
    some = select(exists().where(Invitation.event_id == event.id, over))
    if not db.session.scalar(some):
        return 0
    asking = (
        update(Invitation)
        .where(
            Invitation.event_id == event.id,
            over,
            Invitation.person_id == considered.c.person_id,
            considered.c.why.is_(None),
        )
        .values(
            address_id=considered.c.address_id,
            role_id=considered.c.role_id,
            language=considered.c.language,
            turns=_turns() + 1,
            **_asked(by, at),
        )
        .execution_options(synchronize_session=False)
    )
    done = rows_of(db.session(), asking)
    db.session.expire_all()
    return done


def _asked(by: str, at: datetime) -> dict[str, Any]:
    """An invitation as it is when the person was just asked."""
    return {
        "invited_at": at,
        "invited_by": by,
        "answer": Answer.NONE,
        "answered_at": None,
        "answered_by": None,
        "nudges": 0,
        "nudged_at": None,
        "uninvited_at": None,
        "uninvited_by": None,
    }


def _turns() -> ColumnElement[int]:
    """The turns of the invitation, or those of its holder's registration where they are more."""
    seat = select(func.max(Registration.turns)).where(
        Registration.event_id == Invitation.event_id, Registration.person_id == Invitation.person_id
    )
    seats_turns = func.coalesce(seat.correlate(Invitation).scalar_subquery(), 0)
    return case((seats_turns > Invitation.turns, seats_turns), else_=Invitation.turns)


def uninvite(invitation: Invitation, *, by: str, at: datetime) -> bool:
    """Take an invitation back: the entry leaves the calendar; False when nothing had been sent yet.

    Taking back twice changes nothing. Raises IsRegistered, EventCancelled, HasBegun.
    """
    event = invitation.event
    agenda.lock(event)
    db.session.refresh(invitation)
    if invitation.uninvited_at is not None:
        return False
    _check_answerable(event, at)
    registration = seats.of_person(event, invitation.person)
    if registration is not None and registration.seat != Seat.WITHDRAWN:
        raise IsRegistered(name=invitation.person.name)
    turns = max(invitation.turns, registration.turns if registration is not None else 0)
    invitation.uninvited_at, invitation.uninvited_by, invitation.turns = at, by, turns + 1
    return telling.of_uninviting(invitation, at=at)


def invite_again(invitation: Invitation, *, by: str, at: datetime) -> int:
    """Ask somebody anew whose invitation was taken back, or who declined. Raises as `invite`."""
    people = select(Person).where(Person.id == invitation.person_id)
    return invite(invitation.event, people, asking=audience.CHOOSABLE, by=by, at=at)


def _check_answerable(event: Event, at: datetime) -> None:
    if event.state == EventState.CANCELLED:
        raise seats.EventCancelled(event=event.title)
    if event.state == EventState.POSTPONED:
        raise seats.EventPostponed(event=event.title)
    if event.starts_at <= at or event.state == EventState.HELD:
        raise HasBegun(event=event.title)


def answer(
    invitation: Invitation, answer: Answer, *, mode: Mode | None = None, by: str = "page", at: datetime
) -> Registration | None:
    """Take the invited person's answer; return their registration when there is one.

    Accepting registers them, for a seat or a place in the queue; declining gives a seat back. The
    answer can be changed until the event starts. `by` is the way it came: the page, a calendar, or
    the account that noted it. Raises HasBegun, Uninvited, EventCancelled, EventOver,
    RegistrationClosed, NoSuchMode, ModeFull, TooLateToWithdraw.
    """
    event = invitation.event
    agenda.lock(event)
    _check_answerable(event, at)
    if invitation.uninvited_at is not None:
        raise Uninvited(event=event.title)
    before = invitation.answer
    registration = _accept(invitation, mode, at) if answer == Answer.ACCEPTED else _decline(invitation, at)
    db.session.refresh(invitation)
    if invitation.answer != answer:
        invitation.answer, invitation.answered_at = answer, at
    if answer != before or by == "calendar":
        invitation.answered_by, invitation.answered_at = by, at
    outbox.touched(invitation.address, at=at)
    db.session.flush()
    return registration


def _accept(invitation: Invitation, mode: Mode | None, at: datetime) -> Registration:
    day = clock.day(at, ZoneInfo(invitation.event.zone))
    registration = seats.register(
        invitation.event,
        invitation.person,
        mode=mode,
        address=invitation.address,
        standing=visitors.main_standing(invitation.person, day),
        language=invitation.language,
        source="invitation",
        at=at,
    )
    if registration.seat == Seat.OFFERED:
        places.accept(registration, at=at)
    if mode is not None:
        places.change_mode(registration, seats.mode_of(invitation.event, mode), at=at)
    return registration


def _decline(invitation: Invitation, at: datetime) -> Registration | None:
    registration = seats.of_person(invitation.event, invitation.person)
    if registration is not None and registration.seat != Seat.WITHDRAWN:
        seats.withdraw(registration, by="invitation", at=at)
    return registration


def _note_invited(event: Event, at: datetime) -> None:
    """One line for each person invited at this instant, on the organisation they stand for."""
    stood_for: Any = (
        select(Invitation.person_id, Role.organisation_id)
        .outerjoin(Role, Role.id == Invitation.role_id)
        .where(Invitation.event_id == event.id, Invitation.invited_at == at)
    )
    relations.note_many(
        stood_for,
        act=Act.INVITED,
        subject=f"events:{event.id}",
        title=event.title,
        at=at,
    )

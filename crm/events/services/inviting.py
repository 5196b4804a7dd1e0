"""Inviting the people of an audience, and taking their answers."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, insert, literal, select

from crm import clock
from crm.db import db
from crm.directory.models import Person, Role
from crm.errors import CrmError
from crm.events.models import Answer, Event, EventState, Invitation, Mode, Registration, Seat
from crm.events.places import services as places
from crm.events.queries import audience
from crm.events.services import agenda, seats, telling, visitors
from crm.mail import services as outbox
from crm.mail.tokens import each_token
from crm.relations import services as relations
from crm.relations.models import Act
from crm.text import N_


class NotInvitable(CrmError):
    text = N_("Open registration for “%(event)s” before you invite people.")


class NobodyToInvite(CrmError):
    text = N_("Nobody of this list can be invited: see below why.")


class NotConfirmed(CrmError):
    text = N_("Confirm how many people you write to: tick the box, then press the button again.")
    field = "sure"


class HasBegun(CrmError):
    text = N_("“%(event)s” has begun: the answer cannot be changed any more.")


def invite(event: Event, people: Select[Person], *, at_most: int | None = None, by: str, at: datetime) -> int:
    """Invite everyone of the audience who can be; say how many.

    Each gets an invitation, one message in the outbox and one line in the log of the organisation
    they stand for that day: three statements, whatever their number. `at_most` is how many people
    whoever presses the button agreed to. Raises NotInvitable, NobodyToInvite, NotConfirmed, and what
    `seats.check_open` raises for events called off or over.
    """
    agenda.lock(event)
    if event.state == EventState.DRAFT:
        raise NotInvitable(event=event.title)
    seats.check_open(event, at)
    considered = audience.considered(event, people, day=clock.day(at, ZoneInfo(event.zone)))
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
    # PostgreSQL counts the rows of an INSERT only when asked to.
    added = db.session.execute(adding, execution_options={"preserve_rowcount": True})
    if not added.rowcount:  # type: ignore[attr-defined]
        raise NobodyToInvite
    if at_most is not None and added.rowcount > at_most:  # type: ignore[attr-defined]
        raise NotConfirmed
    telling.of_invitations(event, by=by, at=at)
    _note_invited(event, at)
    return int(added.rowcount)  # type: ignore[attr-defined]


def answer(
    invitation: Invitation, answer: Answer, *, mode: Mode | None = None, at: datetime
) -> Registration | None:
    """Take the invited person's answer; return their registration when there is one.

    Accepting registers them, for a seat or a place in the queue; declining gives a seat back. The
    answer can be changed until the event starts. Raises HasBegun, EventCancelled, EventOver,
    RegistrationClosed, NoSuchMode, ModeFull, TooLateToWithdraw.
    """
    event = invitation.event
    agenda.lock(event)
    if event.state == EventState.CANCELLED:
        raise seats.EventCancelled(event=event.title)
    if event.state == EventState.POSTPONED:
        raise seats.EventPostponed(event=event.title)
    if event.starts_at <= at or event.state == EventState.HELD:
        raise HasBegun(event=event.title)
    registration = _accept(invitation, mode, at) if answer == Answer.ACCEPTED else _decline(invitation, at)
    db.session.refresh(invitation)
    if invitation.answer != answer:
        invitation.answer, invitation.answered_at = answer, at
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

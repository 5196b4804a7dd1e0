"""Asking those who have not answered once more: few times, not too soon, and nobody who objected."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, select, update

from crm.db import db
from crm.errors import CrmError
from crm.events.models import Answer, Event, Invitation, Registration, Seat
from crm.events.services import agenda, inviting, seats, telling
from crm.mail import purposes
from crm.mail import services as outbox
from crm.mail.models import Address, Delivery, DeliveryState, Dispatch, Purpose
from crm.text import N_

MOST = 2  # times that somebody is asked again about one event
REST = timedelta(days=1)  # since the last time


class NobodyToNudge(CrmError):
    text = N_("Nobody can be asked again: see below why.")


class Left(StrEnum):
    """Why somebody who has not answered is not asked again; the first reason that holds is told."""

    NOT_ARRIVED = "not_arrived"
    HELD = "held"
    OBJECTED = "objected"
    OFTEN = "often"
    RECENT = "recent"


def considered(event: Event, *, at: datetime, rest: timedelta = REST) -> Select[Any]:
    """Each invitation without an answer as the outbox takes it, with `why` nobody writes again, or NULL."""
    arrived = exists().where(
        Delivery.kind == telling.INVITATION,
        Delivery.subject_id == Invitation.id,
        Delivery.state.in_(
            (DeliveryState.SENDING, DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.UNCERTAIN)
        ),
    )
    objected = purposes.withheld(Invitation.__table__.c.address_id, Purpose.INVITATION)
    last = func.coalesce(Invitation.nudged_at, Invitation.invited_at)
    why = case(
        (Address.held_since.is_not(None), Left.HELD.value),
        (~arrived, Left.NOT_ARRIVED.value),
        (objected, Left.OBJECTED.value),
        (Invitation.nudges >= MOST, Left.OFTEN.value),
        (last > literal(at - rest, Invitation.__table__.c.invited_at.type), Left.RECENT.value),
        else_=None,
    )
    return (
        select(
            Invitation.id.label("subject_id"),
            Invitation.address_id,
            Invitation.person_id,
            Invitation.language,
            (Invitation.turns * 100 + Invitation.nudges + 1).label("sequence"),
            why.label("why"),
        )
        .join(Address, Address.id == Invitation.address_id)
        .where(Invitation.event_id == event.id, is_silent())
    )


def is_silent() -> ColumnElement[bool]:
    """The invitation stands, and neither an answer nor a registration came."""
    registered = exists().where(
        Registration.event_id == Invitation.event_id,
        Registration.person_id == Invitation.person_id,
        Registration.seat != Seat.WITHDRAWN,
    )
    return and_(Invitation.answer == Answer.NONE, Invitation.uninvited_at.is_(None), ~registered)


def counted(event: Event, *, at: datetime, rest: timedelta = REST) -> Mapping[Left | None, int]:
    """How many would be asked again (None), and how many not for each reason."""
    asked = considered(event, at=at, rest=rest).subquery()
    rows = db.session.execute(select(asked.c.why, func.count()).group_by(asked.c.why))
    return {Left(why) if why else None: number for why, number in rows}


def nudge(event: Event, *, at_most: int, by: str, at: datetime) -> int:
    """Ask everyone again who has not answered and may be asked; say how many.

    `at_most` is how many people whoever presses the button agreed to. Raises NobodyToNudge,
    NotConfirmed, and what `seats.check_open` raises.
    """
    agenda.lock(event)
    seats.check_open(event, at)
    dispatch = telling.dispatch(event, Purpose.INVITATION, by, at)
    count = queue(event, kind=telling.NUDGE, dispatch=dispatch, at=at)
    if not count:
        raise NobodyToNudge
    if count > at_most:
        raise inviting.NotConfirmed
    return count


def queue(
    event: Event,
    *,
    kind: str,
    dispatch: Dispatch,
    at: datetime,
    subject_id: int | None = None,
    sequence: int | None = None,
    facts: dict[str, Any] | None = None,
    rest: timedelta = REST,
) -> int:
    """Write to those who may be asked again, and count it for each; how many messages."""
    chosen = considered(event, at=at, rest=rest).subquery("chosen")
    columns = [chosen.c.address_id, chosen.c.person_id, chosen.c.language]
    if subject_id is None:
        columns.append(chosen.c.subject_id)
    if sequence is None:
        columns.append(chosen.c.sequence)
    rows = select(*columns).where(chosen.c.why.is_(None))
    asked = select(chosen.c.subject_id).where(chosen.c.why.is_(None))
    count = outbox.queue_many(
        rows,
        kind=kind,
        purpose=Purpose.INVITATION,
        dispatch=dispatch,
        subject_id=subject_id,
        sequence=sequence or 0,
        facts=facts,
        at=at,
    )
    db.session.execute(
        update(Invitation)
        .where(Invitation.id.in_(asked))
        .values(nudges=Invitation.nudges + 1, nudged_at=at)
        .execution_options(synchronize_session=False)
    )
    db.session.expire_all()
    return count

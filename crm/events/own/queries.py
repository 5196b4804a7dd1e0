"""What is kept about a registration, as the person it is about reads it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select

from crm.db import db
from crm.events.models import Approval, Format, Registration, Seat
from crm.events.replies import again
from crm.events.services import telling
from crm.mail.models import Delivery


@dataclass(frozen=True)
class Written:
    """A message that was written to the person about the registration."""

    kind: str
    at: datetime


def somebody_waits(registration: Registration) -> bool:
    """Whether their seat would go to somebody of the waiting list."""
    event = registration.event
    waiting = select(Registration.id).where(
        Registration.event_id == event.id,
        Registration.seat == Seat.WAITING,
        Registration.approval != Approval.ASKED,
    )
    if event.format is Format.HYBRID:
        waiting = waiting.where(Registration.mode == registration.mode)
    return db.session.scalar(waiting.limit(1)) is not None


def messages(registration: Registration) -> list[Written]:
    """What was written to them about it, newest first."""
    rows = (
        select(Delivery.kind, Delivery.stamp)
        .where(
            or_(
                and_(Delivery.subject_id == registration.id, Delivery.kind.in_(telling.OF_REGISTRATIONS)),
                again.are_of(registration),
            ),
            Delivery.address_id == registration.address_id,
        )
        .order_by(Delivery.stamp.desc(), Delivery.id.desc())
        .limit(100)
    )
    return [Written(kind, stamp) for kind, stamp in db.session.execute(rows)]

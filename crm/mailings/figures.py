"""What became of a mailing, in numbers alone: of its readers together, never of one."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, func, select

from crm.db import db
from crm.events.models import Answer, Invitation, Registration, Seat
from crm.mail import queries as outbox
from crm.mail.models import Delivery, DeliveryState
from crm.mailings import blocks
from crm.mailings.blocks import BlockKind
from crm.mailings.clicks import counting
from crm.mailings.clicks.models import MailingLink
from crm.mailings.models import Mailing

_LEFT = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.BOUNCED)


@dataclass(frozen=True)
class Figures:
    """`delivered` is known only where the provider tells it, and `registered` and `answered` only of events.

    `links` are those that are counted; programs that check mail open them too.
    """

    sent: int = 0
    delivered: int = 0
    bounced: int = 0
    answered: int | None = None
    registered: int | None = None
    links: list[MailingLink] = field(default_factory=list)

    @property
    def opened(self) -> int:
        return sum(link.opened for link in self.links)


def of(mailing: Mailing) -> Figures | None:
    """None for what has not left."""
    if mailing.dispatch_id is None:
        return None
    counts = outbox.counts(mailing.dispatch_id)
    events = _events(mailing)
    return Figures(
        sent=sum(counts.get(state, 0) for state in _LEFT),
        delivered=counts.get(DeliveryState.DELIVERED, 0),
        bounced=counts.get(DeliveryState.BOUNCED, 0),
        answered=_answered(mailing, events) if events else None,
        registered=_registered(mailing, events) if events else None,
        links=counting.links(mailing),
    )


def _events(mailing: Mailing) -> set[int]:
    """The events that it is about, or shows the card of."""
    kind, _colon, key = (mailing.subject_ref or "").partition(":")
    shown = blocks.used(mailing.body_fr, mailing.body_en)
    keys = {block.key for block in shown if block.kind is BlockKind.EVENT and block.key}
    return keys | ({int(key)} if kind == "events" and key.isdecimal() else set())


def _readers(mailing: Mailing) -> Select[Any]:
    """The people to whom it went."""
    return select(Delivery.person_id).where(
        Delivery.dispatch_id == mailing.dispatch_id,
        Delivery.person_id.is_not(None),
        Delivery.state.in_(_LEFT),
    )


def _registered(mailing: Mailing, events: set[int]) -> int:
    """How many of its readers registered since it left, and did not withdraw."""
    asked = select(func.count(Registration.person_id.distinct())).where(
        Registration.event_id.in_(events),
        Registration.seat != Seat.WITHDRAWN,
        Registration.asked_at >= mailing.left_at,
        Registration.person_id.in_(_readers(mailing)),
    )
    return db.session.scalar(asked) or 0


def _answered(mailing: Mailing, events: set[int]) -> int:
    """How many of its readers answered their invitation since it left."""
    asked = select(func.count(Invitation.person_id.distinct())).where(
        Invitation.event_id.in_(events),
        Invitation.answer != Answer.NONE,
        Invitation.answered_at >= mailing.left_at,
        Invitation.person_id.in_(_readers(mailing)),
    )
    return db.session.scalar(asked) or 0

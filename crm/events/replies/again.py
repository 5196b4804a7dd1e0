"""A calendar asks for its entry: what holds now is sent anew to whom it was written for (RFC 5546, 3.2.6).

The request is believed as far as an answer would be, and nothing goes to an address that it names.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from crm.db import db
from crm.errors import CrmError
from crm.events.models import Approval, Event, EventState, Invitation, Registration, Seat
from crm.events.replies.matching import Match
from crm.events.replies.models import CalendarReply
from crm.events.services import seats, telling
from crm.mail import services as outbox
from crm.mail.models import Address, Delivery, Purpose
from crm.text import N_

METHOD = "REFRESH"
KIND = "events.again"
MOST = 4  # to one address within a day: a calendar that asks more often is broken, or somebody plays with it
DAY = timedelta(hours=24)
_HELD = {
    Seat.CONFIRMED: telling.SEAT,
    Seat.OFFERED: telling.OFFER,
    Seat.WAITING: telling.WAITING,
    Seat.WITHDRAWN: telling.WITHDRAWN,
}


class NoEntry(CrmError):
    text = N_("It asks for its entry, and there is none that could be sent: answer by hand.")


class TooOften(CrmError):
    text = N_("It asked more than %(number)s times within a day: nothing more was sent.")


def send(reply: CalendarReply, found: Match, *, at: datetime) -> Delivery:
    """Queue the entry that holds now, once for this request. Raises NoEntry, EventOver, TooOften."""
    event = found.event
    if event is None:
        raise NoEntry
    if event.ends_at <= at and event.state is not EventState.POSTPONED:
        raise seats.EventOver(event=event.title)
    kind, about = _what_holds(event, found.invitation, found.registration)
    # Held until the unit of work ends, so that two requests at once are both counted.
    address = db.session.get_one(Address, about.address_id, with_for_update=True)
    sent = select(func.count()).where(
        Delivery.kind == KIND, Delivery.address_id == address.id, Delivery.stamp > at - DAY
    )
    if (db.session.scalar(sent) or 0) >= MOST:
        raise TooOften(number=MOST)
    facts: dict[str, Any] = {"kind": kind, "about": about.id, "asked": True}
    if event.state is EventState.POSTPONED:
        facts |= telling.POSTPONED
    return outbox.queue(
        kind=KIND,
        subject_id=reply.id,
        address=address,
        person_id=about.person_id,
        purpose=Purpose.INVITATION if kind == telling.INVITATION else Purpose.SERVICE,
        language=about.language,
        sequence=event.sequence + about.turns,
        facts=facts,
        at=at,
    )


def _what_holds(
    event: Event, invitation: Invitation | None, registration: Registration | None
) -> tuple[str, Invitation | Registration]:
    """Which message told last of the entry, and what it was about.

    A registration speaks for its person until it was withdrawn and the person invited anew.
    """
    is_off = event.state in (EventState.CANCELLED, EventState.POSTPONED)
    if invitation is not None and not _speaks(registration, invitation):
        if invitation.uninvited_at is not None:
            raise NoEntry
        return telling.INVITATION_OFF if is_off else telling.INVITATION, invitation
    if registration is None or registration.address_id is None:
        raise NoEntry
    if is_off:
        return telling.REGISTRATION_OFF, registration
    if registration.seat is Seat.WITHDRAWN and (
        registration.approval is Approval.REFUSED or registration.lapsed_at is not None
    ):
        raise NoEntry
    is_request = registration.seat is Seat.WAITING and registration.approval is Approval.ASKED
    return telling.ASKED if is_request else _HELD[registration.seat], registration


def _speaks(registration: Registration | None, invitation: Invitation) -> bool:
    if registration is None or registration.address_id is None:
        return False
    return registration.seat is not Seat.WITHDRAWN or registration.turns > invitation.turns


def are_of(registration: Registration) -> ColumnElement[bool]:
    """The entries that were sent again to whoever registered there."""
    here = select(CalendarReply.id).where(CalendarReply.event_id == registration.event_id)
    return and_(
        Delivery.kind == KIND,
        Delivery.subject_id.in_(here),
        Delivery.person_id.is_not(None),
        Delivery.person_id == registration.person_id,
    )

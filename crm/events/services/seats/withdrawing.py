"""Giving a seat back, or a place in the queue."""

from datetime import datetime

from crm.db import db
from crm.events.models import Answer, EventState, Registration, Seat
from crm.events.services import agenda, telling
from crm.events.services.seats.opening import withdraw_until
from crm.events.services.seats.records import answered, note
from crm.events.services.seats.refusals import EventCancelled, EventOver, TooLateToWithdraw
from crm.events.services.seats.room import promote
from crm.relations.models import Act

# Those who withdraw by themselves, until the deadline that the event sets.
THEMSELVES = frozenset({"public", "invitation", "calendar"})


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
    answered(registration, Answer.DECLINED, at)
    telling.of_withdrawal(registration, at=at)
    return promote(event, at=at)

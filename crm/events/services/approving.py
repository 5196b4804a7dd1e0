"""Approving and refusing those who asked to come."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, func, select

from crm import history
from crm.db import db
from crm.errors import CrmError
from crm.events.models import Approval, Event, EventState, Registration, Seat
from crm.events.services import agenda, seats, telling
from crm.text import N_, clean

LONGEST = 2_000


class NobodyChosen(CrmError):
    text = N_("Tick at least one request.")


class AlreadyDecided(CrmError):
    text = N_("Somebody has answered these requests meanwhile. Reload the page to see where they stand.")


class WordsTooLong(CrmError):
    text = N_("Keep these words under 2,000 characters.")
    field = "words"


def requests(event: Event) -> Select[Registration]:
    """Who asked to come and has no answer yet, in order of arrival."""
    return (
        select(Registration)
        .where(
            Registration.event_id == event.id,
            Registration.seat == Seat.WAITING,
            Registration.approval == Approval.ASKED,
        )
        .order_by(Registration.asked_at, Registration.id)
    )


def number_asked(event: Event) -> int:
    return db.session.scalar(select(func.count()).select_from(requests(event).order_by(None).subquery())) or 0


def approve(event: Event, keys: Collection[int], *, by: str, at: datetime) -> list[Registration]:
    """Say yes to these requests and write to each; those who get no seat keep their place in the queue.

    Whoever asked first is served first, whatever the order of the keys. Raises NobodyChosen,
    AlreadyDecided, EventCancelled, EventOver.
    """
    found = _asked(event, keys, by=by, at=at)
    seats.grant(event, found, by=by, at=at)
    return found


def refuse(
    event: Event, keys: Collection[int], *, words: str = "", by: str, at: datetime
) -> list[Registration]:
    """Say no to these requests and write to each, with `words` where there are any.

    Raises NobodyChosen, AlreadyDecided, WordsTooLong, EventCancelled, EventOver.
    """
    if len(words) > LONGEST:
        raise WordsTooLong
    found = _asked(event, keys, by=by, at=at)
    for registration in found:
        registration.approval, registration.decided_at = Approval.REFUSED, at
        registration.decided_by = by
        registration.seat, registration.withdrawn_at = Seat.WITHDRAWN, at
        telling.of_refusal(registration, words=clean(words), at=at)
    db.session.flush()
    return found


def _asked(event: Event, keys: Collection[int], *, by: str, at: datetime) -> list[Registration]:
    history.act_as(db.session(), by)
    agenda.lock(event)
    if not keys:
        raise NobodyChosen
    if event.state == EventState.CANCELLED:
        raise seats.EventCancelled(event=event.title)
    if event.is_over(at):
        raise seats.EventOver(event=event.title)
    found = list(db.session.scalars(requests(event).where(Registration.id.in_(keys))))
    if len(found) != len(set(keys)):
        raise AlreadyDecided
    return found

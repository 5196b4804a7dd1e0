"""What people do with their registration by themselves."""

from datetime import datetime

from crm.db import db
from crm.errors import CrmError
from crm.events.admission import services as admission
from crm.events.models import Event, EventState, Mode, Registration, Seat
from crm.events.places import services as places
from crm.events.services import agenda, seats
from crm.events.services.visitors import Standing
from crm.text import N_


class NoLongerKnown(CrmError):
    text = N_("What was kept about this registration was erased: register anew on the page of the event.")


class HasBegun(CrmError):
    text = N_("“%(event)s” has begun: how you take part cannot be changed here any more.")


def come_back(registration: Registration, *, at: datetime) -> Registration:
    """Ask for a place again after having withdrawn, or let an offer pass: at the end of the queue.

    Whoever has a seat, waits or asked to be let in is there already: nothing changes.
    Raises NoLongerKnown, and what `seats.check_open` and `admission.check_end` raise.
    """
    if registration.person is None or registration.erasure_asked_at is not None:
        raise NoLongerKnown
    agenda.lock(registration.event)
    db.session.refresh(registration)
    if registration.seat != Seat.WITHDRAWN:
        return registration
    admission.check_end(registration.event, at)
    return seats.register(
        registration.event,
        registration.person,
        mode=registration.mode,
        address=registration.address,
        standing=Standing(
            registration.role,
            registration.organisation,
            registration.organisation_name,
            registration.function,
        ),
        language=registration.language,
        source=registration.source,
        at=at,
    )


def has_begun(event: Event, at: datetime) -> bool:
    return event.is_over(at) or (event.starts_at <= at and event.state != EventState.POSTPONED)


def change_mode(registration: Registration, mode: Mode, *, at: datetime) -> list[Registration]:
    """Come on site instead of following online, or the other way round; return who moves up.

    Raises EventCancelled, HasBegun, and what `places.change_mode` raises.
    """
    event = registration.event
    agenda.lock(event)
    if event.state == EventState.CANCELLED:
        raise seats.EventCancelled(event=event.title)
    if has_begun(event, at):
        raise HasBegun(event=event.title)
    if registration.seat == Seat.WITHDRAWN:
        return []
    return places.change_mode(registration, seats.mode_of(event, mode), at=at)

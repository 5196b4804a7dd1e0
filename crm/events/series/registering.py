"""One registration for a whole series: a seat or a place in each queue, and one message about all."""

import secrets
from datetime import datetime

from sqlalchemy import delete, select

from crm.db import db
from crm.directory.models import Person
from crm.errors import CrmError
from crm.events.admission import services as admission
from crm.events.models import Event, EventState, Mode, Seat
from crm.events.series import queries
from crm.events.series.models import Series, SeriesRegistration
from crm.events.services import agenda, seats, telling, visitors
from crm.events.services.visitors import Visitor
from crm.mail import services as outbox
from crm.mail.models import Address, Delivery, DeliveryState, Purpose
from crm.text import N_

JOINED = "events.series"
LEFT = "events.series_left"
SOURCE = "series"
EACH = (telling.SEAT, telling.WAITING, telling.ASKED, telling.WITHDRAWN)


class NothingOpen(CrmError):
    text = N_("No event of “%(series)s” can be registered for at the moment.")


class NotJoint(CrmError):
    text = N_("One registers for each event of “%(series)s” on its own page.")


class BySeries(CrmError):
    """Not a mistake: the registration of this event is that of its series."""

    text = N_("This event is part of “%(series)s”: one registration holds for the whole series.")


def register(
    series: Series, visitor: Visitor, *, mode: Mode | None, language: str, at: datetime
) -> SeriesRegistration:
    """Register someone for every event of the series that is open, and write to them once.

    Whoever is registered keeps each seat as it is, and gets what has opened since. Raises NotJoint,
    NothingOpen, and what `seats.ask` raises.
    """
    if not series.is_joint:
        raise NotJoint(series=series.title)
    opened = _admitting(queries.open_ones(series, at=at), visitor.email, at)
    if not opened:
        raise NothingOpen(series=series.title)

    def hold() -> None:
        # In the order of their keys, so that two people who register at once do not wait for each other.
        for event in sorted(opened, key=lambda each: each.id):
            agenda.lock(event)

    person, address, standing = visitors.identified(
        visitor, language=language, zone=opened[0].zone, by="public", at=at, hold=hold
    )
    hold()
    registration = _known(series, person)
    if registration is None or registration.withdrawn_at is not None:
        registration = _of(series, person, address, mode or Mode.ONSITE, language, at)
    else:
        # A stranger who knows name and address changes nothing of what is there.
        mode, address, language = registration.mode, registration.address, registration.language
    for event in opened:
        known = seats.of_person(event, person)
        if known is not None and known.seat is not Seat.WITHDRAWN:
            # A seat, a place in the queue or a request stays what it is.
            continue
        seats.register(
            event, person, mode=mode, address=address, standing=standing,
            language=language, source=SOURCE, at=at,
        )  # fmt: skip
    hush(registration, at)
    registration.turns += 1
    _tell(JOINED, registration, at)
    if address is not None:
        outbox.touched(address, at=at)
    return registration


def _admitting(opened: list[Event], email: str, at: datetime) -> list[Event]:
    """Those of these events that take a registration of this address: by their hours and closed lists."""
    found = []
    for event in opened:
        try:
            admission.check(event, email, at=at)
        except CrmError:
            continue
        found.append(event)
    return found


def withdraw(registration: SeriesRegistration, *, at: datetime) -> int:
    """Give every seat back that is still to come, with one message; how many. Twice changes nothing."""
    given_back = 0
    for seat in sorted(queries.seats_of(registration), key=lambda each: each.event_id):
        event = seat.event
        if (
            seat.seat is not Seat.WITHDRAWN
            and event.state is not EventState.CANCELLED
            and not event.is_over(at)
        ):
            seats.withdraw(seat, by="public", at=at)
            given_back += 1
    if registration.withdrawn_at is None:
        registration.withdrawn_at = at
        registration.turns += 1
    hush(registration, at)
    if given_back:
        _tell(LEFT, registration, at)
    return given_back


def seat_everyone(event: Event, *, at: datetime) -> int:
    """Give whoever is registered for the whole series a seat at an event that has just opened.

    First registered, first seated; each gets the message of that event. Whom its closed list does not
    name, and anybody where it is by invitation, gets none. How many.
    """
    series = queries.of(event)
    if series is None or not series.is_joint or event.state is not EventState.OPEN or event.is_over(at):
        return 0
    rows = (
        select(SeriesRegistration)
        .where(SeriesRegistration.series_id == series.id, SeriesRegistration.withdrawn_at.is_(None))
        .order_by(SeriesRegistration.asked_at, SeriesRegistration.id)
    )
    count = 0
    for registration in db.session.scalars(rows):
        if _may_come(event, registration, at) and seats.of_person(event, registration.person) is None:
            seats.register(
                event,
                registration.person,
                mode=registration.mode,
                address=registration.address,
                standing=visitors.main_standing(registration.person, event.starts_wall.date()),
                language=registration.language,
                source=SOURCE,
                at=at,
            )
            count += 1
    return count


def _may_come(event: Event, registration: SeriesRegistration, at: datetime) -> bool:
    """Whether somebody of the series may have a seat here: closed lists and invitations hold for all."""
    email = registration.address.email if registration.address is not None else ""
    try:
        admission.check_person(event, email, at=at)
    except CrmError:
        return False
    return True


def check(series: Series | None) -> None:
    """Raise BySeries where one registers for the whole of the event's series only."""
    if series is not None and series.is_joint:
        raise BySeries(series=series.title)


def _known(series: Series, person: Person) -> SeriesRegistration | None:
    return db.session.scalar(
        select(SeriesRegistration).where(
            SeriesRegistration.series_id == series.id, SeriesRegistration.person_id == person.id
        )
    )


def _of(
    series: Series, person: Person, address: Address | None, mode: Mode, language: str, at: datetime
) -> SeriesRegistration:
    known = _known(series, person)
    if known is None:
        known = SeriesRegistration(
            series=series, person=person, token=secrets.token_urlsafe(32), asked_at=at, turns=0
        )
        db.session.add(known)
    elif known.withdrawn_at is not None:
        known.asked_at, known.withdrawn_at = at, None
    known.address, known.mode, known.language = address, mode, language
    db.session.flush()
    return known


def hush(registration: SeriesRegistration, at: datetime) -> None:
    """Take back the messages about single events that were queued in this unit of work: one says it all."""
    own = [seat.id for seat in queries.seats_of(registration)]
    db.session.execute(
        delete(Delivery)
        .where(
            Delivery.kind.in_(EACH),
            Delivery.subject_id.in_(own),
            Delivery.stamp == at,
            Delivery.state == DeliveryState.QUEUED,
        )
        .execution_options(synchronize_session=False)
    )
    db.session.expire_all()


def _tell(kind: str, registration: SeriesRegistration, at: datetime) -> None:
    if registration.address is None:
        return
    outbox.queue(
        kind=kind,
        subject_id=registration.id,
        address=registration.address,
        person_id=registration.person_id,
        purpose=Purpose.SERVICE,
        language=registration.language,
        sequence=registration.turns,
        at=at,
    )

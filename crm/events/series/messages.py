"""What people read who registered for a whole series: one message, with the entries of all its events."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.events import dates, ical
from crm.events.messages import GONE, SEAT_CHANGED, entry, greeting, mailboxes_of, still_coming
from crm.events.models import Approval, EventState, Registration, Seat
from crm.events.queries import attendance
from crm.events.series import queries, registering
from crm.events.series.models import SeriesRegistration
from crm.mail.composers import Claimed, Suppressed, composes
from crm.mail.composing import Button, Letter, lay_out, place
from crm.mail.message import Message


def _about(deliveries: Sequence[Claimed]) -> dict[int, SeriesRegistration]:
    rows = (
        select(SeriesRegistration)
        .where(SeriesRegistration.id.in_([delivery.subject_id for delivery in deliveries]))
        .options(joinedload(SeriesRegistration.series), joinedload(SeriesRegistration.person))
    )
    return {row.id: row for row in db.session.scalars(rows)}


@composes(registering.JOINED)
def joined(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """Say of each event whether there is a seat; the entries of those where there is one go with it."""
    about = _about(deliveries)
    for delivery in deliveries:
        registration = about.get(delivery.subject_id)
        if registration is None:
            yield Suppressed(GONE)
        elif registration.withdrawn_at is not None or registration.turns != delivery.sequence:
            yield Suppressed(SEAT_CHANGED)
        else:
            yield _joined(delivery, registration)


def _joined(delivery: Claimed, registration: SeriesRegistration) -> Message:
    series, seats = registration.series, _seats(registration)
    name = registration.person.name
    with force_locale(delivery.language):
        letter = Letter(
            language=delivery.language,
            title=series.title,
            subject=_("You are registered: %(event)s", event=series.title),
            body=greeting(
                _(
                    "You are registered for the whole series. The attached entries put its dates into "
                    "your calendar."
                )
            ),
            facts=tuple((_state(seat), f"{seat.event.title}, {dates.when(seat.event)}") for seat in seats),
            buttons=(Button(_("See or withdraw your registration"), place("own_url")),),
            notices=(_("You receive this message because you registered for this series."),),
            house=delivery.origin.name,
        )
    said = lay_out(letter).fill(
        name=name, own_url=f"{delivery.origin.base_url}/r/series/{registration.token}"
    )
    kept = [seat for seat in seats if seat.seat is Seat.CONFIRMED]
    if not kept:
        return delivery.message(**said._asdict(), to_name=name)
    content = calendar(registration, kept, language=delivery.language, stamp=delivery.stamp)
    return delivery.message(**said._asdict(), to_name=name, ics=content, method="PUBLISH")


def _state(seat: Registration) -> str:
    if seat.seat is Seat.CONFIRMED:
        return str(_("Registered"))
    if seat.approval is Approval.ASKED:
        return str(_("Asks to come"))
    return str(_("Waiting list, place %(place)s", place=attendance.place_in_queue(seat)))


def _seats(registration: SeriesRegistration) -> list[Registration]:
    return [
        seat
        for seat in queries.seats_of(registration)
        if seat.seat is not Seat.WITHDRAWN and seat.event.state is not EventState.CANCELLED
    ]


def calendar(
    registration: SeriesRegistration,
    seats: Sequence[Registration],
    *,
    language: str,
    stamp: datetime | None = None,
    is_off: bool = False,
) -> bytes:
    """The entries of these seats in one calendar (PUBLISH: a REQUEST holds one event, RFC 5546 3.2.2).

    Each has the organizer that later messages about its event have: calendars refuse another one's changes.
    """
    mailboxes = mailboxes_of(
        {seat.event_id for seat in seats}, {seat.address_id for seat in seats if seat.address_id is not None}
    )
    entries = []
    for seat in seats:
        one = entry(
            seat.event, language, mode=seat.mode, sequence=seat.event.sequence + seat.turns, stamp=stamp
        )
        one = replace(one, organizer=mailboxes.get((seat.event_id, seat.address_id or 0)) or one.organizer)
        entries.append(replace(one, status=ical.Status.CANCELLED) if is_off else one)
    return ical.feed(registration.series.title, entries, with_links=True)


@composes(registering.LEFT)
def left(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """Confirm that the registration for the series is withdrawn; its entries go out of the calendar."""
    about = _about(deliveries)
    for delivery in deliveries:
        registration = about.get(delivery.subject_id)
        if registration is None:
            yield Suppressed(GONE)
        elif registration.withdrawn_at is None or registration.turns != delivery.sequence:
            yield Suppressed(SEAT_CHANGED)
        else:
            yield _left(delivery, registration)


def _left(delivery: Claimed, registration: SeriesRegistration) -> Message:
    series, name = registration.series, registration.person.name
    gone = [
        seat
        for seat in queries.seats_of(registration)
        if seat.seat is Seat.WITHDRAWN and seat.withdrawn_at == registration.withdrawn_at
    ]
    with force_locale(delivery.language):
        letter = Letter(
            language=delivery.language,
            title=series.title,
            subject=_("Registration withdrawn: %(event)s", event=series.title),
            body=greeting(
                _(
                    "Your registration for the whole series is withdrawn. Thank you for leaving your "
                    "seats to others."
                )
            ),
            facts=tuple((_("Withdrawn"), f"{seat.event.title}, {dates.when(seat.event)}") for seat in gone),
            notices=(_("You receive this message because you registered for this series."),),
            house=delivery.origin.name,
        )
    said = lay_out(letter).fill(name=name)
    # A mailbox shared with somebody who still comes keeps the entries, which are of the same events.
    coming = still_coming((seat.event_id for seat in gone), (delivery.address_id,))
    off = [seat for seat in gone if (seat.event_id, delivery.address_id) not in coming]
    if not off:
        return delivery.message(**said._asdict(), to_name=name)
    content = calendar(registration, off, language=delivery.language, stamp=delivery.stamp, is_off=True)
    return delivery.message(**said._asdict(), to_name=name, ics=content, method="PUBLISH")

"""What people read whose request was refused, or who gave their seat back."""

from collections.abc import Iterable, Iterator, Sequence

from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import select

from crm.db import db
from crm.events import dates, ical
from crm.events.messages.entries import entry
from crm.events.messages.parts import (
    GONE,
    SEAT_CHANGED,
    answers_to,
    facts_of,
    greeting,
    name_of,
    subjects,
    with_entry,
)
from crm.events.models import Approval, Registration, Seat
from crm.events.services import telling
from crm.mail.composers import Claimed, Suppressed, composes
from crm.mail.composing import Letter, lay_out
from crm.mail.message import Message
from crm.text import N_


@composes(telling.REFUSED)
def refused(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """Tell someone that the request cannot be granted, in the association's own words where it gave some."""
    about = subjects(Registration, deliveries)
    for delivery in deliveries:
        registration = about.get(delivery.subject_id)
        if registration is None:
            yield Suppressed(GONE)
        elif registration.approval != Approval.REFUSED:
            yield Suppressed(SEAT_CHANGED)
        else:
            yield _refused(delivery, registration)


def _refused(delivery: Claimed, registration: Registration) -> Message:
    event, name = registration.event, name_of(registration)
    with force_locale(delivery.language):
        body = greeting(_("We are sorry: we cannot take your request to come to this event."))
        if words := str(delivery.facts.get("words", "")):
            body += Markup("").join(Markup("<p>{}</p>").format(line) for line in words.splitlines() if line)
        letter = Letter(
            language=delivery.language,
            title=event.title,
            subject=_("Your request: %(event)s", event=event.title),
            teaser=dates.when(event),
            body=body,
            facts=facts_of(event, registration.mode),
            notices=(_("You receive this message because you asked to come to this event."),),
            house=delivery.origin.name,
        )
    return delivery.message(**lay_out(letter).fill(name=name)._asdict(), to_name=name)


@composes(telling.WITHDRAWN)
def withdrawn(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """Confirm that a registration is withdrawn, and take the entry out of the calendar: CANCEL for one.

    A mailbox shared with somebody who still comes keeps the entry, which is of the same event.
    """
    about = subjects(Registration, deliveries)
    mailboxes = answers_to(deliveries, about)
    coming = still_coming(
        (registration.event_id for registration in about.values()),
        (delivery.address_id for delivery in deliveries),
    )
    for delivery in deliveries:
        registration = about.get(delivery.subject_id)
        if registration is None:
            yield Suppressed(GONE)
        elif registration.seat != Seat.WITHDRAWN:
            yield Suppressed(SEAT_CHANGED)
        else:
            keeps = (registration.event_id, delivery.address_id) in coming
            yield _withdrawn(delivery, registration, mailboxes[delivery.id], keeps=keeps)


def still_coming(event_ids: Iterable[int], address_ids: Iterable[int]) -> set[tuple[int, int | None]]:
    """By event, those of these addresses at which somebody has a seat."""
    rows = select(Registration.event_id, Registration.address_id).where(
        Registration.event_id.in_(set(event_ids)),
        Registration.address_id.in_(set(address_ids)),
        Registration.seat == Seat.CONFIRMED,
    )
    return {(event_id, address_id) for event_id, address_id in db.session.execute(rows)}


def _withdrawn(delivery: Claimed, registration: Registration, mailbox: str, *, keeps: bool) -> Message:
    event, name = registration.event, name_of(registration)
    thanks = N_("Your registration is withdrawn. Thank you for leaving your seat to someone else.")
    with force_locale(delivery.language):
        letter = Letter(
            language=delivery.language,
            title=event.title,
            subject=_("Registration withdrawn: %(event)s", event=event.title),
            teaser=dates.when(event),
            body=greeting(_(thanks)),
            facts=facts_of(event, registration.mode),
            notices=(_("You receive this message because you registered for this event."),),
            house=delivery.origin.name,
        )  # fmt: skip
    if keeps:
        return delivery.message(**lay_out(letter).fill(name=name)._asdict(), to_name=name)
    gone = entry(
        event, delivery.language, mode=registration.mode, sequence=delivery.sequence, stamp=delivery.stamp
    )
    ics = ical.cancellation(gone, ical.Attendee(delivery.email, name, mailbox), whole_event=False)
    return with_entry(delivery, lay_out(letter).fill(name=name), name, ics, "CANCEL")

"""What people read who registered: a seat with its entry, a place in the queue, a request that came."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from crm.events import dates, ical
from crm.events.messages.entries import entry
from crm.events.messages.parts import (
    GONE,
    SEAT_CHANGED,
    answers_to,
    as_asked,
    facts_of,
    greeting,
    name_of,
    subjects,
    too_late,
)
from crm.events.models import Approval, Event, Mode, Registration, Seat
from crm.events.papers import codes
from crm.events.queries import attendance
from crm.events.services import telling
from crm.mail.composers import Claimed, Suppressed, composes
from crm.mail.composing import Button, Letter, lay_out, place
from crm.mail.message import Attached, Message
from crm.text import N_

IN_QUEUE = N_(
    "Every seat is taken: you are on the waiting list, at place %(place)s today. "
    "We write to you as soon as a seat is free."
)


@composes(telling.SEAT)
def seat(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """Confirm a seat, or tell of a change: the entry, already accepted."""
    yield from _each_registration(deliveries, Seat.CONFIRMED, _seat)


@composes(telling.PROMOTION)
def promotion(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """Tell someone who waited that a seat has become free for them."""
    yield from _each_registration(deliveries, Seat.CONFIRMED, _seat)


@composes(telling.WAITING)
def waiting(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """Tell someone that every seat is taken and that they are in the queue."""
    yield from _each_registration(deliveries, Seat.WAITING, _waiting)


def _each_registration(
    deliveries: Sequence[Claimed],
    seat: Seat,
    compose: Callable[[Claimed, Registration, str], Message | Suppressed],
) -> Iterator[Message | Suppressed]:
    about = subjects(Registration, deliveries)
    mailboxes = answers_to(deliveries, about)
    for delivery in deliveries:
        registration = about.get(delivery.subject_id)
        if registration is None:
            yield Suppressed(GONE)
        elif reason := too_late(registration.event):
            yield Suppressed(reason)
        elif registration.seat != seat:
            yield Suppressed(SEAT_CHANGED)
        else:
            yield compose(delivery, registration, mailboxes[delivery.id])


def _seat(delivery: Claimed, registration: Registration, mailbox: str) -> Message:
    event, mode, name = registration.event, registration.mode, name_of(registration)
    own_url = f"{delivery.origin.base_url}/r/{registration.token}"
    said = lay_out(_seat_letter(delivery, event, mode)).fill(name=name, own_url=own_url)
    held = entry(event, delivery.language, mode=mode, sequence=delivery.sequence, stamp=delivery.stamp)
    ics = ical.confirmation(held, ical.Attendee(delivery.email, name, mailbox))
    code = _code(registration)
    files = (code,) if code is not None else ()
    return delivery.message(**said._asdict(), to_name=name, ics=ics, method="REQUEST", files=files)


def _code(registration: Registration) -> Attached | None:
    """What is scanned at the door, for whoever comes there."""
    if registration.mode == Mode.ONLINE or not registration.badge:
        return None
    return Attached("code.png", "image/png", codes.png(registration.badge))


def _seat_letter(delivery: Claimed, event: Event, mode: Mode) -> Letter:
    with force_locale(delivery.language):
        if delivery.facts.get("asked"):
            subject, opening = as_asked(event)
        elif delivery.facts.get("approved"):
            subject = _("You are registered: %(event)s", event=event.title)
            opening = _(
                "Your request is accepted: you are registered. The attached entry puts the event into your "
                "calendar."
            )
        elif delivery.kind == telling.PROMOTION:
            subject = _("A seat for you: %(event)s", event=event.title)
            opening = _("A seat has become free: you are registered. You need do nothing more.")
        elif delivery.facts.get("dated"):
            subject = _("New date: %(event)s", event=event.title)
            opening = _("This event was postponed; its new date is known, and your seat is kept.")
        elif delivery.facts.get("mode"):
            subject = _("Changed: %(event)s", event=event.title)
            opening = _("You have changed how you take part; your seat is kept. Here is what holds now.")
        elif delivery.facts.get("changed"):
            subject = _("Changed: %(event)s", event=event.title)
            opening = _(
                "The time or the place of this event has changed; your seat is kept. Here is what holds now."
            )
            if delivery.facts.get("reworded"):
                opening = _("What this event is about is told anew. Time and place have not changed.")
        else:
            subject = _("You are registered: %(event)s", event=event.title)
            opening = _("You are registered. The attached entry puts the event into your calendar.")
        buttons = [Button(_("See or withdraw your registration"), place("own_url"))]
        if mode == Mode.ONLINE and event.join_url:
            buttons.insert(0, Button(_("Join online"), event.join_url))
        return Letter(
            language=delivery.language,
            title=event.title,
            subject=subject,
            teaser=dates.when(event),
            body=greeting(opening) + _at_the_door(mode),
            facts=facts_of(event, mode),
            buttons=tuple(buttons),
            notices=(_("You receive this message because you registered for this event."),),
            house=delivery.origin.name,
        )


def _at_the_door(mode: Mode) -> Markup:
    if mode == Mode.ONLINE:
        return Markup("")
    words = _("The attached code is scanned as you come in; your name will do as well.")
    return Markup("<p>{}</p>").format(words)


def _waiting(delivery: Claimed, registration: Registration, mailbox: str) -> Message:
    with force_locale(delivery.language):
        opening = _(IN_QUEUE, place=place("place"))
        if delivery.facts.get("approved"):
            opening = Markup("{} {}").format(_("Your request is accepted."), opening)
        letter = _without_entry(
            delivery,
            registration,
            subject=_("On the waiting list: %(event)s", event=registration.event.title),
            opening=opening,
            button=_("See or withdraw your registration"),
            notice=_("You receive this message because you registered for this event."),
        )
    return _filled(delivery, registration, letter, place=attendance.place_in_queue(registration))


@composes(telling.ASKED)
def asked(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """Tell someone that the request came, and that the association answers it."""
    yield from _each_registration(deliveries, Seat.WAITING, _asked)


def _asked(delivery: Claimed, registration: Registration, mailbox: str) -> Message | Suppressed:
    if registration.approval != Approval.ASKED:
        return Suppressed(SEAT_CHANGED)
    with force_locale(delivery.language):
        opening = _(
            "We have received your request to come. You are not registered yet: we write to you again."
        )
        if delivery.facts.get("changed"):
            opening = _(
                "The time or the place of this event has changed. Your request stands: we write to you again."
            )
        letter = _without_entry(
            delivery,
            registration,
            subject=_("Request received: %(event)s", event=registration.event.title),
            opening=opening,
            button=_("See or withdraw your request"),
            notice=_("You receive this message because you asked to come to this event."),
        )
    return _filled(delivery, registration, letter)


def _without_entry(
    delivery: Claimed, registration: Registration, *, subject: str, opening: str, button: str, notice: str
) -> Letter:
    """To whoever has no seat yet: when and where, and the way to their own page."""
    event = registration.event
    return Letter(
        language=delivery.language,
        title=event.title,
        subject=subject,
        teaser=dates.when(event),
        body=greeting(opening),
        facts=facts_of(event, registration.mode),
        buttons=(Button(button, place("own_url")),),
        notices=(notice,),
        house=delivery.origin.name,
    )


def _filled(delivery: Claimed, registration: Registration, letter: Letter, **places: Any) -> Message:
    name = name_of(registration)
    own_url = f"{delivery.origin.base_url}/r/{registration.token}"
    said = lay_out(letter).fill(name=name, own_url=own_url, **places)
    return delivery.message(**said._asdict(), to_name=name)

"""What people read about events by mail, each in their own language, with the entry for the calendar."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from crm import clock
from crm.db import db
from crm.events import dates, ical
from crm.events.models import (
    Answer,
    Approval,
    Event,
    EventState,
    Invitation,
    Mode,
    Registration,
    Seat,
    Visibility,
)
from crm.events.papers import codes
from crm.events.queries import attendance
from crm.events.replies import addresses
from crm.events.services import telling
from crm.mail.composers import Claimed, Suppressed, composes
from crm.mail.composing import Button, Filled, Layout, Letter, lay_out, place
from crm.mail.message import Attached, Message
from crm.settings import queries as settings
from crm.text import N_
from crm.web import richtext

CANCELLED = N_("The event was cancelled before this message left.")
POSTPONED = N_("The event was postponed before this message left.")
DATED = N_("The new date was known before this message left.")
OVER = N_("The event was over before this message left.")
ANSWERED = N_("The person had registered before this message left.")
UNINVITED = N_("The invitation was taken back before this message left.")
INVITED_AGAIN = N_("The person was invited again before this message left.")
SEAT_CHANGED = N_("The registration had changed before this message left.")
GONE = N_("What this message was about is no longer there.")
IN_QUEUE = N_(
    "Every seat is taken: you are on the waiting list, at place %(place)s today. "
    "We write to you as soon as a seat is free."
)


def entry(
    event: Event,
    language: str,
    *,
    mode: Mode | None = None,
    is_public: bool = False,
    sequence: int | None = None,
    stamp: datetime | None = None,
    house: str = "",
) -> ical.Entry:
    """The event as calendars know it, for someone who takes part in that way.

    Links to join go to people with a seat online, and to nobody else: `is_public` leaves them out.
    `house` is the association's name, where it is known already.
    """
    statuses = {
        EventState.CANCELLED: ical.Status.CANCELLED,
        EventState.POSTPONED: ical.Status.CANCELLED,
        EventState.DRAFT: ical.Status.TENTATIVE,
    }
    shown = ical.Entry(
        uid=event.uid,
        title=event.title,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        zone=event.zone,
        stamp=stamp or event.updated_at,
        organizer=current_app.config["REPLIES_ADDRESS"] or current_app.config["MAIL_REPLY_TO"],
        organizer_name=house or settings.association().name,
        is_all_day=event.is_all_day,
        description=_in_plain_words(event.description),
        location=dates.place(event),
        url=page_url(event),
        join_url="" if is_public else event.join_url,
        sequence=event.sequence if sequence is None else sequence,
        status=statuses.get(event.state, ical.Status.CONFIRMED),
        is_private=event.visibility != Visibility.PUBLIC,
        words=_entry_words(language),
    )
    if mode is None:
        return shown
    return shown.for_online() if mode == Mode.ONLINE else shown.for_onsite()


# A feed asks for the same hundreds of descriptions again whenever one event changes.
_in_plain_words = lru_cache(2048)(richtext.plain)


@cache
def _entry_words(language: str) -> ical.Words:
    with force_locale(language):
        return ical.Words.by(_)


def page_url(event: Event) -> str:
    """The event's public page; nothing for what strangers may not see."""
    if event.visibility == Visibility.INVITATION or event.state == EventState.DRAFT:
        return ""
    return f"{current_app.config['BASE_URL']}/e/{event.slug}"


@composes(telling.INVITATION)
def invitation(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """Ask someone to come, or tell them that time or place changed: REQUEST in their own name."""
    about = _about(Invitation, deliveries)
    mailboxes = answers_to(deliveries, about)
    registered = _registered(list(about.values()))
    laid_out: dict[Any, tuple[Layout, ical.Entry]] = {}
    for delivery in deliveries:
        invited = about.get(delivery.subject_id)
        if invited is None:
            yield Suppressed(GONE)
        elif reason := _too_late(invited.event):
            yield Suppressed(reason)
        elif (invited.event_id, invited.person_id) in registered:
            yield Suppressed(ANSWERED)
        elif invited.uninvited_at is not None:
            yield Suppressed(UNINVITED)
        else:
            attendee = ical.Attendee(delivery.email, invited.person.name, mailboxes[delivery.id])
            yield _invitation(delivery, invited, attendee, laid_out)


def _registered(invitations: Sequence[Invitation]) -> set[tuple[int, int | None]]:
    """Which of the invited have a seat, or wait for one."""
    rows = select(Registration.event_id, Registration.person_id).where(
        Registration.event_id.in_({invited.event_id for invited in invitations}),
        Registration.person_id.in_({invited.person_id for invited in invitations}),
        Registration.seat != Seat.WITHDRAWN,
    )
    return {(event_id, person_id) for event_id, person_id in db.session.execute(rows)}


def _invitation(
    delivery: Claimed,
    invited: Invitation,
    attendee: ical.Attendee,
    laid_out: dict[Any, tuple[Layout, ical.Entry]],
) -> Message:
    """One person's invitation; what all of a handful share is laid out once."""
    event, language, name = invited.event, delivery.language, invited.person.name
    told = tuple(sorted(delivery.facts))
    key = (event.id, language, delivery.sequence, delivery.stamp, told)
    if key not in laid_out:
        asked = entry(event, language, sequence=delivery.sequence, stamp=delivery.stamp, is_public=True)
        laid_out[key] = lay_out(_invitation_letter(event, language, delivery)), asked
    layout, asked = laid_out[key]
    said = layout.fill(
        name=name,
        answer_url=f"{delivery.origin.base_url}/i/{invited.token}",
        preferences_url=delivery.preferences_url,
    )
    has_declined = bool(delivery.facts.get("asked")) and invited.answer == Answer.DECLINED
    ics = ical.invitation(asked, attendee, has_declined=has_declined)
    return _with_entry(delivery, said, name, ics, "REQUEST")


def _invitation_letter(event: Event, language: str, delivery: Claimed) -> Letter:
    changed, house = bool(delivery.facts.get("changed")), delivery.origin.name
    because = N_("You receive this message because %(association)s invites you to this event.")
    with force_locale(language):
        if delivery.facts.get("asked"):
            subject, opening = _as_asked(event)
        elif delivery.facts.get("dated"):
            subject = _("New date: %(event)s", event=event.title)
            opening = _("This event was postponed; its new date is known.")
        elif changed:
            subject = _("Changed: %(event)s", event=event.title)
            opening = _("The time or the place of this event has changed. Here is what holds now.")
            if delivery.facts.get("reworded"):
                opening = _("What this event is about is told anew. Time and place have not changed.")
        else:
            subject = _("Invitation: %(event)s", event=event.title)
            opening = _("%(association)s invites you.", association=house)
        return Letter(
            language=language,
            title=event.title,
            subject=subject,
            teaser=dates.when(event),
            body=greeting(opening) + richtext.sanitise(event.description),
            facts=facts_of(event, None),
            buttons=(
                Button(_("I am coming"), place("answer_url") + "?answer=accepted"),
                Button(_("I cannot come"), place("answer_url") + "?answer=declined"),
            ),
            notices=(_(because, association=house),),
            links=(Button(_("Choose what you receive"), place("preferences_url")),),
            house=house,
        )


@composes(telling.INVITATION_OFF)
def invitation_off(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """Tell everyone invited that the event is called off, or one that they no longer are: CANCEL."""
    about = _about(Invitation, deliveries)
    mailboxes = answers_to(deliveries, about)
    for delivery in deliveries:
        invited = about.get(delivery.subject_id)
        if invited is None:
            yield Suppressed(GONE)
            continue
        attendee = ical.Attendee(delivery.email, invited.person.name, mailboxes[delivery.id])
        if not delivery.facts.get("uninvited"):
            yield _called_off(delivery, invited.event, attendee)
        elif invited.uninvited_at is None:
            yield Suppressed(INVITED_AGAIN)
        else:
            yield _uninvited(delivery, invited.event, attendee)


def _uninvited(delivery: Claimed, event: Event, attendee: ical.Attendee) -> Message:
    with force_locale(delivery.language):
        letter = Letter(
            language=delivery.language,
            title=event.title,
            subject=_("Invitation taken back: %(event)s", event=event.title),
            teaser=dates.when(event),
            body=greeting(_("You are no longer invited to this event. The entry leaves your calendar.")),
            facts=facts_of(event, None),
            notices=(_("You receive this message because you had been invited."),),
            house=delivery.origin.name,
        )
    gone = entry(event, delivery.language, sequence=delivery.sequence, stamp=delivery.stamp, is_public=True)
    ics = ical.cancellation(gone, attendee, whole_event=False)
    return _with_entry(delivery, lay_out(letter).fill(name=attendee.name), attendee.name, ics, "CANCEL")


@composes(telling.REGISTRATION_OFF)
def registration_off(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """Tell everyone who was registered that the event is cancelled or postponed: CANCEL."""
    about = _about(Registration, deliveries)
    mailboxes = answers_to(deliveries, about)
    for delivery in deliveries:
        registration = about.get(delivery.subject_id)
        if registration is None:
            yield Suppressed(GONE)
        else:
            attendee = ical.Attendee(delivery.email, name_of(registration), mailboxes[delivery.id])
            yield _called_off(delivery, registration.event, attendee)


def _called_off(delivery: Claimed, event: Event, attendee: ical.Attendee) -> Message | Suppressed:
    """The word that it is cancelled, or postponed; the entry leaves the calendar either way."""
    postponed = bool(delivery.facts.get("postponed"))
    if postponed and event.state is not EventState.POSTPONED:
        return CANCELLED_SINCE if event.state is EventState.CANCELLED else DATED_SINCE
    sorry = N_(
        "This event does not take place on the date that you were told. The new date is not known yet: "
        "we write to you as soon as it is, and what you answered or registered is kept."
    )
    with force_locale(delivery.language):
        if postponed:
            title, opening = _("Postponed: %(event)s", event=event.title), _(sorry)
            told: tuple[tuple[str, str], ...] = ((_("Was planned for"), dates.held_for(event)),)
        else:
            title = _("Cancelled: %(event)s", event=event.title)
            opening = _("This event is cancelled and will not take place. We are sorry.")
            told = facts_of(event, None)
        letter = Letter(
            language=delivery.language,
            title=title,
            teaser=dates.held_for(event),
            body=greeting(opening),
            facts=told,
            notices=(_("You receive this message because you were invited or registered."),),
            house=delivery.origin.name,
        )
    gone = entry(event, delivery.language, sequence=delivery.sequence, stamp=delivery.stamp, is_public=True)
    ics = ical.cancellation(gone, attendee)
    return _with_entry(delivery, lay_out(letter).fill(name=attendee.name), attendee.name, ics, "CANCEL")


CANCELLED_SINCE, DATED_SINCE = Suppressed(CANCELLED), Suppressed(DATED)


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
    about = _about(Registration, deliveries)
    mailboxes = answers_to(deliveries, about)
    for delivery in deliveries:
        registration = about.get(delivery.subject_id)
        if registration is None:
            yield Suppressed(GONE)
        elif reason := _too_late(registration.event):
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
            subject, opening = _as_asked(event)
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


def _as_asked(event: Event) -> tuple[str, str]:
    """Subject and opening for somebody whose calendar asked for the entry."""
    subject = _("The entry for your calendar: %(event)s", event=event.title)
    return subject, _("Your calendar asked for this entry again. Here is what holds now.")


def _at_the_door(mode: Mode) -> Markup:
    if mode == Mode.ONLINE:
        return Markup("")
    words = _("The attached code is scanned as you come in; your name will do as well.")
    return Markup("<p>{}</p>").format(words)


def _waiting(delivery: Claimed, registration: Registration, mailbox: str) -> Message:
    event, name = registration.event, name_of(registration)
    with force_locale(delivery.language):
        opening = _(IN_QUEUE, place=place("place"))
        if delivery.facts.get("approved"):
            opening = Markup("{} {}").format(_("Your request is accepted."), opening)
        letter = Letter(
            language=delivery.language,
            title=event.title,
            subject=_("On the waiting list: %(event)s", event=event.title),
            teaser=dates.when(event),
            body=greeting(opening),
            facts=facts_of(event, registration.mode),
            buttons=(Button(_("See or withdraw your registration"), place("own_url")),),
            notices=(_("You receive this message because you registered for this event."),),
            house=delivery.origin.name,
        )
    said = lay_out(letter).fill(
        name=name,
        own_url=f"{delivery.origin.base_url}/r/{registration.token}",
        place=attendance.place_in_queue(registration),
    )
    return delivery.message(**said._asdict(), to_name=name)


@composes(telling.ASKED)
def asked(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """Tell someone that the request came, and that the association answers it."""
    yield from _each_registration(deliveries, Seat.WAITING, _asked)


def _asked(delivery: Claimed, registration: Registration, mailbox: str) -> Message | Suppressed:
    event, name = registration.event, name_of(registration)
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
        letter = Letter(
            language=delivery.language,
            title=event.title,
            subject=_("Request received: %(event)s", event=event.title),
            teaser=dates.when(event),
            body=greeting(opening),
            facts=facts_of(event, registration.mode),
            buttons=(Button(_("See or withdraw your request"), place("own_url")),),
            notices=(_("You receive this message because you asked to come to this event."),),
            house=delivery.origin.name,
        )
    own_url = f"{delivery.origin.base_url}/r/{registration.token}"
    return delivery.message(**lay_out(letter).fill(name=name, own_url=own_url)._asdict(), to_name=name)


@composes(telling.REFUSED)
def refused(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """Tell someone that the request cannot be granted, in the association's own words where it gave some."""
    about = _about(Registration, deliveries)
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
    about = _about(Registration, deliveries)
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
    return _with_entry(delivery, lay_out(letter).fill(name=name), name, ics, "CANCEL")


def _about(kind: Any, deliveries: Sequence[Claimed]) -> dict[int, Any]:
    """The invitations or registrations that the deliveries are about, in one query."""
    rows = (
        select(kind)
        .where(kind.id.in_([delivery.subject_id for delivery in deliveries]))
        .options(joinedload(kind.event), joinedload(kind.person))
    )
    return {row.id: row for row in db.session.scalars(rows)}


def answers_to(deliveries: Sequence[Claimed], about: Mapping[int, Any]) -> dict[int, str]:
    """By delivery, the mailbox that its reader's calendar answers to; "" where it has none of its own."""
    events = {row.event_id for row in about.values()}
    mailboxes = mailboxes_of(events, {one.address_id for one in deliveries})
    return {
        one.id: mailboxes.get((about[one.subject_id].event_id, one.address_id), "")
        if one.subject_id in about
        else ""
        for one in deliveries
    }


def mailboxes_of(event_ids: Collection[int], address_ids: Collection[int]) -> dict[tuple[int, int], str]:
    """By event and address, the mailbox that the calendars of these readers answer to, if of their own."""
    base = current_app.config["REPLIES_ADDRESS"]
    tokens = addresses.of_each(event_ids, address_ids) if base else {}
    return {pair: addresses.written(base, token) for pair, token in tokens.items()}


def _too_late(event: Event) -> str | None:
    """Why nobody needs to read any more that they are asked, or have a seat."""
    if event.state == EventState.CANCELLED:
        return CANCELLED
    if event.state == EventState.POSTPONED:
        return POSTPONED
    return OVER if event.ends_at <= clock.now() else None


def name_of(registration: Registration) -> str:
    """The name given that day."""
    return f"{registration.given_name} {registration.family_name}".strip()


def greeting(opening: str) -> Markup:
    return Markup("<p>{}</p><p>{}</p>").format(_("Hello %(name)s,", name=place("name")), opening)


def facts_of(event: Event, mode: Mode | None) -> tuple[tuple[str, str], ...]:
    """When and where, for someone who takes part in that way."""
    told = ((_("When"), dates.when(event)), (_("Where"), dates.where(event, mode)))
    return tuple((label, value) for label, value in told if value)


def _with_entry(delivery: Claimed, said: Filled, name: str, ics: bytes, method: str) -> Message:
    return delivery.message(**said._asdict(), to_name=name, ics=ics, method=method)

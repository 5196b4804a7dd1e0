"""What takes an entry out of calendars: the event is off, or somebody is no longer invited."""

from collections.abc import Iterator, Sequence

from flask_babel import force_locale
from flask_babel import gettext as _

from crm.events import dates, ical
from crm.events.messages.entries import entry
from crm.events.messages.parts import (
    CANCELLED,
    DATED,
    GONE,
    INVITED_AGAIN,
    answers_to,
    facts_of,
    greeting,
    name_of,
    subjects,
    with_entry,
)
from crm.events.models import Event, EventState, Invitation, Registration
from crm.events.services import telling
from crm.mail.composers import Claimed, Suppressed, composes
from crm.mail.composing import Letter, lay_out
from crm.mail.message import Message
from crm.text import N_


@composes(telling.INVITATION_OFF)
def invitation_off(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """Tell everyone invited that the event is called off, or one that they no longer are: CANCEL."""
    about = subjects(Invitation, deliveries)
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
    return with_entry(delivery, lay_out(letter).fill(name=attendee.name), attendee.name, ics, "CANCEL")


@composes(telling.REGISTRATION_OFF)
def registration_off(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """Tell everyone who was registered that the event is cancelled or postponed: CANCEL."""
    about = subjects(Registration, deliveries)
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
    return with_entry(delivery, lay_out(letter).fill(name=attendee.name), attendee.name, ics, "CANCEL")


CANCELLED_SINCE, DATED_SINCE = Suppressed(CANCELLED), Suppressed(DATED)

"""What people read who are invited, or told of a change: the entry in their own name asks for an answer."""

from collections.abc import Iterator, Sequence
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from crm.db import db
from crm.events import dates, ical
from crm.events.messages.entries import entry
from crm.events.messages.parts import (
    ANSWERED,
    GONE,
    UNINVITED,
    answers_to,
    as_asked,
    facts_of,
    greeting,
    subjects,
    too_late,
    with_entry,
)
from crm.events.models import Answer, Event, Invitation, Registration, Seat
from crm.events.services import telling
from crm.mail.composers import Claimed, Suppressed, composes
from crm.mail.composing import Button, Layout, Letter, lay_out, place
from crm.mail.message import Message
from crm.text import N_
from crm.web import richtext


@composes(telling.INVITATION)
def invitation(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """Ask someone to come, or tell them that time or place changed: REQUEST in their own name."""
    about = subjects(Invitation, deliveries)
    mailboxes = answers_to(deliveries, about)
    registered = _registered(list(about.values()))
    laid_out: dict[Any, tuple[Layout, ical.Entry]] = {}
    for delivery in deliveries:
        invited = about.get(delivery.subject_id)
        if invited is None:
            yield Suppressed(GONE)
        elif reason := too_late(invited.event):
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
    return with_entry(delivery, said, name, ics, "REQUEST")


def _invitation_letter(event: Event, language: str, delivery: Claimed) -> Letter:
    changed, house = bool(delivery.facts.get("changed")), delivery.origin.name
    because = N_("You receive this message because %(association)s invites you to this event.")
    with force_locale(language):
        if delivery.facts.get("asked"):
            subject, opening = as_asked(event)
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

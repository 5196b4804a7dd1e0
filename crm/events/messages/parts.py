"""What the messages about an event have in common: whom they are about, how they are put together."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from crm import clock
from crm.db import db
from crm.events import dates
from crm.events.models import Event, EventState, Mode, Registration
from crm.events.replies import addresses
from crm.mail.composers import Claimed
from crm.mail.composing import Filled, place
from crm.mail.message import Message
from crm.text import N_

CANCELLED = N_("The event was cancelled before this message left.")
POSTPONED = N_("The event was postponed before this message left.")
DATED = N_("The new date was known before this message left.")
OVER = N_("The event was over before this message left.")
ANSWERED = N_("The person had registered before this message left.")
UNINVITED = N_("The invitation was taken back before this message left.")
INVITED_AGAIN = N_("The person was invited again before this message left.")
SEAT_CHANGED = N_("The registration had changed before this message left.")
GONE = N_("What this message was about is no longer there.")


def as_asked(event: Event) -> tuple[str, str]:
    """Subject and opening for somebody whose calendar asked for the entry."""
    subject = _("The entry for your calendar: %(event)s", event=event.title)
    return subject, _("Your calendar asked for this entry again. Here is what holds now.")


def subjects(kind: Any, deliveries: Sequence[Claimed]) -> dict[int, Any]:
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


def too_late(event: Event) -> str | None:
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


def with_entry(delivery: Claimed, said: Filled, name: str, ics: bytes, method: str) -> Message:
    return delivery.message(**said._asdict(), to_name=name, ics=ics, method=method)

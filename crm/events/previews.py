"""What people will read, before it leaves: one message of each kind as it would be written now.

Nothing is queued. The event may hold a change that is not saved yet: the messages tell it as it will
be. Secret links are left out, so that nobody answers for somebody else.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from flask import current_app, url_for
from flask_babel import gettext as _
from icalendar import Calendar
from sqlalchemy import func, select

from crm.db import db
from crm.events.models import Event, Invitation, Registration, Seat
from crm.events.reminders import services as reminders
from crm.events.reminders.models import Readers, Reminder
from crm.events.services import nudging, telling
from crm.mail.composers import Claimed, Suppressed, composer
from crm.mail.message import Message
from crm.mail.models import Address, Purpose
from crm.mail.tasks import origin

_SECRET = re.compile(r"(/[iru]/)[0-9A-Za-z_-]{20,}")
_TOKEN = re.compile(r"\+[0-9a-f]{40}@")
_SHOWN = "…"


@dataclass(frozen=True)
class Preview:
    """What one group reads: how many they are, where they are listed, the message of the first of them."""

    label: str
    number: int
    href: str
    to: str
    subject: str
    text: str
    method: str = ""
    sequence: int = 0
    ics: str = ""


def of_change(event: Event, *, at: datetime, facts: dict[str, Any] = telling.CHANGED) -> list[Preview]:
    """What everyone who knows of the event would read of its change."""
    sequence = event.sequence + 1
    people = url_for("events.registrations", event_id=event.id)
    return [
        *_of_group(
            _("Invited, not registered"),
            url_for("events.invitations", event_id=event.id),
            telling.invited(event),
            telling.INVITATION,
            sequence,
            at,
            facts=facts,
        ),
        *_of_group(
            _("Registered"), people, _seats(event, Seat.CONFIRMED), telling.SEAT, sequence, at, facts=facts
        ),
        *_of_group(
            _("Waiting list"), people, _seats(event, Seat.WAITING), telling.WAITING, sequence, at, facts=facts
        ),
    ]


def of_cancellation(event: Event, *, at: datetime) -> list[Preview]:
    """What everyone who knows of the event would read if it were called off."""
    sequence = event.sequence + 1
    seats = select(Registration).where(
        Registration.event_id == event.id,
        Registration.seat != Seat.WITHDRAWN,
        Registration.address_id.is_not(None),
    )
    return [
        *_of_group(
            _("Invited, not registered"),
            url_for("events.invitations", event_id=event.id),
            telling.invited(event, is_told=True),
            telling.INVITATION_OFF,
            sequence,
            at,
        ),
        *_of_group(
            _("Registered and waiting"),
            url_for("events.registrations", event_id=event.id),
            seats,
            telling.REGISTRATION_OFF,
            sequence,
            at,
        ),
    ]


def of_uninviting(invitation: Invitation, *, at: datetime) -> list[Preview]:
    """What somebody would read whose invitation is taken back, had it arrived."""
    one = select(Invitation).where(Invitation.id == invitation.id)
    sequence = invitation.event.sequence + 1
    try:
        with db.session.no_autoflush:
            # As it will be, and never written: the composer looks at it as it does when it leaves.
            invitation.uninvited_at = at
            return _of_group(
                invitation.person.name, "", one, telling.INVITATION_OFF, sequence, at, facts=telling.UNINVITED
            )
    finally:
        db.session.rollback()


def of_nudge(event: Event, *, at: datetime) -> list[Preview]:
    """What those would read who are asked again."""
    chosen = nudging.considered(event, at=at).subquery()
    rows = select(Invitation).where(
        Invitation.id.in_(select(chosen.c.subject_id).where(chosen.c.why.is_(None)))
    )
    where = url_for("events.invitations", event_id=event.id, answer="none")
    return _of_group(_("Without an answer"), where, rows, telling.NUDGE, 0, at)


def of_reminder(reminder: Reminder, *, at: datetime) -> list[Preview]:
    """What its readers would read if it left now; nobody yet, then nothing to show."""
    event = reminder.event
    facts = {"starts": event.starts_at.isoformat()}
    if reminder.readers is Readers.UNANSWERED:
        rows: Any = select(Invitation).where(Invitation.event_id == event.id, nudging.is_silent())
        where = url_for("events.invitations", event_id=event.id, answer="none")
    else:
        rows = _seats(event, Seat.CONFIRMED)
        where = url_for("events.registrations", event_id=event.id, seat="confirmed")
    number = reminders.number(reminder, event, at=at)
    row = db.session.scalars(rows.limit(1)).first()
    if row is None:
        return []
    message = _written(reminders.KIND, reminder.id, row, 0, facts, at)
    return [_preview(_("As it would leave now"), number, where, message)] if message else []


def _seats(event: Event, seat: Seat) -> Any:
    return (
        select(Registration)
        .where(
            Registration.event_id == event.id,
            Registration.seat == seat,
            Registration.address_id.is_not(None),
        )
        .order_by(Registration.id)
    )


def _of_group(
    label: str,
    href: str,
    rows: Any,
    kind: str,
    sequence: int,
    at: datetime,
    *,
    facts: dict[str, Any] | None = None,
) -> list[Preview]:
    number = db.session.scalar(select(func.count()).select_from(rows.order_by(None).subquery())) or 0
    row = db.session.scalars(rows.limit(1)).first()
    if row is None:
        return []
    facts = telling.CHANGED if facts is None else facts
    message = _written(kind, row.id, row, sequence + row.turns, facts, at)
    return [_preview(label, number, href, message)] if message is not None else []


def _written(
    kind: str, subject_id: int, row: Any, sequence: int, facts: dict[str, Any], at: datetime
) -> Message | None:
    """The message to whom the row is about, None when there would be none."""
    address = db.session.get_one(Address, row.address_id)
    claimed = Claimed(
        id=0,
        dispatch_id=None,
        kind=kind,
        subject_id=subject_id,
        sequence=sequence,
        address_id=address.id,
        person_id=row.person_id,
        purpose=Purpose.SERVICE,
        language=row.language,
        facts=facts,
        stamp=at,
        message_id="preview",
        token=quote(_SHOWN),
        attempts=0,
        email=address.email,
        origin=origin(current_app.config),
    )
    [letter] = composer(kind)([claimed])
    return None if isinstance(letter, Suppressed) else letter


def _preview(label: str, number: int, href: str, message: Message) -> Preview:
    ics = message.ics.decode().replace("\r\n ", "").replace("\r\n", "\n")
    return Preview(
        label=label,
        number=number,
        href=href,
        to=f"{message.to_name} <{message.to}>" if message.to_name else message.to,
        subject=message.subject,
        text=_SECRET.sub(rf"\1{_SHOWN}", message.text).replace(quote(_SHOWN), _SHOWN),
        method=message.method,
        sequence=_sequence(message.ics),
        ics=_TOKEN.sub(f"+{_SHOWN}@", ics),
    )


def _sequence(ics: bytes) -> int:
    return int(Calendar.from_ical(ics).events[0].get("SEQUENCE", 0)) if ics else 0

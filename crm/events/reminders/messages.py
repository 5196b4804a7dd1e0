"""What people read when they are reminded, asked again, or thanked; looked at again when it leaves."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from crm import clock
from crm.db import db
from crm.events import dates, messages
from crm.events.models import Attendance, Event, EventState, Invitation, Mode, Registration, Seat
from crm.events.reminders.models import Readers, Reminder
from crm.events.reminders.services import KIND
from crm.events.services import nudging, telling
from crm.mail.composers import Claimed, Suppressed, composes
from crm.mail.composing import Button, Letter, lay_out, place
from crm.mail.message import Message
from crm.text import N_
from crm.web import i18n, richtext

MOVED = N_("The event was moved before this message left.")
BEGUN = N_("The event had begun before this message left.")
GONE_AWAY = N_("The person was no longer among its readers when this message left.")
TAKEN_AWAY = N_("The reminder was taken away before this message left.")


@composes(telling.NUDGE)
def nudge(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """Ask somebody again who has not answered."""
    keys = [delivery.subject_id for delivery in deliveries]
    found = {row.id: row for row in _silent(Invitation.id.in_(keys))}
    events = {row.id: row.event for row in _with_event(keys)}
    for delivery in deliveries:
        invited, event = found.get(delivery.subject_id), events.get(delivery.subject_id)
        if event is not None and (reason := _too_late(event)):
            yield Suppressed(reason)
        elif invited is None:
            yield Suppressed(GONE_AWAY)
        else:
            yield _asked_again(delivery, [invited], "")


def _silent(*which: Any) -> Sequence[Invitation]:
    rows = (
        select(Invitation)
        .where(nudging.is_silent(), *which)
        .options(joinedload(Invitation.event), joinedload(Invitation.person))
        .order_by(Invitation.id)
    )
    return db.session.scalars(rows).all()


def _with_event(keys: Sequence[int]) -> Sequence[Invitation]:
    rows = select(Invitation).where(Invitation.id.in_(keys)).options(joinedload(Invitation.event))
    return db.session.scalars(rows).all()


@composes(KIND)
def reminder(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """Remind, ask again or thank: one message to a mailbox, whoever of its readers it still concerns."""
    keys = {delivery.subject_id for delivery in deliveries}
    rows = select(Reminder).where(Reminder.id.in_(keys)).options(joinedload(Reminder.event))
    known = {row.id: row for row in db.session.scalars(rows)}
    for delivery in deliveries:
        reminder = known.get(delivery.subject_id)
        if reminder is None:
            yield Suppressed(TAKEN_AWAY)
        elif reason := _no_longer(reminder, delivery):
            yield Suppressed(reason)
        else:
            yield _composed(delivery, reminder)


def _no_longer(reminder: Reminder, delivery: Claimed) -> str | None:
    """Why it is not sent any more, as far as the event says."""
    event = reminder.event
    if event.state in (EventState.CANCELLED, EventState.POSTPONED):
        return _too_late(event)
    if datetime.fromisoformat(delivery.facts["starts"]) != event.starts_at:
        return MOVED
    return None if reminder.is_after else _too_late(event)


def _too_late(event: Event) -> str | None:
    if event.state == EventState.CANCELLED:
        return messages.CANCELLED
    if event.state == EventState.POSTPONED:
        return messages.POSTPONED
    return BEGUN if event.starts_at <= clock.now() else None


def _composed(delivery: Claimed, reminder: Reminder) -> Message | Suppressed:
    if reminder.readers is Readers.UNANSWERED:
        silent = _silent(
            Invitation.event_id == reminder.event_id, Invitation.address_id == delivery.address_id
        )
        return _asked_again(delivery, silent, reminder.note) if silent else Suppressed(GONE_AWAY)
    seated = _seated(reminder, delivery.address_id)
    if not seated:
        return Suppressed(GONE_AWAY)
    with force_locale(delivery.language):
        letter = (
            _thanks(delivery, reminder, seated)
            if reminder.is_after
            else _reminding(delivery, reminder, seated)
        )
    return _to_all(delivery, letter, [(messages.name_of(one), f"/r/{one.token}") for one in seated])


def _seated(reminder: Reminder, address_id: int) -> Sequence[Registration]:
    rows = (
        select(Registration)
        .where(
            Registration.event_id == reminder.event_id,
            Registration.address_id == address_id,
            Registration.seat == Seat.CONFIRMED,
        )
        .order_by(Registration.id)
    )
    if reminder.readers is Readers.PRESENT:
        rows = rows.where(Registration.attendance == Attendance.PRESENT)
    return db.session.scalars(rows).all()


def _reminding(delivery: Claimed, reminder: Reminder, seated: Sequence[Registration]) -> Letter:
    event = reminder.event
    # Those who share a mailbox may come in different ways: each way is told then.
    modes = {one.mode for one in seated}
    mode = modes.pop() if len(modes) == 1 else None
    buttons = [Button(_("See or withdraw your registration"), place("own_url"))]
    if mode == Mode.ONLINE and event.join_url:
        buttons.insert(0, Button(_("Join online"), event.join_url))
    return Letter(
        language=delivery.language,
        title=event.title,
        subject=_("Reminder: %(event)s", event=event.title),
        teaser=dates.when(event),
        body=_hello(_("You are registered for this event: here is when and where.")) + _note(reminder.note),
        facts=messages.facts_of(event, mode),
        buttons=tuple(buttons),
        notices=(_("You receive this message because you registered for this event."), *_others(seated)),
        house=delivery.origin.name,
    )


def _thanks(delivery: Claimed, reminder: Reminder, seated: Sequence[Registration]) -> Letter:
    event = reminder.event
    return Letter(
        language=delivery.language,
        title=event.title,
        subject=_("Thank you: %(event)s", event=event.title),
        teaser=dates.when(event),
        body=_hello(_("Thank you for having taken part.")) + _note(reminder.note),
        facts=messages.facts_of(event, None),
        buttons=(Button(_("Your registration"), place("own_url")),),
        notices=(_("You receive this message because you registered for this event."), *_others(seated)),
        house=delivery.origin.name,
    )


def _asked_again(delivery: Claimed, silent: Sequence[Invitation], note: str) -> Message:
    event, house = silent[0].event, delivery.origin.name
    with force_locale(delivery.language):
        invited_on = i18n.day(clock.day(silent[0].invited_at))
        opening = _(
            "%(association)s invited you on %(day)s, and we do not know yet whether you come. "
            "Tell us with one click: it helps us to prepare.",
            association=house,
            day=invited_on,
        )
        letter = Letter(
            language=delivery.language,
            title=event.title,
            subject=_("Are you coming? %(event)s", event=event.title),
            teaser=dates.when(event),
            body=_hello(opening) + _note(note),
            facts=messages.facts_of(event, None),
            buttons=(
                Button(_("I am coming"), place("own_url") + "?answer=accepted"),
                Button(_("I cannot come"), place("own_url") + "?answer=declined"),
            ),
            notices=(
                _(
                    "You receive this message because %(association)s invites you to this event.",
                    association=house,
                ),
                *_others(silent),
            ),
            links=(Button(_("Choose what you receive"), delivery.preferences_url),),
            house=house,
        )
    return _to_all(delivery, letter, [(one.person.name, f"/i/{one.token}") for one in silent])


def _hello(opening: str) -> Markup:
    return Markup("<p>{}</p><p>{}</p>").format(_("Hello %(name)s,", name=place("name")), opening)


def _others(people: Sequence[Any]) -> tuple[str, ...]:
    """Where the others stand who read the same mailbox."""
    return (place("others"),) if len(people) > 1 else ()


def _note(note: str) -> Markup:
    return richtext.sanitise(note)


def _to_all(delivery: Claimed, letter: Letter, people: Sequence[tuple[str, str]]) -> Message:
    """To the first of those who read the mailbox, with the links of the others below."""
    base = delivery.origin.base_url
    with force_locale(delivery.language):
        others = Markup(", ").join(
            Markup('<a href="{}">{}</a>').format(f"{base}{path}", name) for name, path in people[1:]
        )
        told = Markup("{} {}").format(
            ngettext("Also for %(num)s other person:", "Also for %(num)s other people:", len(people) - 1),
            others,
        )
    name, path = people[0]
    said = lay_out(letter).fill(name=name, own_url=f"{base}{path}", others=told)
    return delivery.message(**said._asdict(), to_name=name if len(people) == 1 else "")

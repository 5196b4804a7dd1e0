"""What speakers read by mail: that they are asked, and what became of the event."""

from collections.abc import Iterator, Sequence

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from crm import clock
from crm.db import db
from crm.events import dates
from crm.events.messages import GONE, greeting
from crm.events.models import Answer, Event, EventState
from crm.events.programme import queries, telling
from crm.events.programme.models import Speaker
from crm.mail.composers import Claimed, Suppressed, composes
from crm.mail.composing import Button, Letter, lay_out, place
from crm.mail.message import Message
from crm.text import N_
from crm.web import i18n

OVERTAKEN = N_("The event had changed again before this message left.")
DECLINED = N_("The person had declined before this message left.")


@composes(telling.SPEAKER)
def speaker(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """Ask somebody to speak, or say what became of the event."""
    rows = (
        select(Speaker)
        .where(Speaker.id.in_([delivery.subject_id for delivery in deliveries]))
        .options(joinedload(Speaker.event), joinedload(Speaker.person))
    )
    about = {row.id: row for row in db.session.scalars(rows)}
    for delivery in deliveries:
        asked = about.get(delivery.subject_id)
        if asked is None:
            yield Suppressed(GONE)
        elif reason := _too_late(delivery, asked):
            yield Suppressed(reason)
        else:
            yield _asked(delivery, asked)


def _too_late(delivery: Claimed, asked: Speaker) -> str | None:
    event = asked.event
    if asked.answer is Answer.DECLINED:
        return DECLINED
    told = next((name for name in ("cancelled", "postponed") if delivery.facts.get(name)), "")
    now = event.state.value if event.state in (EventState.CANCELLED, EventState.POSTPONED) else ""
    return OVERTAKEN if told != now or event.is_over(clock.now()) else None


def _asked(delivery: Claimed, asked: Speaker) -> Message:
    event, name = asked.event, asked.person.name
    with force_locale(delivery.language):
        subject, opening = _words(delivery, event)
        is_off = delivery.facts.get("cancelled") or delivery.facts.get("postponed")
        buttons: tuple[Button, ...] = (Button(_("See what I am asked"), place("own_url")),)
        if not is_off and asked.answer is Answer.NONE:
            buttons = (
                Button(_("I accept"), place("own_url") + "?answer=accepted"),
                Button(_("I cannot"), place("own_url") + "?answer=declined"),
            )
        letter = Letter(
            language=delivery.language,
            title=event.title,
            subject=subject,
            teaser=dates.when(event),
            body=greeting(opening),
            facts=_facts(asked),
            buttons=buttons,
            notices=(
                _(
                    "You receive this message because %(association)s asks you to speak at this event.",
                    association=delivery.origin.name,
                ),
            ),
            house=delivery.origin.name,
        )
    said = lay_out(letter).fill(name=name, own_url=f"{delivery.origin.base_url}/speaking/{asked.token}")
    return delivery.message(**said._asdict(), to_name=name)


def _words(delivery: Claimed, event: Event) -> tuple[str, str]:
    facts = delivery.facts
    if facts.get("cancelled"):
        return (
            _("Cancelled: %(event)s", event=event.title),
            _("The event at which you were to speak is cancelled. We are sorry."),
        )
    if facts.get("postponed"):
        return (
            _("Postponed: %(event)s", event=event.title),
            _("The event at which you were to speak is postponed. We write to you with its new date."),
        )
    if facts.get("dated"):
        return (
            _("New date: %(event)s", event=event.title),
            _("The event at which we asked you to speak has its new date. Please say if you can come."),
        )
    if facts.get("changed"):
        return (
            _("Changed: %(event)s", event=event.title),
            _("The time or the place of the event at which we asked you to speak has changed."),
        )
    return (
        _("Would you speak at “%(event)s”?", event=event.title),
        _(
            "%(association)s would be glad if you took the floor at this event.",
            association=delivery.origin.name,
        ),
    )


def _facts(asked: Speaker) -> tuple[tuple[str, str], ...]:
    event = asked.event
    told = [(_("When"), dates.when(event)), (_("Where"), dates.where(event))]
    for turn in queries.turns_of(asked):
        session = turn.session
        hours = f"{i18n.day(session.starts_wall)}, {i18n.hour(session.starts_wall)}"
        where = f" ({session.room.name})" if session.room else ""
        told.append((hours, f"{session.title}{where}"))
    return tuple((label, value) for label, value in told if value)

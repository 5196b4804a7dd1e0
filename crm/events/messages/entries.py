"""An event as calendars know it, in the language of whoever reads it."""

from datetime import datetime
from functools import cache, lru_cache

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _

from crm.events import dates, ical
from crm.events.models import Event, EventState, Mode, Visibility
from crm.settings import queries as settings
from crm.web import richtext


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

"""When and where an event takes place, in the reader's words and the event's own zone."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import get_timezone_location
from flask_babel import format_datetime, get_locale
from flask_babel import gettext as _

from crm.events.models import Event, EventState, Format, Mode
from crm.web import i18n


def when(event: Event) -> str:
    """`mercredi 12 juin 2030, de 14 h 00 à 16 h 00 (heure de Paris)`."""
    if event.state == EventState.POSTPONED:
        return str(_("Postponed: the new date is to come"))
    return held_for(event)


def held_for(event: Event) -> str:
    """The same, also of a date that no longer holds."""
    starts, ends = event.starts_wall, event.ends_wall
    if event.is_all_day:
        last = ends - timedelta(days=1)
        if last.date() == starts.date():
            return _day(starts)
        return str(_("from %(first)s to %(last)s", first=_day(starts), last=_day(last)))
    if starts.date() == ends.date():
        hours = {"start": i18n.hour(starts), "end": i18n.hour(ends), "zone": zone_name(event.zone)}
        return str(_("%(day)s, from %(start)s to %(end)s (%(zone)s)", day=_day(starts), **hours))
    moments = {"first": i18n.moment(starts), "last": i18n.moment(ends), "zone": zone_name(event.zone)}
    return str(_("from %(first)s to %(last)s (%(zone)s)", **moments))


def short_when(event: Event) -> str:
    """The day, and the hour when there is one, for tables: `12/06/2030, 14 h 00`."""
    if event.state == EventState.POSTPONED:
        return str(_("Date to come"))
    shown = i18n.day(event.starts_wall)
    return shown if event.is_all_day else f"{shown}, {i18n.hour(event.starts_wall)}"


def place(event: Event) -> str:
    """The venue and town as typed; nothing for what is only online."""
    if event.format == Format.ONLINE:
        return ""
    if event.city and event.city not in event.venue:
        return f"{event.venue}, {event.city}" if event.venue else event.city
    return event.venue


def where(event: Event, mode: Mode | None = None) -> str:
    """The place, or that it is online, as someone sees it who takes part in that way."""
    at = place(event)
    if event.format == Format.ONLINE or mode == Mode.ONLINE:
        return str(_("Online"))
    if event.format == Format.HYBRID and mode is None:
        return str(_("%(place)s, or online", place=at) if at else _("On site or online"))
    return at


def zone_name(zone: str) -> str:
    """Whose clocks are meant: `heure de Paris`."""
    city = get_timezone_location(ZoneInfo(zone), locale=get_locale(), return_city=True)
    return str(_("%(city)s time", city=city))


def _day(wall: datetime) -> str:
    return str(format_datetime(wall, "EEEE d MMMM yyyy", rebase=False))

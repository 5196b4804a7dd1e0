"""When people may register, be noted as present and withdraw, and how they take part."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from crm import clock
from crm.events.models import Attendance, Event, EventState, Format, Mode
from crm.events.services.seats.refusals import (
    EventCancelled,
    EventOver,
    EventPostponed,
    NoSuchMode,
    NotOpenYet,
    NotThatDayYet,
    RegistrationClosed,
)


def check_day(event: Event, attendance: Attendance, at: datetime) -> None:
    """Refuse to say who came or did not before the first day of the event, in its zone.

    Excuses come before. Raises NotThatDayYet.
    """
    if attendance in (Attendance.PRESENT, Attendance.ABSENT) and not has_begun(event, at):
        raise NotThatDayYet(event=event.title)


def has_begun(event: Event, at: datetime) -> bool:
    """Whether its first day has come, in its zone; never that of a postponed one."""
    day = clock.day(at, ZoneInfo(event.zone))
    return event.state != EventState.POSTPONED and day >= event.starts_wall.date()


def check_open(event: Event, at: datetime) -> None:
    """Raise the reason why nobody can register for the event at that instant, if there is one."""
    if event.state == EventState.DRAFT:
        raise NotOpenYet(event=event.title)
    if event.state == EventState.CANCELLED:
        raise EventCancelled(event=event.title)
    if event.state == EventState.POSTPONED:
        raise EventPostponed(event=event.title)
    if event.is_over(at):
        raise EventOver(event=event.title)
    if event.state == EventState.CLOSED:
        raise RegistrationClosed(event=event.title)


def mode_of(event: Event, asked: Mode | None) -> Mode:
    """How one takes part: chosen when the event is hybrid, given by it otherwise. Raises NoSuchMode."""
    if event.format == Format.HYBRID:
        if asked is None:
            raise NoSuchMode
        return asked
    return Mode.ONLINE if event.format == Format.ONLINE else Mode.ONSITE


def withdraw_until(event: Event) -> datetime:
    """Until when people may give a seat back by themselves."""
    if event.state == EventState.POSTPONED:
        return datetime.max.replace(tzinfo=UTC)
    if event.withdraw_hours is None:
        return event.ends_at
    return event.starts_at - timedelta(hours=event.withdraw_hours)

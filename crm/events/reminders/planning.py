"""When reminders leave: at a distance from the event that is told as people say it.

Hours and minutes are time that passes: “one hour before” 3:00 on the night when clocks go forward is
1:00, an hour that clocks show. Days are days of the calendar, with the hour that clocks show there:
“the day before at 9:00” is 9:00 whatever clocks did in between.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from crm import clock
from crm.db import db
from crm.events.models import Event, EventState
from crm.events.reminders.models import Reminder, ReminderState


def instant(event: Event, reminder: Reminder) -> datetime:
    """When the reminder leaves, the event being when it is now."""
    if reminder.minutes is not None:
        distance = timedelta(minutes=reminder.minutes)
        return event.ends_at + distance if reminder.is_after else event.starts_at - distance
    assert reminder.days is not None and reminder.hour is not None  # noqa: S101  (the table says so)
    if reminder.is_after:
        day = event.last_day + timedelta(days=reminder.days)
    else:
        day = event.starts_wall.date() - timedelta(days=reminder.days)
    return wall_instant(datetime.combine(day, reminder.hour), ZoneInfo(event.zone))


def wall_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment clocks show `wall`; where spring leaves that hour out, as much later as clocks jump."""
    try:
        return clock.instant(wall, zone)
    except clock.SkippedHour:
        return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def replan(event: Event, *, at: datetime) -> None:
    """Let every reminder follow the event to its new time.

    One that left already leaves again where that time is still to come; one whose new time is past
    never leaves.
    """
    for reminder in db.session.scalars(select(Reminder).where(Reminder.event_id == event.id)):
        plan(reminder, event, at=at)


def plan(reminder: Reminder, event: Event, *, at: datetime) -> None:
    """Reckon anew when the reminder leaves."""
    leaves_at = instant(event, reminder)
    if leaves_at == reminder.leaves_at and reminder.state is not None:
        return
    if reminder.state is ReminderState.LEFT and leaves_at <= at:
        return
    if reminder.state is ReminderState.LEFT:
        reminder.round += 1
        reminder.left_at = reminder.reached = reminder.dispatch_id = None
    reminder.leaves_at, reminder.planned_at = leaves_at, at
    is_late = leaves_at <= at or event.state == EventState.CANCELLED
    reminder.state = ReminderState.MISSED if is_late else ReminderState.PLANNED

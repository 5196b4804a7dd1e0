"""The days of an event, and their halves, as people on the spot count them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from crm.events.models import Event

NOON = time(13)


@dataclass(frozen=True)
class HalfDay:
    day: date
    is_morning: bool


def days(event: Event) -> list[date]:
    """Every day that the event touches, in its own zone; one that ends at midnight ends the day before."""
    first = event.starts_wall.date()
    return [first + timedelta(days=n) for n in range((event.last_day - first).days + 1)]


def half_days(event: Event) -> list[HalfDay]:
    """The mornings and afternoons that the event touches; noon is at one o'clock, after lunch begins."""
    found = []
    for day in days(event):
        noon = datetime.combine(day, NOON)
        midnight = datetime.combine(day + timedelta(days=1), time())
        if event.starts_wall < noon and event.ends_wall > datetime.combine(day, time()):
            found.append(HalfDay(day, True))
        if event.ends_wall > noon and event.starts_wall < midnight:
            found.append(HalfDay(day, False))
    return found

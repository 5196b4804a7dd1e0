"""Time has one door: the present instant, and the odd hours of the two nights when clocks change.

The zones come from the pinned `tzdata` package and never from the machine, so that two machines
agree on an appointment.
"""

import zoneinfo
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo

from crm.errors import CrmError
from crm.text import N_

zoneinfo.reset_tzpath(to=[])

PARIS = ZoneInfo("Europe/Paris")

# The years of an appointment: what lies outside is a slip of the keyboard, such as 0026.
FIRST_YEAR, LAST_YEAR = 1900, 2200

# How the association's zone is found; the settings enter it.
told: list[Callable[[], ZoneInfo]] = []


class SkippedHour(CrmError):
    text = N_("Clocks go forward that night: %(hour)s does not exist. Enter another time.")


class UnlikelyYear(CrmError):
    text = N_("The year %(year)s is not one of ours: enter a year between %(first)s and %(last)s.")

    def __init__(self, *, year: int, first: int = FIRST_YEAR, last: int = LAST_YEAR) -> None:
        super().__init__(year=f"{year:04}", first=str(first), last=str(last))


class UnknownZone(CrmError):
    text = N_("“%(zone)s” is not a time zone. Choose one of the list, such as Europe/Paris.")


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def office() -> ZoneInfo:
    """The zone in which the association's days begin: the one its settings name."""
    return told[-1]() if told else PARIS


@cache
def zone_names() -> tuple[str, ...]:
    """The zones an appointment may be in, by name, without the historical aliases."""
    return tuple(sorted(n for n in zoneinfo.available_timezones() if "/" in n and not n.startswith("Etc/")))


def zone(name: str) -> ZoneInfo:
    """The zone of that IANA name. Raises UnknownZone."""
    if name not in zone_names():
        raise UnknownZone(zone=name)
    return ZoneInfo(name)


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment (UTC) clocks in `zone` show `wall`; the earlier one when autumn shows it twice.

    `wall` is naive. Raises SkippedHour for an hour that spring leaves out, UnlikelyYear.
    """
    if not FIRST_YEAR <= wall.year <= LAST_YEAR:
        raise UnlikelyYear(year=wall.year)
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != wall:
        raise SkippedHour(hour=f"{wall:%H:%M}")
    return moment


def comes_twice(wall: datetime, zone: ZoneInfo) -> bool:
    """Whether clocks in `zone` show the naive `wall` twice, in the night in which they go back."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first < second


def day(moment: datetime, zone: ZoneInfo | None = None) -> date:
    """The day it is at that moment in `zone`, in the association's without one."""
    return moment.astimezone(zone or office()).date()

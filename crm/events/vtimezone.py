"""Time zones as other calendar programs read them right: one yearly rule for each change of clocks.

icalendar's own VTIMEZONE lists every change as RDATE values, of which ical.js and vobject take the
first alone and which Outlook ignores. The rules here come from the footer of the zone's TZif file
(RFC 8536, a POSIX TZ string), as found in the pinned `tzdata` package. What such a rule cannot say,
and instants for which it does not hold, are left to UTC.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur

from crm import clock

# The rules of today's zones hold since then (the United States changed theirs in 2007).
FIRST_YEAR = 2007

_DAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
_NAME = r"(<[^>]+>|[A-Za-z]+)"
_OFFSET = r"([+-]?\d+(?::\d+){0,2})"
_FOOTER = re.compile(rf"{_NAME}{_OFFSET}(?:{_NAME}{_OFFSET}?,([^,]+),([^,]+))?")


class Inexpressible(ValueError):
    """The zone has no yearly rule that every reader knows."""


@dataclass(frozen=True)
class Onset:
    """When clocks change, each year: the `week`th (5: the last) such weekday (0: Sunday) of the month.

    `hour` is counted from midnight, in the wall time that ends then.
    """

    month: int
    week: int
    weekday: int
    hour: timedelta

    @classmethod
    def read(cls, rule: str) -> "Onset":
        spec, _, hour = rule.partition("/")
        after_midnight = _offset(hour or "2")
        if not spec.startswith("M") or not timedelta() <= after_midnight < timedelta(days=1):
            raise Inexpressible(rule)
        month, week, weekday = (int(part) for part in spec[1:].split("."))
        return cls(month, week, weekday, after_midnight)

    def in_year(self, year: int) -> datetime:
        """The wall time of the change, naive."""
        first = datetime(year, self.month, 1)  # noqa: DTZ001  (a wall time has no zone)
        day = first + timedelta(days=(self.weekday - first.isoweekday()) % 7)
        found = day + timedelta(weeks=self.week - 1)
        if found.month != self.month:
            found -= timedelta(weeks=1)
        return found + self.hour

    @property
    def recurrence(self) -> vRecur:
        nth = "-1" if self.week == 5 else str(self.week)
        return vRecur({"FREQ": "YEARLY", "BYMONTH": self.month, "BYDAY": nth + _DAYS[self.weekday]})


@dataclass(frozen=True)
class Summer:
    """The part of the year whose clocks are ahead."""

    name: str
    offset: timedelta
    begins: Onset
    ends: Onset


@dataclass(frozen=True)
class Rules:
    """A zone in one line: its standard time, and its summer time if it has one. Offsets are east of UTC."""

    name: str
    offset: timedelta
    summer: Summer | None

    @classmethod
    def read(cls, footer: str) -> "Rules":
        """The rules that a POSIX TZ string states. Raises Inexpressible."""
        match = _FOOTER.fullmatch(footer)
        if not match:
            raise Inexpressible(footer)
        standard, west, daylight, daylight_west, begins, ends = match.groups()
        offset = -_offset(west)
        if not daylight:
            return cls(_bare(standard), offset, None)
        ahead = -_offset(daylight_west) if daylight_west else offset + timedelta(hours=1)
        if ahead > offset:
            return cls(
                _bare(standard), offset, Summer(_bare(daylight), ahead, Onset.read(begins), Onset.read(ends))
            )
        # Ireland calls its summer time standard and has "daylight saving" in winter.
        return cls(
            _bare(daylight), ahead, Summer(_bare(standard), offset, Onset.read(ends), Onset.read(begins))
        )

    def offset_at(self, moment: datetime) -> timedelta | None:
        """How far clocks are ahead of UTC by these rules; None before they begin."""
        if self.summer is None:
            return self.offset
        if moment.year <= FIRST_YEAR:
            return None
        utc = moment.astimezone(UTC).replace(tzinfo=None)
        begins = self.summer.begins.in_year(utc.year) - self.offset
        ends = self.summer.ends.in_year(utc.year) - self.summer.offset
        in_summer = begins <= utc < ends if begins < ends else not ends <= utc < begins
        return self.summer.offset if in_summer else self.offset


def _offset(text: str) -> timedelta:
    hours, minutes, seconds = ([int(part) for part in text.lstrip("+-").split(":")] + [0, 0])[:3]
    size = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return -size if text.startswith("-") else size


def _bare(name: str) -> str:
    return name.strip("<>")


@cache
def rules(zone: str) -> Rules | None:
    """The rules of the zone of that name; None where they cannot be expressed, and for unknown names."""
    if zone not in clock.zone_names():
        return None
    raw = files("tzdata").joinpath("zoneinfo", *zone.split("/")).read_bytes()
    try:
        return Rules.read(raw.rstrip(b"\n").rpartition(b"\n")[2].decode("ascii"))
    except Inexpressible:
        return None


@lru_cache(8192)
def holds(zone: str, *moments: datetime) -> bool:
    """Whether the zone's VTIMEZONE tells each of these instants without doubt; else send UTC.

    False for the hour that autumn shows twice, which calendars cannot tell apart.
    """
    known = rules(zone)
    if known is None:
        return False
    for moment in moments:
        wall = moment.astimezone(ZoneInfo(zone))
        if known.offset_at(moment) != wall.utcoffset():
            return False
        if wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset():
            return False
    return True


@cache
def component(zone: str) -> Timezone:
    """The VTIMEZONE of a zone for which `holds` was true."""
    known = rules(zone)
    if known is None:
        raise Inexpressible(zone)
    found = Timezone()
    found.add("TZID", zone)
    if known.summer is None:
        # One STANDARD without a rule: a RRULE that never changes anything breaks Outlook.
        start = datetime(1970, 1, 1)  # noqa: DTZ001
        found.add_component(_observance(TimezoneStandard(), known.name, known.offset, known.offset, start))
        return found
    summer = known.summer
    parts = (
        (TimezoneDaylight(), summer.name, known.offset, summer.offset, summer.begins),
        (TimezoneStandard(), known.name, summer.offset, known.offset, summer.ends),
    )
    for part, name, before, after, onset in parts:
        _observance(part, name, before, after, onset.in_year(FIRST_YEAR))
        part.add("RRULE", onset.recurrence)
        found.add_component(part)
    return found


def _observance(
    part: TimezoneStandard | TimezoneDaylight, name: str, before: timedelta, after: timedelta, start: datetime
) -> TimezoneStandard | TimezoneDaylight:
    """Fill in one part of the year; `start` is in the wall time that ends then (RFC 5545 3.6.5)."""
    part.DTSTART = start
    part.TZOFFSETFROM = before
    part.TZOFFSETTO = after
    part.add("TZNAME", name)
    return part

"""Days, hours and durations as webinar platforms write them.

`03/04/2026` is the 3rd of April or the 4th of March: the whole file decides, then the day of the event,
else a person. Only differences between hours matter here: they stay without a zone.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum

from crm.errors import CrmError
from crm.text import N_, fold


class DateOrder(StrEnum):
    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


class DatesContradict(CrmError):
    text = N_(
        "Some dates of this file have the day first and others the month first, "
        "such as %(one)s and %(other)s. Download it again from the platform, in one format."
    )


class NoMoment(CrmError):
    text = N_("“%(said)s” is no day and hour that can be read.")


class NoDuration(CrmError):
    text = N_("“%(said)s” is no duration that can be read.")


_DIGITS = re.compile(r"\b(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})\b")
_ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})")
_NAMED = re.compile(r"\b(?:(\d{1,2})(?:er)?\s+([a-z]{3,9})|([a-z]{3,9})\s+(\d{1,2}))\s+(\d{4})\b")
_HOUR = re.compile(r"(\d{1,2})\s?[:hH]\s?(\d{2})(?::(\d{2}))?(?:[.,]\d+)?\s*([AaPp]\.?\s?[Mm]\b)?")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january janv janvier", "feb february fev fevr fevrier", "mar march mars",
            "apr april avr avril", "may mai", "jun june juin", "jul july juil juillet", "aug august aout",
            "sep sept september septembre", "oct october octobre",
            "nov november novembre", "dec december decembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_SPOKEN = re.compile(
    r"(?P<number>\d+(?:[.,]\d+)?)\s*(?:"
    r"(?P<hours>h|hrs?|heures?|hours?|horas?|ore|ora|std|stunden?|uur)"
    r"|(?P<minutes>m|min|mins|mn|minutes?|minutos?|minuti|minuten)"
    r"|(?P<seconds>s|secs?|seg|sek|secondes?|seconds?|segundos?|sekunden?|secondi)"
    r")\b\.?"
)
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,2}):(\d{2})(?:[.,]\d+)?")


def order_of(said: Iterable[str], days: Iterable[date]) -> DateOrder | None:
    """Which number comes first in these dates; None when nothing tells. Raises DatesContradict.

    A number above twelve tells; else dates that fall on one of the event's days when read one way only.
    """
    days = set(days)
    day_first = month_first = ""
    on_the_day = {DateOrder.DAY_FIRST: 0, DateOrder.MONTH_FIRST: 0}
    matters = False
    for text in said:
        found = _DIGITS.search(text)
        if not found:
            continue
        one, other = int(found[1]), int(found[2])
        matters = matters or one != other
        if one > 12:
            day_first = day_first or text
        elif other > 12:
            month_first = month_first or text
        for order in DateOrder:
            read = _of_digits(found, order)
            on_the_day[order] += read is not None and read in days
    if day_first and month_first:
        raise DatesContradict(one=day_first[:30], other=month_first[:30])
    if day_first or not matters:
        return DateOrder.DAY_FIRST
    if month_first:
        return DateOrder.MONTH_FIRST
    here = [order for order, count in on_the_day.items() if count]
    return here[0] if len(here) == 1 else None


def _of_digits(found: re.Match[str], order: DateOrder) -> date | None:
    one, other, year = int(found[1]), int(found[2]), int(found[3])
    day, month = (one, other) if order is DateOrder.DAY_FIRST else (other, one)
    return _day(year + 2000 if year < 100 else year, month, day)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def moment(said: str, order: DateOrder, default: date) -> datetime:
    """The wall time that is said; on the default day where only an hour is. Raises NoMoment."""
    hour = _HOUR.search(_ISO.sub(" ", said).replace("T", " "))
    day = _said_day(said, order)
    if hour is None or (day is None and not _starts_with_hour(said)):
        raise NoMoment(said=said[:40])
    hours, minutes, seconds = int(hour[1]), int(hour[2]), int(hour[3] or 0)
    if hour[4]:
        hours = hours % 12 + (12 if hour[4][0] in "pP" else 0)
    if hours > 23 or minutes > 59 or seconds > 59:
        raise NoMoment(said=said[:40])
    day = day or default
    return datetime(day.year, day.month, day.day, hours, minutes, seconds)  # noqa: DTZ001


def _starts_with_hour(said: str) -> bool:
    return _HOUR.match(said.strip()) is not None


def _said_day(said: str, order: DateOrder) -> date | None:
    if found := _ISO.search(said):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _DIGITS.search(said):
        return _of_digits(found, order)
    if found := _NAMED.search(fold(said)):
        month = _MONTHS.get(found[2] or found[3])
        return _day(int(found[5]), month, int(found[1] or found[4])) if month else None
    return None


def duration(said: str, per_unit: int = 60) -> timedelta:
    """The length that is said: `62`, `1h 2m 3s`, `1 hr 2 min`, `01:02:03`. Raises NoDuration.

    A bare number counts units of so many seconds.
    """
    text = said.strip().lower()
    if re.fullmatch(r"\d+(?:[.,]\d+)?", text):
        return timedelta(seconds=round(float(text.replace(",", ".")) * per_unit))
    if found := _CLOCK.fullmatch(text):
        return timedelta(hours=int(found[1] or 0), minutes=int(found[2]), seconds=int(found[3]))
    parts = list(_SPOKEN.finditer(text))
    # A number with a unit that is not known must not be passed over: the rest would say too little.
    if not parts or any(sign.isdigit() for sign in _SPOKEN.sub("", text)):
        raise NoDuration(said=said[:40])
    return sum((_spoken(part) for part in parts), timedelta())


def _spoken(part: re.Match[str]) -> timedelta:
    number = float(part["number"].replace(",", "."))
    return timedelta(seconds=round(number * (3600 if part["hours"] else 60 if part["minutes"] else 1)))

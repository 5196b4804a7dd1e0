"""The dates that a rule or a list means, and what must be said of each before anything is made."""

import calendar
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from crm import clock
from crm.errors import CrmError
from crm.text import N_

MOST = 500
_LINE = re.compile(
    r"(?:(?P<d>\d{1,2})[/.](?P<m>\d{1,2})[/.](?P<y>\d{4})|(?P<iso>\d{4}-\d{2}-\d{2}))"
    r"(?:[\sT,]+(?:à\s+)?(?P<hour>\d{1,2})\s*(?::|h)\s*(?P<minute>\d{2})?)?"
)


class Unit(StrEnum):
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    WEEKDAY = "weekday"


class Odd(StrEnum):
    """What is odd about a proposed date."""

    SKIPPED = "skipped"
    TWICE = "twice"
    PAST = "past"
    THERE = "there"


class TooManyDates(CrmError):
    text = N_("A series is made of %(most)s dates at a time at most: choose an earlier end, or fewer times.")


class NoEnd(CrmError):
    text = N_("Say until when, or how many times.")


class NoDates(CrmError):
    text = N_("There is no date in this: choose a later end, or write down dates.")


class UnreadableDate(CrmError):
    text = N_("“%(line)s” is not a date: write for instance 12/06/2030 14:00, one on each line.")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Every so many days, weeks or months after a first date; `WEEKDAY`: that weekday of the month."""

    unit: Unit = Unit.WEEKS
    every: int = 1
    until: date | None = None
    times: int | None = None


@dataclass(frozen=True)
class Proposal:
    """A date to amend: the wall proposed, what is odd about it, and the hour asked that does not exist."""

    wall: datetime
    odd: Odd | None = None
    asked: datetime | None = None


def following(first: datetime, rule: Rule) -> list[datetime]:
    """The walls after the first that the rule means. Raises NoEnd, TooManyDates, NoDates."""
    if rule.until is None and rule.times is None:
        raise NoEnd
    found: list[datetime] = []
    for wall in _walls(first, rule):
        if (rule.until and wall.date() > rule.until) or (rule.times and len(found) >= rule.times):
            break
        if len(found) == MOST:
            raise TooManyDates(most=MOST)
        found.append(wall)
    if not found:
        raise NoDates
    return found


def _walls(first: datetime, rule: Rule) -> Iterator[datetime]:
    every = max(rule.every, 1)
    for number in range(1, 20_000):
        try:
            if rule.unit in (Unit.DAYS, Unit.WEEKS):
                days = every * number * (7 if rule.unit is Unit.WEEKS else 1)
                yield first + timedelta(days=days)
            else:
                yield _in_month(first, every * number, rule.unit)
        except (OverflowError, ValueError):
            return


def _in_month(first: datetime, months: int, unit: Unit) -> datetime:
    """That many months later: on the same day (or the last), or on the same weekday of the month."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    month += 1
    days = calendar.monthrange(year, month)[1]
    if unit is Unit.MONTHS:
        return first.replace(year=year, month=month, day=min(first.day, days))
    offset = (first.weekday() - date(year, month, 1).weekday()) % 7
    day = 1 + offset + 7 * ((first.day - 1) // 7)
    # A month without a fifth one has its last.
    return first.replace(year=year, month=month, day=day if day <= days else day - 7)


def listed(text: str, like: datetime) -> list[datetime]:
    """The dates written down, one on each line, in order and each once; without an hour, that of `like`.

    Raises UnreadableDate, TooManyDates, NoDates.
    """
    found: dict[datetime, None] = {}
    for line in (line.strip() for line in text.splitlines()):
        if line:
            found[_read(line, like)] = None
    if len(found) > MOST:
        raise TooManyDates(most=MOST)
    if not found:
        raise NoDates
    return sorted(found)


def _read(line: str, like: datetime) -> datetime:
    told = _LINE.fullmatch(line)
    if told is None:
        raise UnreadableDate(line=line[:60])
    try:
        day = (
            date.fromisoformat(told["iso"])
            if told["iso"]
            else date(int(told["y"]), int(told["m"]), int(told["d"]))
        )
        hour, minute = (
            (int(told["hour"]), int(told["minute"] or 0)) if told["hour"] else (like.hour, like.minute)
        )
        return like.replace(
            year=day.year, month=day.month, day=day.day, hour=hour, minute=minute, second=0, microsecond=0
        )
    except ValueError:
        raise UnreadableDate(line=line[:60]) from None


def proposed(
    walls: Sequence[datetime], zone: ZoneInfo, *, there: Sequence[datetime] = (), at: datetime
) -> list[Proposal]:
    """Each wall with what must be said of it.

    An hour that spring leaves out is proposed an hour later; of one that autumn shows twice the first
    is meant. `there` are the walls of the events that there are already.
    """
    known = set(there)
    return [_proposed(wall, zone, known, at) for wall in walls]


def _proposed(wall: datetime, zone: ZoneInfo, known: set[datetime], at: datetime) -> Proposal:
    if wall in known:
        return Proposal(wall, Odd.THERE)
    try:
        moment = clock.instant(wall, zone)
    except clock.SkippedHour:
        return Proposal(wall + timedelta(hours=1), Odd.SKIPPED, wall)
    if moment <= at:
        return Proposal(wall, Odd.PAST)
    later = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return Proposal(wall, Odd.TWICE if later != moment else None)

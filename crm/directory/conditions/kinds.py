"""Conditions of plain fields, by the kind of value they hold."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from operator import inv
from typing import Any

from sqlalchemy import ColumnElement, Exists, func, not_, or_
from sqlalchemy.sql.operators import in_op, not_in_op

from crm import clock
from crm.directory.conditions import Asked, Choices, Condition, Named, Operator, Part, Takes, Where
from crm.text import N_, like

# Whether a value of the record passes.
Test = Callable[[Any], ColumnElement[bool]]
# The condition on the record: that a value of its field passes the test; without a test, that it has one.
# For a column: `lambda test: test(Person.city) if test else Person.city != ""`; for a table of values, an
# EXISTS with the test on its column.
Holds = Callable[[Test | None], ColumnElement[bool]]

WHOSE = {
    "filled": N_("whose “%(field)s” is filled in"),
    "empty": N_("whose “%(field)s” is empty"),
    "has": N_("whose “%(field)s” contains “%(value)s”"),
    "has_not": N_("whose “%(field)s” does not contain “%(value)s”"),
    "is": N_("whose “%(field)s” is “%(value)s”"),
    "is_not": N_("whose “%(field)s” is not “%(value)s”"),
    "begins": N_("whose “%(field)s” begins with “%(value)s”"),
    "least": N_("whose “%(field)s” is at least %(value)s"),
    "most": N_("whose “%(field)s” is at most %(value)s"),
    "since": N_("whose “%(field)s” is on or after %(value)s"),
    "before": N_("whose “%(field)s” is before %(value)s"),
    "on": N_("whose “%(field)s” is on %(value)s"),
    "last": N_("whose “%(field)s” is in the last %(days)s days"),
    "older": N_("whose “%(field)s” is more than %(days)s days ago"),
    "next": N_("whose “%(field)s” is in the next %(days)s days"),
    "yes": N_("whose “%(field)s” is yes"),
    "no": N_("whose “%(field)s” is no"),
}
_TEXT = Part("value", N_("Text"), Takes.TEXT)
_NUMBER = Part("value", N_("Number"), Takes.NUMBER)
_DATE = Part("value", N_("Day"), Takes.DATE)
DAYS = Part("days", N_("Days"), Takes.NUMBER, least=1)


def _whose(key: str, label: str, *parts: Part) -> Operator:
    return Operator(key, label, WHOSE[key], parts)


EMPTY = (_whose("filled", N_("is filled in")), _whose("empty", N_("is empty")))
TEXTS = (
    _whose("has", N_("contains"), _TEXT),
    _whose("has_not", N_("does not contain"), _TEXT),
    _whose("is", N_("is"), _TEXT),
    _whose("begins", N_("begins with"), _TEXT),
    *EMPTY,
)
NUMBERS = (
    _whose("is", N_("is"), _NUMBER),
    _whose("least", N_("is at least"), _NUMBER),
    _whose("most", N_("is at most"), _NUMBER),
    *EMPTY,
)
DATES = (
    _whose("since", N_("is on or after"), _DATE),
    _whose("before", N_("is before"), _DATE),
    _whose("on", N_("is on"), _DATE),
    _whose("last", N_("is in the last days"), DAYS),
    _whose("older", N_("is longer ago than"), DAYS),
    _whose("next", N_("is in the next days"), DAYS),
    *EMPTY,
)
YES_NO = (_whose("yes", N_("yes")), _whose("no", N_("no")), *EMPTY)


def negated(found: ColumnElement[bool]) -> ColumnElement[bool]:
    """Not so; what is not known is not so either."""
    return not_(found) if _is_sure(found) else not_(func.coalesce(found, False))


def _is_sure(found: Any) -> bool:
    """Whether it is true or false of every record, so that the database may plan with it as it is."""
    operator = getattr(found, "operator", None)
    if operator in (in_op, not_in_op):
        return not getattr(found.left, "nullable", True)
    return isinstance(found, Exists) or (operator is inv and isinstance(found.element, Exists))


def text_where(holds: Holds) -> Where:
    def where(asked: Asked) -> ColumnElement[bool]:
        if asked.operator in ("filled", "empty"):
            return _filled(holds, asked)
        typed = asked.values["value"]
        if asked.operator == "is":
            return holds(lambda value: _alike(value, typed, "{}"))
        if asked.operator == "begins":
            return holds(lambda value: _alike(value, typed, "{}%"))
        found = holds(lambda value: _alike(value, typed, "%{}%"))
        return negated(found) if asked.operator == "has_not" else found

    return where


def number_where(holds: Holds) -> Where:
    def where(asked: Asked) -> ColumnElement[bool]:
        if asked.operator in ("filled", "empty"):
            return _filled(holds, asked)
        number = asked.values["value"]
        tests: dict[str, Test] = {
            "is": lambda value: value == number,
            "least": lambda value: value >= number,
            "most": lambda value: value <= number,
        }
        return holds(tests[asked.operator])

    return where


def date_where(holds: Holds, *, is_instant: bool = False) -> Where:
    """`is_instant`: the column holds moments, of which the day in the association's zone is meant."""

    def where(asked: Asked) -> ColumnElement[bool]:
        if asked.operator in ("filled", "empty"):
            return _filled(holds, asked)
        first, last = days_asked(asked)
        return holds(lambda value: between(value, first, last, is_instant=is_instant))

    return where


def choice_where(holds: Holds, column_value: Callable[[str], Any] = str) -> Where:
    """`column_value` makes of the chosen text what the column holds."""

    def where(asked: Asked) -> ColumnElement[bool]:
        if asked.operator in ("filled", "empty"):
            return _filled(holds, asked)
        wanted = column_value(asked.values["value"])
        found = holds(lambda value: value == wanted)
        return negated(found) if asked.operator == "is_not" else found

    return where


def yes_no_where(holds: Holds) -> Where:
    def where(asked: Asked) -> ColumnElement[bool]:
        if asked.operator in ("filled", "empty"):
            return _filled(holds, asked)
        wanted = asked.operator == "yes"
        return holds(lambda value: value.is_(wanted))

    return where


def choice_operators(
    choices: Choices, named: Named | None = None, *, may_be_empty: bool = True
) -> tuple[Operator, ...]:
    part = Part("value", N_("Value"), Takes.CHOICE, choices=choices, named=named)
    asked = (_whose("is", N_("is"), part), _whose("is_not", N_("is not"), part))
    return (*asked, *EMPTY) if may_be_empty else asked


def field_condition(
    key: str,
    label: str,
    group: str,
    takes: str,
    *,
    people: Holds | None = None,
    organisations: Holds | None = None,
    choices: Choices | None = None,
    is_data: bool = False,
) -> Condition:
    """The condition of a plain field: `takes` is text, number, date, choice or yes_no."""
    if choices is not None:
        operators = choice_operators(choices)
    else:
        operators = {"text": TEXTS, "number": NUMBERS, "date": DATES, "yes_no": YES_NO}[takes]
    make: dict[str, Callable[[Holds], Where]] = {
        "text": text_where,
        "number": number_where,
        "date": date_where,
        "choice": choice_where,
        "yes_no": yes_no_where,
    }
    return Condition(
        key,
        label,
        group,
        operators,
        people=make[takes](people) if people else None,
        organisations=make[takes](organisations) if organisations else None,
        is_data=is_data,
    )


def _filled(holds: Holds, asked: Asked) -> ColumnElement[bool]:
    there = holds(None)
    return negated(there) if asked.operator == "empty" else there


def _alike(value: Any, typed: str, form: str) -> ColumnElement[bool]:
    """Whatever the capitals; SQLite knows those without accents only, so that the usual ones are tried."""
    ways = {typed} if typed.isascii() else {typed, typed.lower(), typed.upper(), typed.capitalize()}
    patterns = [form.format(like(way)[1:-1]) for way in sorted(ways)]
    return or_(*(value.ilike(pattern, escape="\\") for pattern in patterns))


# Days


def days_asked(asked: Asked) -> tuple[date | None, date | None]:
    """The first and last day that a date operator means, both included."""
    day: date = asked.values.get("value", asked.day)
    days = min(asked.values.get("days", 0), 100_000)
    match asked.operator:
        case "since":
            return day, None
        case "before":
            return None, day - timedelta(days=1)
        case "on":
            return day, day
        case "last":
            return asked.day - timedelta(days=days), asked.day
        case "older":
            return None, asked.day - timedelta(days=days + 1)
        case _:
            return asked.day, asked.day + timedelta(days=days)


def between(value: Any, first: date | None, last: date | None, *, is_instant: bool) -> ColumnElement[bool]:
    """Whether the value lies from the first to the last day, both included; not when it has none."""
    tests: list[ColumnElement[bool]] = [value.is_not(None)]
    if first is not None:
        tests.append(value >= (start_of(first) if is_instant else first))
    if last is not None:
        tests.append(value < start_of(last + timedelta(days=1)) if is_instant else value <= last)
    result = tests[0]
    for test in tests[1:]:
        result = result & test
    return result


def start_of(day: date) -> datetime:
    """The moment at which the day begins for the association."""
    return clock.instant(datetime.combine(day, time.min), clock.office())

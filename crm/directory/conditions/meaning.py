"""What a tree of conditions means: a condition for the database, or the reason why it means nothing."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, union_all
from sqlalchemy.sql.operators import in_op

from crm.db import db
from crm.directory import conditions
from crm.directory.conditions import (
    Asked,
    Condition,
    Gone,
    Missing,
    NotUnderstood,
    Operator,
    Part,
    Said,
    Takes,
)
from crm.directory.conditions.kinds import negated
from crm.directory.conditions.tree import ALL, ANY, Ask, Group
from crm.directory.models import Organisation
from crm.directory.queries.places import territory_named
from crm.territories.models import Territory

EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)


def meant(tree: Group, kind: str, *, day: date) -> ColumnElement[bool]:
    """The condition on Person or Organisation. Raises NotUnderstood, also for a group without a part.

    Nothing is left out: what is not understood must never mean more people.
    """
    parts = [
        meant(part, kind, day=day) if isinstance(part, Group) else condition_of(part, kind, day=day)
        for part in tree.parts
    ]
    if not parts:
        raise NotUnderstood(what=tree.how)
    if tree.how == ALL:
        return and_(*parts)
    return _any_of(parts) if tree.how == ANY else and_(*(negated(part) for part in parts))


def _any_of(parts: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    """One look-up where all parts name records by a question of their own: planned better than an OR."""
    rows = [_named(part) for part in parts]
    if len(parts) < 2 or any(row is None for row in rows):
        return or_(*parts)
    record: Any = getattr(parts[0], "left", None)
    if any(getattr(part, "left", None) is not record for part in parts):
        return or_(*parts)
    found: ColumnElement[bool] = record.in_(union_all(*(row for row in rows if row is not None)))
    return found


def _named(part: ColumnElement[bool]) -> Select[Any] | None:
    """The select behind `record IN (SELECT …)`."""
    inner = getattr(getattr(part, "right", None), "element", getattr(part, "right", None))
    return inner if getattr(part, "operator", None) is in_op and isinstance(inner, Select) else None


def condition_of(ask: Ask, kind: str, *, day: date) -> ColumnElement[bool]:
    """What one condition means. Raises NotUnderstood."""
    condition, operator = entry(ask, kind)
    where = condition.where(kind)
    if where is None:
        raise NotUnderstood(what=condition.label)
    return where(Asked(operator.key, values(ask, condition, operator), day))


def entry(ask: Ask, kind: str) -> tuple[Condition, Operator]:
    """The condition and operator that are asked for. Raises NotUnderstood."""
    condition = conditions.find(kind, ask.key)
    if condition is None:
        raise NotUnderstood(what=ask.key)
    operator = condition.operator(ask.operator)
    if operator is None:
        raise NotUnderstood(what=condition.label)
    return condition, operator


def values(ask: Ask, condition: Condition, operator: Operator) -> dict[str, Any]:
    """The values as conditions take them. Raises NotUnderstood, Gone, Missing."""
    filled = ask.filled
    if not set(filled) <= {part.key for part in operator.parts}:
        raise NotUnderstood(what=condition.label)
    found: dict[str, Any] = {}
    for part in operator.parts:
        text = filled.get(part.key)
        if text is not None:
            found[part.key] = _value(part, text, condition)
        elif part.is_required:
            raise Missing(what=condition.label, part=part.label)
    return found


def _value(part: Part, text: str, condition: Condition) -> Any:
    try:
        match part.takes:
            case Takes.NUMBER:
                number = _number(text)
                if part.least is not None and number < part.least:
                    raise ValueError(text)
                return number
            case Takes.DATE:
                day = date.fromisoformat(text)
                if not EARLIEST <= day <= LATEST:
                    raise ValueError(text)
                return day
            case _:
                if called(part, text, in_english=False) is None:
                    raise Gone(what=condition.label)
                return text
    except ValueError:
        raise NotUnderstood(what=condition.label) from None


def _number(text: str) -> int | float:
    """As typed, with a point or a comma; whole numbers as such."""
    if len(text) > 15 or not text.isascii():
        raise ValueError(text)
    number = float(text.replace(",", "."))
    if number != number or abs(number) > 1e12:
        raise ValueError(text)
    return int(number) if number.is_integer() else number


def called(part: Part, text: str, *, in_english: bool) -> str | Said | None:
    """What a value is called; None when it names something that is gone."""
    match part.takes:
        case Takes.TERRITORY:
            territory = territory_of(text)
            return territory.name if territory else None
        case Takes.ORGANISATION:
            organisation = db.session.get(Organisation, int(text)) if _is_key(text) else None
            return organisation.name if organisation else None
        case Takes.CHOICE:
            if part.named is not None:
                return part.named(text, in_english)
            offered = part.choices(in_english) if part.choices else ()
            found = next((choice for choice in offered if choice.value == text), None)
            if found is None:
                return None
            return found.label if found.is_data else Said(found.label)
        case _:
            return text


def territory_of(text: str) -> Territory | None:
    return territory_named(text) if _is_key(text) or ":" in text else None


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10

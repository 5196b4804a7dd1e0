"""Own fields as conditions of saved views. What a view keeps is the field's key and the choice's key:
both may be renamed while it is in use."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, exists, literal, not_

from crm.directory.conditions import OWN, Asked, Choice, Choices, Condition
from crm.directory.conditions.kinds import Holds, Test, field_condition
from crm.directory.own import messages, queries
from crm.directory.own.models import OwnField, OwnKind
from crm.directory.own.values import COLUMNS
from crm.text import fold, like

SOURCE = "own"


def conditions(of: str) -> Iterable[Condition]:
    """A condition for each field of these records."""
    return [_condition(field) for field in queries.listed(of)]


def _condition(field: OwnField) -> Condition:
    holds = _holds(field)
    made = field_condition(
        f"{SOURCE}.{field.key}",
        messages.name(field),
        OWN,
        field.kind.value,
        people=holds if field.of == queries.PEOPLE else None,
        organisations=holds if field.of == queries.ORGANISATIONS else None,
        choices=_choices(field) if field.kind == OwnKind.CHOICE else None,
        is_data=True,
    )
    if field.kind == OwnKind.TEXT:
        return replace(made, **{field.of: _text_where(holds)})
    return made


def _holds(field: OwnField) -> Holds:
    """That the record has a value that passes the test; read from the field's own index."""
    values, owner = queries.VALUES[field.of], queries.of_record(field.of)
    model: Any = queries.RECORDS[field.of]
    column = values.folded if field.kind == OwnKind.TEXT else getattr(values, COLUMNS[field.kind])

    def holds(test: Test | None) -> ColumnElement[bool]:
        passes = test(column) if test else column.is_not(None)
        return exists().where(owner == model.id, values.field_id == field.id, passes).correlate(model)

    return holds


def _text_where(holds: Holds) -> Any:
    """Accents, capitals and signs do not matter: the folded text is compared."""

    def where(asked: Asked) -> ColumnElement[bool]:
        if asked.operator in ("filled", "empty"):
            there = holds(None)
            return not_(there) if asked.operator == "empty" else there
        typed = fold(str(asked.values["value"]))
        if not typed:
            # Signs alone are found in nothing.
            return literal(asked.operator == "has_not")
        if asked.operator == "is":
            return holds(lambda value: value == typed)
        pattern = like(typed)
        if asked.operator == "begins":
            return holds(lambda value: value.like(pattern[1:], escape="\\"))
        found = holds(lambda value: value.like(pattern, escape="\\"))
        return not_(found) if asked.operator == "has_not" else found

    return where


def _choices(field: OwnField) -> Choices:
    def choices(in_english: bool) -> list[Choice]:
        language = "en" if in_english else "fr"
        keys = [choice["key"] for choice in field.choices]
        return [Choice(key, field.choice_name(key, language), is_data=True) for key in keys]

    return choices

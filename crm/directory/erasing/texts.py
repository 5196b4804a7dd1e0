"""Looking through every text of the database for the words that tell who somebody is, and taking them out.

A table that comes later is looked through too: what is left alone stands on a list with the reason
(`rules.leave`).
"""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, Column, ColumnElement, Enum, String, Table, UniqueConstraint, cast, or_, select
from sqlalchemy.orm import Session

from crm.db import Base
from crm.directory.erasing import rules
from crm.directory.erasing.words import Words
from crm.directory.merging.moving import key_of, of_keys

# Columns by whose values accounts sign what they did: acts keep their authors.
_AUTHORS = ("by", "actor")
# What the house makes by chance or by rule, in which nobody's name can stand.
_MADE = ("token", "badge", "digest", "fingerprint", "stored_as", "token_hash", "slug", "message_id")


@dataclass(frozen=True)
class Hit:
    """One row in which the words stand, and its texts without them."""

    table: Table
    key: tuple[Any, ...]
    values: dict[str, Any]


def swept(table: Table) -> list[Column[Any]]:
    """The columns of the table that are looked through."""
    return [column for column in table.columns if not why_not(column)]


def why_not(column: Column[Any]) -> str:
    """Why the column is not looked through; "" when it is."""
    is_text = isinstance(column.type, String | JSON) and not isinstance(column.type, Enum)
    if not is_text or column.foreign_keys:
        return "no text"
    if column.name in _AUTHORS or str(column.name).endswith("_by"):
        return "says which account did it"
    if str(column.name).endswith(_MADE):
        return "made by the house"
    return rules.left_alone(column.table.name, str(column.name))


def hits(
    session: Session, words: Words, near: Mapping[str, ColumnElement[bool]], close: Words
) -> Iterator[Hit]:
    """Every row in which the words stand. Rows that concern the person (`near`: a condition for some tables)
    are looked through for `close`, which has the names alone too."""
    for table in Base.metadata.sorted_tables:
        columns = swept(table)
        if not columns:
            continue
        asked = [_may_hold(column, words) for column in columns]
        if any(one is not None for one in asked):
            yield from _hits(session, table, columns, or_(*(one for one in asked if one is not None)), words)
        if table.name in near:
            yield from _hits(session, table, columns, near[table.name], close)


def _may_hold(column: Column[Any], words: Words) -> ColumnElement[bool] | None:
    is_json = isinstance(column.type, JSON)
    text = cast(column, String) if is_json else column
    patterns = words.patterns(is_json=is_json)
    return or_(*(text.ilike(pattern) for pattern in patterns)) if patterns else None


def _hits(
    session: Session, table: Table, columns: list[Column[Any]], where: ColumnElement[bool], words: Words
) -> Iterator[Hit]:
    asked = select(*table.primary_key, *columns).where(where)
    for row in session.execute(asked).mappings().all():
        values = {}
        for column in columns:
            name, value = str(column.name), row[column.name]
            without = words.redacted_value(value)
            if without != value:
                values[name] = _alone(column, without)
        if values:
            yield Hit(table, key_of(table, dict(row)), values)


def _alone(column: Column[Any], value: Any) -> Any:
    """Where no two rows may hold the same, what stands in place of the words differs too."""
    uniques = (rule for rule in column.table.constraints if isinstance(rule, UniqueConstraint))
    is_unique = column.unique or column.primary_key or any(column.name in rule.columns for rule in uniques)
    return f"{value} {secrets.token_hex(6)}" if is_unique and isinstance(value, str) else value


def write(session: Session, hit: Hit) -> None:
    """Not through the session: the history would keep what goes. A form that is open meanwhile is told."""
    values = dict(hit.values)
    if "version" in hit.table.c:
        values["version"] = hit.table.c.version + 1
    session.execute(hit.table.update().where(of_keys(hit.table, [hit.key])).values(values))

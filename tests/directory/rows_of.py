"""Rows of any table, made from what the table says of itself; what all tables hold."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import JSON, Boolean, Date, DateTime, Enum, Integer, LargeBinary, Numeric, Table, Time, select
from sqlalchemy.orm import Session

from crm.db import Base

# What goes on counting whatever is undone, and what tells of the undoing itself.
TOLD_APART = frozenset({"changes", "merges", "search_marks", "search_pending", "search_words"})
_numbers = count(1)
# What a check of the table asks for besides: a value, or the table of which a row is needed.
_ASKED: dict[str, dict[str, Any]] = {
    "audience_parts": {"key": 1, "kind": "view"},
    "event_questions": {"event_id": "events"},
    "event_quota_members": {"organisation_id": "organisations"},
    "event_reminders": {"minutes": 5},
}


def add(session: Session, table: Table, **values: Any) -> dict[str, Any]:
    """One row of the table, with a row of each table that it cannot be without."""
    if table.name != "event_quota_members" or "person_id" not in values:
        for name, asked in _ASKED.get(table.name, {}).items():
            is_row = asked in Base.metadata.tables
            values.setdefault(name, add(session, Base.metadata.tables[asked])["id"] if is_row else asked)
    for column in table.columns:
        if column.name in values or column.nullable or column.default is not None:
            continue
        counts_itself = column.primary_key and isinstance(column.type, Integer)
        if counts_itself and len(table.primary_key) == 1 and not column.foreign_keys:
            continue
        for key in column.foreign_keys:
            values[column.name] = add(session, key.column.table)[key.column.name]
        values.setdefault(column.name, value_for(column))
    done = session.execute(table.insert().values(values))
    for column, given in zip(table.primary_key, done.inserted_primary_key, strict=True):
        values.setdefault(column.name, given)
    return values


def value_for(column: Any) -> Any:
    number, kind = next(_numbers), column.type
    if isinstance(kind, Enum):
        return next(iter(kind.enum_class)) if kind.enum_class else kind.enums[0]
    if isinstance(kind, JSON):
        return {}
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, Integer | Numeric):
        return number
    if isinstance(kind, LargeBinary):
        return b"x"
    if isinstance(kind, Date):
        return date(2026, 1, 1)
    if isinstance(kind, Time):
        return datetime(2026, 1, 1, 9, tzinfo=UTC).time()
    if isinstance(kind, DateTime) and not getattr(kind, "timezone", True):
        return datetime(2026, 1, 1) + timedelta(minutes=number)  # noqa: DTZ001  (a wall)
    python = kind.python_type
    if python is datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
    return f"x{number}"


def everything(session: Session) -> dict[str, list[str]]:
    """What each table holds, but for versions and the history."""
    session.flush()
    return {
        table.name: sorted(
            repr([row[name] for name in row if name != "version"])
            for row in session.execute(select(table)).mappings()
        )
        for table in Base.metadata.sorted_tables
        if table.name not in TOLD_APART
    }

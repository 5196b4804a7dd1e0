"""What `Period` says, for the database."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, literal, or_


def running(model: Any, day: date) -> ColumnElement[bool]:
    """What `model.runs_on(day)` says."""
    return and_(
        or_(model.begins_on.is_(None), model.begins_on <= day),
        or_(model.ends_on.is_(None), model.ends_on >= day),
    )


def overlapping(model: Any, begins_on: date | None, ends_on: date | None) -> ColumnElement[bool]:
    """Whether the row's period has a day in common with this one."""
    tests: list[ColumnElement[bool]] = []
    if begins_on is not None:
        tests.append(or_(model.ends_on.is_(None), model.ends_on >= begins_on))
    if ends_on is not None:
        tests.append(or_(model.begins_on.is_(None), model.begins_on <= ends_on))
    return and_(literal(True), *tests)

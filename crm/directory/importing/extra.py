"""Columns that other modules of the directory add to what an import understands: own fields.

    extra.register(source)        from `setup.install`, once

A value is plain: text, whole number, decimal, yes/no, a day in ISO 8601, or None for none; that is how
it is compared, kept for undoing, and handed back.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy.orm import Session

PEOPLE, ORGANISATIONS = "people", "organisations"


@dataclass(frozen=True)
class Extra:
    """One further column: of which records (`PEOPLE` or `ORGANISATIONS`), what people call it, how a cell
    is read. `key` never changes and is no `columns.Field`; `read` raises a CrmError with its sentence."""

    key: str
    label: str
    record: str
    read: Callable[[str], Any]
    headers: tuple[str, ...] = ()


class Source(Protocol):
    """Where further columns come from and where their values are kept.

    A source may name the tables of its values, `tables`: they go with their record, and an undo does not
    take them for something that refers to it.
    """

    def columns(self, session: Session) -> Sequence[Extra]: ...

    def held(self, session: Session, record: str, ids: Collection[int]) -> Mapping[int, Mapping[str, Any]]:
        """What these records hold, by their key and the column's."""
        ...

    def keep(self, session: Session, record: str, values: Sequence[tuple[int, str, Any]]) -> None:
        """Write values in bulk: the record's key, the column's key, the value or None. Commits nothing."""
        ...


_SOURCES: list[Source] = []


def register(source: Source) -> None:
    if source not in _SOURCES:
        _SOURCES.append(source)


def columns(session: Session) -> list[Extra]:
    """All further columns there are now."""
    return [column for source in _SOURCES for column in source.columns(session)]


def held(session: Session, record: str, ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """What these records hold in all further columns."""
    found: dict[int, dict[str, Any]] = {}
    for source in _SOURCES:
        for key, values in source.held(session, record, ids).items():
            found.setdefault(key, {}).update(values)
    return found


def keep(session: Session, record: str, values: Sequence[tuple[int, str, Any]]) -> None:
    """Hand each value to the source that knows its column."""
    for source in _SOURCES if values else ():
        known = {column.key for column in source.columns(session) if column.record == record}
        if own := [value for value in values if value[1] in known]:
            source.keep(session, record, own)


def tables() -> set[str]:
    """The tables that hold nothing but values of further columns."""
    return {name for source in _SOURCES for name in getattr(source, "tables", ())}

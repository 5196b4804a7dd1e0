"""Rows that concern a person without naming them in a column of their own: exchanges, what came with them.

In their texts the family name alone tells who it is, unless somebody else who stands there bears it too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from crm.db import Base, db, one_of
from crm.directory.erasing.knowing import Known
from crm.directory.erasing.models import Erasure
from crm.directory.models import Person
from crm.text import fold

# For the keys of people: the keys of rows of a table that concern them.
Rows = Callable[[list[int]], Select[int]]
_rows: dict[str, Rows] = {}
_beside: dict[str, Callable[[list[int]], Select[int]]] = {}


def columns() -> list[tuple[Any, Any]]:
    """Every column of every table that names people by a foreign key, with its table."""
    return [
        (table, key.parent)
        for table in Base.metadata.sorted_tables
        for key in sorted(table.foreign_keys, key=lambda key: str(key.parent.name))
        if key.column.table.name == "people" and table.name not in ("people", Erasure.__tablename__)
    ]


@dataclass
class Near:
    """`keys` are those of the rows, by table; `others` the names of people who stand beside them."""

    keys: dict[str, list[int]] = field(default_factory=dict)
    others: frozenset[str] = frozenset()

    @property
    def rows(self) -> Mapping[str, ColumnElement[bool]]:
        return {
            name: one_of(Base.metadata.tables[name].c.id, set(keys))
            for name, keys in self.keys.items()
            if keys
        }

    def refs(self) -> set[str]:
        return {f"{table}:{key}" for table, keys in self.keys.items() for key in keys}


def enter(table: str, rows: Rows, *, beside: Rows | None = None) -> None:
    """Rows of that table concern the people whose keys are given; `beside` gives the keys of those who stand
    there with them."""
    _rows[table] = rows
    if beside is not None:
        _beside[table] = beside


def of(who: Known) -> Near:
    keys = {table: list(db.session.scalars(rows(who.people))) for table, rows in _rows.items()}
    for table, column in columns():
        if "id" in table.c:
            named = db.session.scalars(select(table.c.id).where(column.in_(who.people)))
            keys[table.name] = [*keys.get(table.name, []), *named]
    names: set[str] = set()
    for beside in _beside.values():
        others = select(Person.given_name, Person.family_name).where(
            Person.id.in_(beside(who.people)), Person.id.not_in(who.people)
        )
        names |= {fold(name) for pair in db.session.execute(others) for name in pair if name}
    return Near(keys, frozenset(names))

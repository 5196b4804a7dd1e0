"""Giving the rows of one record to another, by walking the foreign keys of all tables.

Every step is written down as it is made, so that `undoing` can walk the same way back.
"""

import base64
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import Enum
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Index,
    Table,
    UniqueConstraint,
    and_,
    func,
    null,
    or_,
    select,
)
from sqlalchemy.orm import Session

from crm.db import Base
from crm.directory.merging import following, rules
from crm.directory.merging.models import FormerToken

PART = 400  # keys in one statement
# A chain of merges is walked link by link; its links do not move.
_OWN = frozenset({"merged_into_id"})

Row = dict[str, Any]
Step = dict[str, Any]


@dataclass(frozen=True)
class Reference:
    """A column that holds keys of a table; `where` when only some of its rows do."""

    table: Table
    column: Column[Any]
    where: ColumnElement[bool] | None = None
    is_loose: bool = False

    @property
    def name(self) -> str:
        return f"{self.table.name}.{self.column.name}"

    def naming(self, key: Any) -> ColumnElement[bool]:
        """The rows that name the key."""
        asked = self.column == key
        return asked if self.where is None else and_(asked, self.where)


def references(of: str) -> list[Reference]:
    """Every column of every table that names rows of that one, but for what is computed."""
    found = [
        Reference(table, key.parent)
        for table in Base.metadata.sorted_tables
        for key in sorted(table.foreign_keys, key=lambda key: str(key.parent.name))
        if key.column.table.name == of and key.parent.name not in _OWN and rules.moves(table.name)
    ]
    for loose in rules.loosely_holding(of):
        table = Base.metadata.tables[loose.table]
        kinds = table.c[loose.told_by].in_(loose.kinds)
        found.append(Reference(table, table.c[loose.column], kinds, is_loose=True))
    return found


@dataclass
class Plan:
    """What would become of one reference: rows that move, and rows of which another stays."""

    reference: Reference
    moving: list[Row] = field(default_factory=list)
    # The row that goes, the row that stays instead.
    dropped: list[tuple[Row, Row]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.moving or self.dropped)


def plan(session: Session, reference: Reference, gone: Any, kept: Any) -> Plan:
    """What becomes of the rows that name the one that goes, once they name the one that stays."""
    made = Plan(reference)
    rows = _rows(session, reference, gone, kept)
    if not rows:
        return made
    weight = rules.weight_of(reference.table.name)
    guards = _guards(session, reference, gone, kept)
    if not guards:
        made.moving = rows
        return made
    standing = _Standing(guards)
    for row in _rows(session, reference, kept, kept):
        standing.add(row, {**row})
    lost: set[int] = set()
    for row in rows:
        after = {**row, reference.column.name: kept}
        rivals = standing.rivals(row, after)
        if not rivals:
            made.moving.append(row)
            standing.add(row, after)
        elif reference.is_loose:
            # What only seems to name the record is not worth losing a row for.
            continue
        elif all(weight(row) > weight(rival) for rival in rivals):
            for rival in rivals:
                standing.remove(rival)
                lost.add(id(rival))
                made.dropped.append((rival, row))
            made.moving.append(row)
            standing.add(row, after)
        else:
            made.dropped.append((row, max(rivals, key=weight)))
    made.moving = [row for row in made.moving if id(row) not in lost]
    return made


class _Guard:
    """One rule that lets only one row stand: the columns that must differ, and for which rows."""

    def __init__(self, columns: Sequence[str], only: set[tuple[Any, ...]] | None, table: Table) -> None:
        self.columns, self.only, self.table = columns, only, table

    def key(self, row: Row, after: Row) -> Any:
        if self.only is not None and key_of(self.table, row) not in self.only:
            return None
        values = tuple(after[name] for name in self.columns)
        # Two rows with an unknown in them do not stand in each other's way.
        return None if None in values else values


class _Standing:
    """The rows that will stand, found by what only one of them may hold."""

    def __init__(self, guards: "list[_Guard | _AlikeGuard]") -> None:
        self.guards = guards
        self.held: list[dict[Any, list[tuple[Row, Row]]]] = [defaultdict(list) for _ in guards]

    def add(self, row: Row, after: Row) -> None:
        for guard, held in zip(self.guards, self.held, strict=True):
            if (key := guard.key(row, after)) is not None:
                held[key].append((row, after))

    def remove(self, row: Row) -> None:
        for held in self.held:
            for key, entries in held.items():
                held[key] = [entry for entry in entries if entry[0] is not row]

    def rivals(self, row: Row, after: Row) -> list[Row]:
        """The standing rows that the row cannot stand beside."""
        found: list[Row] = []
        for guard, held in zip(self.guards, self.held, strict=True):
            key = guard.key(row, after)
            if key is None:
                continue
            for rival, _after in held.get(key, ()):
                same = not isinstance(guard, _AlikeGuard) or guard.rule.same(row, rival)
                if same and not any(rival is one for one in found):
                    found.append(rival)
        return found


class _AlikeGuard:
    """Rows that tell the same by a rule of their table."""

    def __init__(self, rule: rules.Alike, owners: Sequence[str]) -> None:
        self.rule, self.owners = rule, owners

    def key(self, row: Row, after: Row) -> Any:
        del row
        return (*(after[name] for name in self.owners), self.rule.group(after))


def _guards(session: Session, reference: Reference, gone: Any, kept: Any) -> "list[_Guard | _AlikeGuard]":
    table, name = reference.table, reference.column.name
    guards: list[_Guard | _AlikeGuard] = []
    uniques: list[tuple[list[str], Index | None]] = [
        ([column.name for column in rule.columns], None)
        for rule in table.constraints
        if isinstance(rule, UniqueConstraint)
    ]
    uniques.append(([column.name for column in table.primary_key], None))
    uniques += [([column.name for column in index.columns], index) for index in table.indexes if index.unique]
    uniques += [([column.name], None) for column in table.columns if column.unique]
    for columns, index in uniques:
        if name in columns:
            guards.append(_Guard(columns, _of_index(session, reference, index, (gone, kept)), table))
    rule = rules.alike_in(table.name)
    if rule is not None and not reference.is_loose:
        owners = sorted(
            str(key.parent.name)
            for key in table.foreign_keys
            if key.column.table.name in ("people", "organisations")
        )
        guards.append(_AlikeGuard(rule, owners))
    return guards


def _of_index(
    session: Session, reference: Reference, index: Index | None, keys: tuple[Any, ...]
) -> set[tuple[Any, ...]] | None:
    """The keys of the rows that a partial index holds; None when it holds all."""
    where = None if index is None else index.dialect_options["sqlite"].get("where")
    if where is None:
        return None
    own = list(reference.table.primary_key)
    asked = select(*own).where(or_(*(reference.naming(key) for key in keys)), where)
    return {tuple(row) for row in session.execute(asked)}


def _rows(session: Session, reference: Reference, key: Any, kept: Any) -> list[Row]:
    table = reference.table
    asked = select(table).where(reference.naming(key)).order_by(*table.primary_key)
    is_self = any(own.column.table is table for own in reference.column.foreign_keys)
    if is_self:
        # What the two records are to each other is a field of theirs.
        asked = asked.where(table.c.id.not_in([key, kept]))
    return [dict(row) for row in session.execute(asked).mappings()]


def key_of(table: Table, row: Row) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in table.primary_key)


@dataclass
class Mover:
    """Carries rows over and writes down each step."""

    session: Session
    merge_id: int
    steps: list[Step] = field(default_factory=list)

    def carry(self, of: str, gone: Any, kept: Any) -> dict[str, list[int]]:
        """Give all that names the row `gone` of the table to the row `kept`.

        How many rows moved and how many were there already, by table and column.
        """
        counts = {}
        for reference in references(of):
            made = plan(self.session, reference, gone, kept)
            if made:
                counts[reference.name] = [len(made.moving), len(made.dropped)]
                self._make(made, gone, kept)
        return counts

    def _make(self, made: Plan, gone: Any, kept: Any) -> None:
        reference = made.reference
        table, name = reference.table, reference.column.name
        for row, instead in made.dropped:
            self.drop(table, row, instead)
        if not made.moving:
            return
        keys = [key_of(table, row) for row in made.moving]
        for part in parts(keys):
            self.session.execute(table.update().where(of_keys(table, part)).values({name: kept}))
        moved = [key_of(table, {**row, name: kept}) for row in made.moving]
        self.steps.append(
            {
                "do": "move",
                "table": table.name,
                "column": name,
                "of": next((key.column.table.name for key in reference.column.foreign_keys), ""),
                "from": gone,
                "to": kept,
                "keys": [list(map(plain, key)) for key in moved],
            }
        )

    def drop(self, table: Table, row: Row, instead: Row) -> None:
        """Delete a row of which another stays, which takes over all that named it, and what it lacks."""
        if "id" in table.primary_key.columns and len(table.primary_key.columns) == 1:
            self.carry(table.name, row["id"], instead["id"])
            self._remember_token(table, row, instead)
        if values := rules.carried(table.name, row, instead):
            self.set(table, key_of(table, instead), dict(values))
        self.session.execute(table.delete().where(of_keys(table, [key_of(table, row)])))
        self.steps.append({"do": "drop", "table": table.name, "row": told(row)})

    def _remember_token(self, table: Table, row: Row, instead: Row) -> None:
        """Links in mails, and badges, go on working: the token that goes means the row that stays."""
        tokens: Any = FormerToken.__table__
        for column, of in ((name, following.kind_of_token(table.name, name)) for name in following.TOKENS):
            former = select(tokens.c.token).where(tokens.c.of == of, tokens.c.now_id == row["id"])
            for token in self.session.scalars(former).all():
                self.set(tokens, (token,), {"now_id": instead["id"]})
            if row.get(column):
                entry = {"token": row[column], "merge_id": self.merge_id, "of": of, "now_id": instead["id"]}
                self.add(tokens, entry)

    def set(self, table: Table, key: tuple[Any, ...], values: Row) -> None:
        """Change columns of one row."""
        asked = select(*(table.c[name] for name in values)).where(of_keys(table, [key]))
        before = dict(self.session.execute(asked).mappings().one())
        self.session.execute(table.update().where(of_keys(table, [key])).values(values))
        step = {"do": "set", "table": table.name, "key": list(map(plain, key))}
        self.steps.append({**step, "before": told(before), "after": told(values)})

    def add(self, table: Table, row: Row) -> None:
        """Add a row that belongs to the merge alone."""
        self.session.execute(table.insert().values(row))
        self.steps.append({"do": "add", "table": table.name, "key": list(map(plain, key_of(table, row)))})


def totals(session: Session, of: str, key: Any) -> dict[str, int]:
    """How many rows name that one, by table and column."""
    found = {}
    for reference in references(of):
        counted = select(func.count()).select_from(reference.table).where(reference.naming(key))
        if number := session.scalar(counted):
            found[reference.name] = number
    return found


def parts(keys: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(keys), PART):
        yield keys[start : start + PART]


def of_keys(table: Table, keys: Iterable[tuple[Any, ...]]) -> ColumnElement[bool]:
    """The rows of these primary keys."""
    own = list(table.primary_key)
    if len(own) == 1:
        return own[0].in_([key[0] for key in keys])
    return or_(*(and_(*(column == value for column, value in zip(own, key, strict=True))) for key in keys))


# Rows as JSON


def plain(value: Any) -> Any:
    """A value as JSON keeps it; `read` gives it back."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def told(row: Row) -> Row:
    return {name: plain(value) for name, value in row.items()}


def read(table: Table, row: Row) -> Row:
    """The row as its table takes it."""
    return {name: _read(table.c[name], value) for name, value in row.items() if name in table.c}


def _read(column: Column[Any], value: Any) -> Any:
    if isinstance(column.type, JSON):
        # None would be written as JSON's null.
        return null() if value is None else value
    kind = getattr(column.type, "enum_class", None) or _python_type(column)
    if value is None or kind is None:
        return value
    if issubclass(kind, Enum):
        return kind(value)
    if issubclass(kind, datetime | date | time):
        made: Any = kind
        return made.fromisoformat(value)
    return base64.b64decode(value) if kind is bytes else value


def _python_type(column: Column[Any]) -> type | None:
    try:
        return column.type.python_type
    except NotImplementedError:
        return None

"""Walking the steps of a merge backwards, over what happened since.

What was changed, moved on or removed since stays as it is; what could not be brought back is told.
"""

from collections import Counter
from typing import Any

from sqlalchemy import Table, and_, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.db import Base
from crm.directory.merging import rules
from crm.directory.merging.moving import Step, of_keys, parts, read


class Undoer:
    """Takes the steps back, the last one first; `left` counts by table the rows that stay where they are."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.left: Counter[str] = Counter()
        # Rows that came back under another key, because theirs was given away since.
        self.renamed: dict[tuple[str, Any], Any] = {}

    def undo(self, steps: list[Step]) -> None:
        for step in reversed(steps):
            table = Base.metadata.tables.get(step["table"])
            if table is not None:
                getattr(self, f"_{step['do']}")(table, step)

    def _move(self, table: Table, step: Step) -> None:
        column = table.c[step["column"]]
        back = self.renamed.get((step["of"], step["from"]), step["from"])
        place = [own.name for own in table.primary_key].index(column.name) if column.primary_key else None
        for part in parts([self._keys(table, key) for key in step["keys"]]):
            there = and_(of_keys(table, part), column == step["to"])
            if place is not None:
                there = and_(there, column == step["to"])
            number = self.session.scalar(select(func.count()).select_from(table).where(there)) or 0
            if not self._tried(table.update().where(there).values({column.name: back})):
                number = sum(
                    self._tried(
                        table.update()
                        .where(of_keys(table, [key]), column == step["to"])
                        .values({column.name: back})
                    )
                    for key in part
                )
            if number < len(part):
                self.left[table.name] += len(part) - number

    def _set(self, table: Table, step: Step) -> None:
        """Back to what it was, where it still is what the merge made of it."""
        there = of_keys(table, [self._keys(table, step["key"])])
        before, after = read(table, step["before"]), read(table, step["after"])
        still = and_(there, *(table.c[name].is_not_distinct_from(value) for name, value in after.items()))
        self._tried(table.update().where(still).values(before))

    def _drop(self, table: Table, step: Step) -> None:
        """The row comes back whole; under a new key when its own was given to another since."""
        row = dict(rules.revived(table.name, read(table, step["row"])))
        for name, value in list(row.items()):
            for key in table.c[name].foreign_keys:
                row[name] = self.renamed.get((key.column.table.name, value), row[name])
        own = [column.name for column in table.primary_key]
        if own == ["id"]:
            taken = select(table.c.id).where(table.c.id == row["id"])
            if self.session.scalar(taken) is not None:
                former = row.pop("id")
                given = self._inserted(table, row)
                if given is not None:
                    self.renamed[(table.name, former)] = given
                return
        self._inserted(table, row)

    def _add(self, table: Table, step: Step) -> None:
        self._tried(table.delete().where(of_keys(table, [self._keys(table, step["key"])])))

    def _withdraw(self, table: Table, step: Step) -> None:
        """An objection that the merge carried over; one that its owner made since has another source."""
        there = of_keys(table, [self._keys(table, step["key"])])
        self._tried(table.delete().where(there, table.c.source == step["source"]))

    def _keys(self, table: Table, key: list[Any]) -> tuple[Any, ...]:
        own = list(table.primary_key)
        told = read(table, {column.name: value for column, value in zip(own, key, strict=True)})
        if len(own) == 1:
            return (self.renamed.get((table.name, key[0]), told[own[0].name]),)
        return tuple(
            next(
                (
                    self.renamed[(named.column.table.name, told[column.name])]
                    for named in column.foreign_keys
                    if (named.column.table.name, told[column.name]) in self.renamed
                ),
                told[column.name],
            )
            for column in own
        )

    def _inserted(self, table: Table, row: dict[str, Any]) -> Any:
        """The key of the row that was inserted; None when something it needs is gone since."""
        try:
            with self.session.begin_nested():
                done = self.session.execute(table.insert().values(row))
        except IntegrityError:
            self.left[table.name] += 1
            return None
        return done.inserted_primary_key[0]  # type: ignore[attr-defined]

    def _tried(self, statement: Any) -> bool:
        try:
            with self.session.begin_nested():
                self.session.execute(statement)
        except IntegrityError:
            return False
        return True

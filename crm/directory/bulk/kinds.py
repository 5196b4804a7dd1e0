"""What can be done to many records at once: the acts of the directory, and those that upper domains add.

    kinds.register(Enrol())        from `setup.install`; a kind is found by its key

A kind never meets the records one by one: it says in SQL who is left out and why, what stands there
before, and does and undoes its work for a portion of the act's rows.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Select,
    String,
    cast,
    insert,
    literal,
    null,
    select,
    update,
)

from crm import history
from crm.db import db, is_sqlite
from crm.directory.bulk.models import BulkAct, BulkRow, RowState
from crm.directory.models import Organisation, Person
from crm.web.rights import May

PEOPLE, ORGANISATIONS = "people", "organisations"
MODELS: dict[str, Any] = {PEOPLE: Person, ORGANISATIONS: Organisation}


@dataclass(frozen=True)
class Portion:
    """Some of an act's rows: those from `first` to `last` that are in `state`; whose work it is, and when."""

    act: BulkAct
    first: int
    last: int
    state: RowState
    by: str
    at: datetime

    @property
    def model(self) -> Any:
        return MODELS[self.act.of]

    @property
    def facts(self) -> dict[str, Any]:
        return self.act.facts

    @property
    def of_portion(self) -> tuple[ColumnElement[bool], ...]:
        return (
            BulkRow.bulk_act_id == self.act.id,
            BulkRow.record_id.between(self.first, self.last),
            BulkRow.state == self.state,
        )

    def keys(self, *more: ColumnElement[bool]) -> Select[int]:
        """The records of the portion."""
        return select(BulkRow.record_id).where(*self.of_portion, *more)

    def befores(self) -> list[int | None]:
        """What stood in the records before, each once."""
        return list(db.session.scalars(select(BulkRow.before).where(*self.of_portion).distinct()))

    def touch(self, *more: ColumnElement[bool], **values: Any) -> None:
        """Change the records; whoever has one of them open is told when saving."""
        changed = update(self.model).where(self.model.id.in_(self.keys(*more)))
        values["version"] = self.model.version + 1
        db.session.execute(changed.values(values), execution_options={"synchronize_session": False})

    def remember(self, values: dict[str, Any], *more: ColumnElement[bool]) -> None:
        """Write into the history of each record what changed, before and after: one statement."""
        table: Any = history.Change.__table__
        self._remember(self.keys(*more), literal(values, table.c["values"].type))

    def remember_each(self, column: str) -> None:
        """The same for a column that is emptied and held a text or an instant of its own in each record."""
        held = cast(getattr(self.model, column), String)
        told = literal(f'{{"{column}": ["') + held + literal('", null]}')
        rows = self.keys().join(self.model, self.model.id == BulkRow.record_id)
        self._remember(rows, told if is_sqlite(db.session()) else cast(told, JSON))

    def _remember(self, rows: Select[Any], values: ColumnElement[Any]) -> None:
        table: Any = history.Change.__table__
        rows = rows.with_only_columns(
            literal(self.at, table.c.at.type),
            literal(self.by),
            literal("changed"),
            literal(f"{self.act.of}:") + cast(BulkRow.record_id, String),
            values,
        )
        names = ["at", "actor", "act", "record", "values"]
        db.session.execute(insert(table).from_select(names, rows, include_defaults=False))


class Kind(ABC):
    """One act. `asks` is the label of the one thing it wants to know, `typed` whether that is free text.

    `reasons` are why records are left out; `title` and `button` are formatted with the facts' `name`.
    """

    key = ""
    of: tuple[str, ...] = (PEOPLE, ORGANISATIONS)
    label = ""
    icon = "check"
    may = May.WRITE
    asks = ""
    typed = False
    in_bin = False
    title = ""
    button = ""
    undone = ""
    reasons: dict[str, str] = {}

    def offered(self, of: str) -> list[tuple[str, str]]:
        """What may be chosen (or proposed, where it is typed): value and name."""
        del of
        return []

    def facts(self, of: str, asked: str) -> dict[str, Any]:
        """What the act needs, from what was chosen; `name` for the sentences. Only reads. Raises CrmError."""
        del of, asked
        return {"name": ""}

    def reach(self, of: str, rows: Select[Any], day: Any) -> tuple[str, Select[Any]]:
        """Which records are changed: those of the list, unless it is about others that belong to them."""
        del day
        return of, rows

    def prepare(self, act: BulkAct) -> None:
        """What is made once before the rows are."""
        del act

    def hold(self, act: BulkAct) -> None:
        """What else is to stay as it is during a portion: locked before the portion's records are."""
        del act

    def finish(self, act: BulkAct) -> None:
        """What is tidied once after the act was taken back."""
        del act

    @abstractmethod
    def why(self, of: str, facts: dict[str, Any]) -> ColumnElement[Any]:
        """For a row of the model: why it is left out, NULL when it is not."""

    def before(self, of: str, facts: dict[str, Any]) -> ColumnElement[Any]:
        """For a row of the model: what stands there, when the act replaces it."""
        del of, facts
        return null()

    @abstractmethod
    def do(self, portion: Portion) -> None:
        """Do it to the records of the portion."""

    @abstractmethod
    def stands(self, portion: Portion) -> ColumnElement[bool]:
        """For a row of the act: whether what was done is still so, and can be taken back."""

    @abstractmethod
    def undo(self, portion: Portion) -> None:
        """Take it back from the records of the portion."""


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Enter the act; the same key again replaces it."""
    _kinds[kind.key] = kind


def called(key: str) -> Kind | None:
    return _kinds.get(key)


def of_list(of: str, *, in_bin: bool) -> Iterable[Kind]:
    """The acts on that list, or on its bin."""
    return [kind for kind in _kinds.values() if of in kind.of and kind.in_bin == in_bin]

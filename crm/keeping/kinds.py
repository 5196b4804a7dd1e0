"""Which records have a history to read and a bin to come back from: each domain enters its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select, String, cast, inspect, literal, select

from crm.db import Base, db
from crm.errors import CrmError
from crm.history import Change

# Columns that follow from others or that nobody typed.
UNTOLD = frozenset(
    {"id", "search", "sort", "version", "created_at", "updated_at", "position", "merged_into_id"}
    | {"import_id", "erased_at"}
)


@dataclass(frozen=True)
class Fact:
    """One column or list of a record: its label (N_), and what its values are called.

    `text` is "long" for plain text of several lines and "rich" for HTML: both are told as a difference.
    What does not go back by itself (`reverts`) is changed on its own page.
    """

    label: str
    values: Mapping[Any, str] | None = None
    text: str = ""
    reverts: bool = True


@dataclass(frozen=True, kw_only=True)
class Binned:
    """How records of one kind lie in the bin: `label` names them all (N_).

    `restore(record, by=account, at=instant)` takes one out; `in_the_way` says why that cannot be. `erase` is
    the address of the page that erases one for good, for those who may; "" where there is none.
    """

    label: str
    restore: Callable[..., Any]
    matches: Callable[[str], Sequence[ColumnElement[bool]]]
    detail: Callable[[Any], str] = lambda record: ""
    in_the_way: Callable[[Any], CrmError | None] = lambda record: None
    options: Sequence[Any] = ()
    erase: Callable[[Any], str] = lambda record: ""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Something done to many records at once, this one among them: what it is called, and its page.

    `tells` says whether a change is part of it. What added the record wrote no change: `made_at`, `made_by`.
    """

    name: str
    address: str
    tells: Callable[[Change], bool]
    made_at: datetime | None = None
    made_by: str = ""


class Further(Protocol):
    """Fields that are data: what the history calls them, what a record holds in them, and setting it back."""

    def fact(self, name: str) -> Fact | None: ...
    def held(self, record: Any, name: str) -> Any: ...
    def put(self, record: Any, values: Mapping[str, Any], *, by: str, at: datetime) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of record. `one` names it in the singular (N_), `address` leads to its page.

    `parts` gives, for a record's key, the names in the history of what is told on its page too (its roles).
    `batches` gives the acts on many records of which these changes of it may be part, or that added it.
    `settle(record, names, at=)` puts right what follows from columns that were set back, and refuses.
    """

    model: Any
    one: str
    address: Callable[[Any], str]
    facts: Mapping[str, Fact]
    called: Callable[[Any], str] = lambda record: str(record.name)
    parts: Callable[[int], Sequence[Select[str]]] = lambda key: ()
    settle: Callable[..., None] | None = None
    bin: Binned | None = None
    untold: frozenset[str] = field(default=frozenset())
    batches: Callable[[int, Sequence[Change]], Sequence[Batch]] = lambda key, changes: ()
    further: Further | None = None

    def known_fact(self, name: str) -> Fact | None:
        return self.facts.get(name) or (self.further.fact(name) if self.further else None)

    def fact(self, name: str) -> Fact:
        return self.known_fact(name) or Fact(name)

    def parts_of(self, key: int) -> list[Select[str]]:
        """Its own parts, and those that other domains add to its page."""
        return [*self.parts(key), *(part(key) for part in _parts.get(self.table, {}).values())]

    @property
    def table(self) -> str:
        return str(self.model.__tablename__)

    def tells(self, name: str) -> bool:
        return name not in UNTOLD | self.untold


_kinds: dict[str, Kind] = {}
_parts: dict[str, dict[str, Callable[[int], Select[str]]]] = {}


def enter(kind: Kind) -> None:
    """Give this kind of record its history, and its bin when it has one; again replaces it."""
    _kinds[kind.table] = kind


def add_part(table: str, name: str, part: Callable[[int], Select[str]]) -> None:
    """Tell on the page of that kind of record the history of another domain's rows too (see `Kind.parts`)."""
    _parts.setdefault(table, {})[name] = part


def known(table: str) -> Kind | None:
    return _kinds.get(table)


def kinds() -> list[Kind]:
    return list(_kinds.values())


def with_bin() -> list[Kind]:
    return [kind for kind in _kinds.values() if kind.bin is not None]


def refs(model: Any, condition: ColumnElement[bool]) -> Select[str]:
    """How the rows of that condition are named in the history."""
    return select(literal(f"{model.__tablename__}:") + cast(model.id, String)).where(condition)


def model_of(table: str) -> Any:
    """The class of that table's rows, None when there is none."""
    mappers = (mapper for mapper in Base.registry.mappers if mapper.local_table.name == table)  # type: ignore[attr-defined]
    return next((mapper.class_ for mapper in mappers), None)


def found(ref: str) -> Any:
    """The record that the history names so (`people:12`), None when it is gone."""
    table, _colon, key = ref.partition(":")
    model = model_of(table)
    return db.session.get(model, int(key)) if model is not None and key.isdecimal() else None


def column_of(model: Any, name: str) -> Any:
    """The column of that attribute, None for a list."""
    attribute = inspect(model).column_attrs.get(name)
    return attribute.columns[0] if attribute is not None else None


def now(record: Any, at: datetime) -> None:
    if hasattr(record, "updated_at"):
        record.updated_at = at

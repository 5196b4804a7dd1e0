"""The changes of a record, and what lies in the bin."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, column, func, select, table, union_all

from crm.db import db
from crm.history import Change
from crm.keeping.kinds import Kind
from crm.web.tables import Order

_ACCOUNTS = table("accounts", column("email"), column("name"))


def changes(kind: Kind, key: int) -> Select[Any]:
    """What changed of the record and of its parts: the change, and who did it as people call them."""
    own = select(Change.id).where(Change.record == f"{kind.table}:{key}")
    parts = (select(Change.id).where(Change.record.in_(part)) for part in kind.parts_of(key))
    return _with_names(select(Change)).where(Change.id.in_(union_all(own, *parts)))


def change(change_id: int) -> Any:
    return db.session.execute(_with_names(select(Change)).where(Change.id == change_id)).first()


def _with_names(rows: Select[Any]) -> Select[Any]:
    name = func.coalesce(func.nullif(_ACCOUNTS.c.name, ""), Change.actor).label("who")
    return rows.add_columns(name).outerjoin(_ACCOUNTS, _ACCOUNTS.c.email == Change.actor)


def called(actor: str) -> str:
    """Who that is, as people call them: the name of the account, else what the history has."""
    name = select(_ACCOUNTS.c.name).where(_ACCOUNTS.c.email == actor)
    return db.session.scalar(name) or actor


def latest_first() -> Order:
    return Order(by=Change.id, key=Change.id, descending=True)


def binned(kind: Kind, words: str = "") -> Select[Any]:
    """The records of that kind that lie in the bin; one that was merged into another, or erased, does not."""
    model = kind.model
    rows = select(model).where(model.binned_at.is_not(None))
    if hasattr(model, "merged_into_id"):
        rows = rows.where(model.merged_into_id.is_(None))
    if hasattr(model, "erased_at"):
        rows = rows.where(model.erased_at.is_(None))
    if kind.bin is None:
        return rows
    return rows.where(*(kind.bin.matches(words) if words else ())).options(*kind.bin.options)


def binned_last_first(kind: Kind) -> Order:
    return Order(by=kind.model.binned_at, key=kind.model.id, descending=True)


def binned_by(kind: Kind, keys: Sequence[int]) -> dict[int, str]:
    """Who put each of these records into the bin; one that a bulk act put there is left out."""
    names = [f"{kind.table}:{key}" for key in keys]
    rows = _with_names(select(Change.record, Change.values)).where(
        Change.record.in_(names), Change.act == "changed"
    )
    told: dict[int, str] = {}
    for record, values, who in db.session.execute(rows.order_by(Change.id)):
        if (values.get("binned_at") or [None, None])[1]:
            told[int(record.partition(":")[2])] = who
    return told

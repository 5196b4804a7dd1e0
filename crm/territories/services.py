"""Taking in the official reference."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.orm import Session

from crm import clock
from crm.db import is_sqlite
from crm.territories import queries
from crm.territories.models import ReferenceLoad, Territory
from crm.territories.reference import COLUMNS, Reference

_KEPT = (*COLUMNS, "search", "name_key")
_TABLE = Territory.metadata.tables[Territory.__tablename__]
Key = tuple[str, str]


@dataclass
class Counts:
    """What one loading did, in territories. `ended` are those that the reference has no more."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    ended: int = 0

    def as_facts(self) -> dict[str, int]:
        return asdict(self)


def load(session: Session, *, at: datetime, reference: Reference | None = None) -> Counts:
    """Bring the table to the shipped reference, at once when it holds it already.

    A territory that the reference no longer has is kept, with the day of `at` (UTC) in Paris as its
    end; one that comes back has no end again. Raises DamagedReference.
    """
    reference = reference or Reference()
    _wait_for_others(session)
    latest = queries.latest_load(session)
    if latest is not None and latest.digest == reference.digest:
        total = latest.created + latest.updated + latest.unchanged
        return Counts(read=total, unchanged=total)
    version, rows = reference.open()
    counts = _merge(session, rows, clock.day(at))
    session.add(
        ReferenceLoad(
            digest=reference.digest,
            version=version,
            loaded_at=at,
            created=counts.created,
            updated=counts.updated,
            unchanged=counts.unchanged,
            ended=counts.ended,
        )
    )
    session.flush()
    if counts.created and not is_sqlite(session):
        # What is asked next is planned for a full table, not for the empty one it was.
        session.execute(text("ANALYZE territories"))
    return counts


def _wait_for_others(session: Session) -> None:
    """Let no two processes that start together load the same rows; readers are not held up."""
    if not is_sqlite(session):
        session.execute(text("LOCK TABLE territories IN SHARE ROW EXCLUSIVE MODE"))


def _merge(session: Session, rows: Iterator[dict[str, Any]], today: date) -> Counts:
    """Compare the reference with the table in memory, then write only what differs, in bulk."""
    counts = Counts()
    held = _held(session)
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for row in rows:
        counts.read += 1
        known = held.pop((row["kind"], row["code"]), None)
        if known is None:
            new.append(row | {"ended_on": None})
        elif known[1:] != (*(row[column] for column in _KEPT), None):
            changed.append(row | {"key": known[0], "ended_on": None})
        else:
            counts.unchanged += 1
    gone = [{"key": known[0], "ended_on": today} for known in held.values() if known[-1] is None]
    if new:
        session.execute(insert(_TABLE), new)
    if changed:
        written: dict[str, Any] = {column: bindparam(column) for column in (*_KEPT, "ended_on")}
        session.execute(update(_TABLE).where(_TABLE.c.id == bindparam("key")).values(written), changed)
    if gone:
        ending = update(_TABLE).where(_TABLE.c.id == bindparam("key"))
        session.execute(ending.values(ended_on=bindparam("ended_on")), gone)
    session.expire_all()
    counts.created, counts.updated, counts.ended = len(new), len(changed), len(gone)
    return counts


def _held(session: Session) -> dict[Key, tuple[Any, ...]]:
    """What the table holds: by kind and code, the id, the kept columns and the end."""
    columns = [_TABLE.c[column] for column in ("id", *_KEPT, "ended_on")]
    rows = session.execute(select(*columns))
    return {(row[1], row[3]): tuple(row) for row in rows}

"""Every act has an author: who changed what, when, from what to what.

Written by the session itself when it flushes, in the same transaction as the change. Bulk
statements do not pass here; what writes in bulk keeps a record of its own (an import's batch, a
mailing's deliveries).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any

from sqlalchemy import JSON, Insert, column, event, func, inspect, select, table
from sqlalchemy.orm import Mapped, Session, UOWTransaction, mapped_column
from sqlalchemy.orm.exc import StaleDataError

from crm import at_end, clock, writing
from crm.db import Base
from crm.errors import Changed

_ACCOUNTS = table("accounts", column("email"), column("name"))
SECRET = frozenset({"badge", "password_hash", "token", "token_hash"})
# Where a session keeps what it will tell at once.
TOGETHER = "told together"
# Which attribute says what a record is called, the first it has.
NAMES = ("name", "title", "email", "number", "what", "words")


class Change(Base):
    """One record made, altered or removed, by whom, with the values before and after."""

    __tablename__ = "changes"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str]
    act: Mapped[str]
    record: Mapped[str] = mapped_column(index=True)
    values: Mapped[dict[str, Any]] = mapped_column(JSON)


def act_as(session: Session, actor: str) -> None:
    """Name who is behind what this session will write: an account's address, or a command."""
    session.info["actor"] = actor


def named(target: Any) -> str:
    """How a record is named in the history: its table and key."""
    return f"{target.__tablename__}:{target.id}"


def plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool | list | dict | None) else str(value)


def _columns(target: Any, act: str) -> dict[str, Any]:
    state = inspect(target)
    told: dict[str, Any] = {}
    for attribute in state.mapper.column_attrs:
        seen = state.attrs[attribute.key].history
        if act == "changed" and not seen.has_changes():
            continue
        before = None if act == "made" else (seen.deleted or seen.unchanged or [None])[0]
        after = None if act == "removed" else (seen.added or seen.unchanged or [None])[0]
        if before is None and after is None:
            continue
        hidden = attribute.key in SECRET
        told[attribute.key] = ["•", "•"] if hidden else [plain(before), plain(after)]
    return told


def _written(record: Any) -> dict[str, Any]:
    """What `_columns` tells of a record that one statement just made: there is nothing to compare."""
    state = inspect(record)
    told: dict[str, Any] = {}
    for attribute in state.mapper.column_attrs:
        value = state.dict.get(attribute.key)
        if value is not None:
            told[attribute.key] = ["•", "•"] if attribute.key in SECRET else [None, plain(value)]
    return told


def _links(session: Session, target: Any) -> dict[str, Any]:
    """What was tied to the record or taken off it: for each list `[what went, what came]`.

    Each is a pair: how the other record is named in the history, and what it was called then.
    """
    state = inspect(target)
    told: dict[str, Any] = {}
    for relation in state.mapper.relationships:
        is_own = relation.secondary is not None or relation.cascade.delete_orphan
        if not relation.uselist or relation.viewonly or not is_own:
            continue
        seen = state.attrs[relation.key].history
        if seen.added or seen.deleted:
            pair = [seen.deleted or (), seen.added or ()]
            told[relation.key] = [[_link(session, other) for other in others] for others in pair]
    return told


def _link(session: Session, other: Any) -> list[str]:
    """A row that only ties two records (`__ties__` names its way to the other one) is told as that one."""
    way = getattr(other, "__ties__", None)
    if way is not None:
        relation = inspect(type(other)).relationships[way]
        tied = getattr(other, way)
        if tied is None:
            keys = [getattr(other, column.key) for column in relation.local_columns]
            tied = session.get(relation.mapper.class_, keys[0]) if keys[0] is not None else None
        other = other if tied is None else tied
    name = next((getattr(other, word) for word in NAMES if getattr(other, word, None)), "")
    return [named(other) if getattr(other, "id", None) is not None else "", str(name)]


@event.listens_for(Session, "after_flush")
def _remember(session: Session, work: UOWTransaction) -> None:
    rows: list[dict[str, Any]] = []
    for act, targets in (
        ("made", session.new),
        ("changed", session.dirty),
        ("removed", session.deleted),
    ):
        for target in targets:
            if getattr(target, "__history__", True) is False or isinstance(target, Change):
                continue
            values = _columns(target, act)
            if act != "removed":
                values |= _links(session, target)
            if values and hasattr(target, "id"):
                rows.append(_row(session, act, target, values))
    if rows:
        session.execute(_changes(), rows)


def _row(session: Session, act: str, target: Any, values: dict[str, Any]) -> dict[str, Any]:
    return {
        "at": clock.now(),
        "actor": session.info.get("actor", "system"),
        "act": act,
        "record": named(target),
        "values": values,
    }


def write_new(session: Session, record: Any, *, if_absent: bool = False, **ties: Sequence[Any]) -> bool:
    """`crm.writing.write_new`, told like all that the session writes; `ties` are what else is tied to it."""
    if not writing.write_new(session, record, if_absent=if_absent):
        return False
    values = _written(record)
    for name, others in ties.items():
        values[name] = [[], [_link(session, other) for other in others]]
    _tell(session, _row(session, "made", record, values))
    return True


def _tell(session: Session, row: dict[str, Any]) -> None:
    together: list[dict[str, Any]] | None = session.info.get(TOGETHER)
    if together is None:
        session.connection().execute(_changes(), row)
    else:
        together.append(row)


@contextmanager
def together(session: Session) -> Iterator[None]:
    """What `write_new` writes inside is told together at its end; nothing, when an error ends it."""
    if TOGETHER in session.info:
        yield
        return
    rows = session.info[TOGETHER] = []
    try:
        yield
    finally:
        del session.info[TOGETHER]
    for row in rows:
        at_end.write(session, Change, row)


@cache
def _changes() -> Insert:
    return Base.metadata.tables["changes"].insert()


def latest(session: Session, target: Any) -> int:
    """The key of the last change of the record, 0 when it never was: a version for what has none."""
    return session.scalar(select(func.max(Change.id)).where(Change.record == named(target))) or 0


def last_actor(session: Session, target: Any) -> str:
    """Who last changed the record, as people call them; "" when it never was.

    The name of the account that did it, else what the history says: an address, or a command.
    """
    latest = (
        select(func.coalesce(func.nullif(_ACCOUNTS.c.name, ""), Change.actor))
        .select_from(Change)
        .outerjoin(_ACCOUNTS, _ACCOUNTS.c.email == Change.actor)
        .where(Change.record == named(target))
        .order_by(Change.id.desc())
        .limit(1)
    )
    return session.scalar(latest) or ""


def save(session: Session, record: Any) -> None:
    """Write the record now. Raises Changed, and undoes the unit of work, when it was saved meanwhile."""
    try:
        session.flush()
    except StaleDataError:
        session.rollback()
        raise Changed(who=last_actor(session, record)) from None


def join_last(session: Session, target: Any, *, within: timedelta) -> None:
    """Let the change of the record that was just flushed join the one before it.

    For what saves itself while somebody writes: changes of one actor that are no further apart are
    one, from the first values to the last ones. The making of a record stays as it is.
    """
    rows = select(Change).where(Change.record == named(target)).order_by(Change.id.desc()).limit(2)
    found = list(session.scalars(rows))
    if len(found) < 2:
        return
    last, before = found
    is_one = before.actor == last.actor and before.act == last.act == "changed"
    if not is_one or last.at - before.at > within:
        return
    values = {name: list(pair) for name, pair in before.values.items()}
    for name, (old, new) in last.values.items():
        values[name] = [values[name][0] if name in values else old, new]
    last.values = {name: pair for name, pair in values.items() if pair[0] != pair[1]}
    session.delete(before)
    session.flush()

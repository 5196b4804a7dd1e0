"""Setting one change back, and taking records out of the bin."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, DateTime, Enum, UniqueConstraint, inspect, select

from crm import history
from crm.db import UtcDateTime, db
from crm.errors import CrmError
from crm.history import NAMES, Change
from crm.keeping import kinds
from crm.keeping.kinds import Kind
from crm.text import N_


class NothingToRevert(CrmError):
    text = N_("Nothing of this change can be set back by itself: change the record on its own page.")


class RecordGone(CrmError):
    text = N_("The record of this change is no longer there.")


class InTheBin(CrmError):
    text = N_("“%(name)s” lies in the bin: take it out first.")


class ValueTaken(CrmError):
    text = N_("“%(value)s” now belongs to “%(name)s”: change that record first.")


class ValueGone(CrmError):
    text = N_("What this record pointed to before is no longer there: choose another on its page.")


class MergedAway(CrmError):
    text = N_("“%(name)s” was merged into another record: undo the merge instead.")


@dataclass(frozen=True)
class Step:
    """One field to set back. It is free when it still holds what the change left there."""

    name: str
    before: Any
    after: Any
    now: Any

    @property
    def is_free(self) -> bool:
        return bool(self.now == self.after)


def steps(change: Change) -> list[Step]:
    """What of the change can be set back, and what has happened to it since; none when nothing can."""
    kind, record = kinds.known(change.record.partition(":")[0]), kinds.found(change.record)
    if change.act != "changed" or kind is None or record is None:
        return []
    told = []
    for name, pair in change.values.items():
        fact = kind.known_fact(name)
        if fact is None or not fact.reverts or not kind.tells(name) or name in history.SECRET:
            continue
        before, after = pair
        if kinds.column_of(kind.model, name) is not None:
            told.append(Step(name, before, after, history.plain(getattr(record, name))))
        elif isinstance(before, list) and isinstance(after, list):
            # Whatever is tied or untied already is left so.
            told.append(Step(name, before, after, after))
        elif kind.further is not None and name not in kind.facts:
            told.append(Step(name, before, after, kind.further.held(record, name)))
    return told


def revert(change: Change, *, names: Collection[str], by: str, at: datetime) -> Any:
    """Give these fields of the record the values they had before the change; that is a change too.

    Raises NothingToRevert, RecordGone, InTheBin, ValueTaken, ValueGone, Changed, and what the record's
    own rules refuse.
    """
    history.act_as(db.session(), by)
    kind, record = kinds.known(change.record.partition(":")[0]), kinds.found(change.record)
    if kind is None or record is None:
        raise RecordGone
    if getattr(record, "binned_at", None) is not None:
        raise InTheBin(name=kind.called(record))
    chosen = [step for step in steps(change) if step.name in names]
    if not chosen:
        raise NothingToRevert
    further = {step.name: step.before for step in chosen if step.name not in kind.facts}
    with db.session.no_autoflush:
        for step in chosen:
            if step.name not in further:
                _set_back(kind, record, step)
        kinds.now(record, at)
        if kind.settle is not None:
            kind.settle(record, frozenset(step.name for step in chosen), at=at)
    history.save(db.session(), record)
    if kind.further is not None and further:
        kind.further.put(record, further, by=by, at=at)
    return record


def _set_back(kind: Kind, record: Any, step: Step) -> None:
    column = kinds.column_of(kind.model, step.name)
    if column is None:
        _tie_back(record, step)
        return
    value = _value(column.type, step.before)
    if value is not None and column.foreign_keys:
        _check_there(next(iter(column.foreign_keys)).column, value)
    if value is not None and _is_unique(column):
        _check_free(kind, record, column, value)
    setattr(record, step.name, value if value is not None or column.nullable else "")
    if column.foreign_keys:
        pointing = [r.key for r in inspect(type(record)).relationships if column in r.local_columns]
        db.session.expire(record, pointing)


def _value(kind: Any, stored: Any) -> Any:
    """A value of the history as the column has it."""
    if stored is None:
        return None
    if isinstance(kind, Enum) and kind.enum_class is not None:
        return kind.enum_class(stored)
    if isinstance(kind, DateTime | UtcDateTime):
        return datetime.fromisoformat(stored)
    return date.fromisoformat(stored) if isinstance(kind, Date) else stored


def _check_there(pointed_at: Any, key: Any) -> None:
    if db.session.execute(select(1).where(pointed_at == key)).first() is None:
        raise ValueGone


def _is_unique(column: Any) -> bool:
    alone = (
        constraint
        for constraint in column.table.constraints
        if isinstance(constraint, UniqueConstraint) and list(constraint.columns) == [column]
    )
    return bool(column.unique) or next(alone, None) is not None


def _check_free(kind: Kind, record: Any, column: Any, value: Any) -> None:
    other = db.session.scalars(
        select(kind.model).where(column == value, kind.model.id != record.id).limit(1)
    ).first()
    if other is not None:
        raise ValueTaken(value=value, name=kind.called(other))


def _tie_back(record: Any, step: Step) -> None:
    """Take off what the change tied, and tie what it took off, where that is still there."""
    held = getattr(record, step.name)
    relation = inspect(type(record)).relationships[step.name]
    way = getattr(relation.mapper.class_, "__ties__", None)
    came = {_key(item) for item in step.after}
    for row in [row for row in held if _key_of(row, way) in came]:
        held.remove(row)
    there = {_key_of(row, way) for row in held}
    for item in step.before:
        if _key(item) not in there:
            held.append(_tied(relation, way, item))


def _key(item: Any) -> str:
    """What tells an entry of a list from the others: the record it names, else its words."""
    ref, name = item
    return str(name if ref.partition(":")[0] in ("", "phones") else ref)


def _key_of(row: Any, way: str | None) -> str:
    other = getattr(row, way) if way else row
    name = next((getattr(other, word) for word in NAMES if getattr(other, word, None)), "")
    return _key([history.named(other) if getattr(other, "id", None) is not None else "", str(name)])


def _tied(relation: Any, way: str | None, item: Any) -> Any:
    model = relation.mapper.class_
    if way is None and relation.secondary is None:
        return model(**{next(word for word in NAMES if hasattr(model, word)): item[1]})
    other = kinds.found(item[0])
    if other is None:
        raise ValueGone
    return other if way is None else model(**{way: other})


def restore(kind: Kind, record: Any, *, by: Any, at: datetime) -> None:
    """Take the record out of the bin. Raises MergedAway and what its kind says is in the way."""
    if kind.bin is None or record.binned_at is None:
        return
    if getattr(record, "merged_into_id", None) is not None:
        raise MergedAway(name=kind.called(record))
    refusal = kind.bin.in_the_way(record)
    if refusal is not None:
        raise refusal
    kind.bin.restore(record, by=by, at=at)

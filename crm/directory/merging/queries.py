"""Pairs that wait for somebody, merges that were made, and what a merge of two records would move."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from crm.db import count_up_to
from crm.directory.merging import moving, rules
from crm.directory.merging.fields import Record
from crm.directory.merging.models import Merge, Pair
from crm.directory.models import Organisation, Person

MODELS: dict[str, Any] = {"people": Person, "organisations": Organisation}
# How far the pairs are counted for a link that leads to them.
COUNTED = 1_000


def pairs(kind: str) -> Select[Any]:
    """The pairs that nobody settled, whose records are both still there, in no order."""
    one, other = aliased(MODELS[kind]), aliased(MODELS[kind])
    found: Any = (
        select(Pair.id, Pair.strength, Pair.one_id, Pair.other_id, Pair.reasons)
        .join(one, one.id == Pair.one_id)
        .join(other, other.id == Pair.other_id)
        .where(
            Pair.kind == kind,
            Pair.settled_at.is_(None),
            one.binned_at.is_(None),
            other.binned_at.is_(None),
        )
    )
    waiting: Select[Any] = found
    return waiting


def number_of_pairs(session: Session, kind: str) -> int:
    """How many pairs wait; one more than COUNTED when there are more."""
    return count_up_to(session, pairs(kind), COUNTED)


def pair_of(session: Session, kind: str, one: int, other: int) -> Pair | None:
    smaller, larger = sorted((one, other))
    found = select(Pair).where(Pair.kind == kind, Pair.one_id == smaller, Pair.other_id == larger)
    return session.scalars(found).first()


def settled(kind: str) -> Select[Pair]:
    """The pairs that somebody said are not the same, the latest first."""
    return (
        select(Pair)
        .where(Pair.kind == kind, Pair.settled_at.is_not(None))
        .order_by(Pair.settled_at.desc(), Pair.id.desc())
    )


def merges(kind: str | None = None) -> Select[Merge]:
    """The merges that were made, the latest first."""
    made = select(Merge).order_by(Merge.id.desc())
    return made if kind is None else made.where(Merge.kind == kind)


def merges_into(record: Record) -> Select[Merge]:
    """The merges that the record was kept in and that nobody undid, the latest first."""
    return merges(record.__tablename__).where(Merge.kept_id == record.id, Merge.undone_at.is_(None))


@dataclass
class Moved:
    """One kind of thing that moves: how many, and how many are there on both sides."""

    words: str
    moving: int = 0
    same: int = 0


def what_moves(session: Session, kept: Record, gone: Record) -> list[Moved]:
    """What a merge would move, by the words that people use; what nobody named comes last, with no words."""
    counts = {}
    for reference in moving.references(kept.__tablename__):
        made = moving.plan(session, reference, gone.id, kept.id)
        if made:
            counts[reference.name] = [len(made.moving), len(made.dropped)]
    return by_words(counts)


def by_words(counts: dict[str, list[int]]) -> list[Moved]:
    """Counts by table and column, put together under the words for them."""
    told: dict[str, Moved] = {}
    for name, (moving_, same) in counts.items():
        table, _dot, column = name.partition(".")
        words = rules.called(table, column)
        line = told.setdefault(words, Moved(words))
        line.moving += moving_
        line.same += same
    return sorted(told.values(), key=lambda line: (not line.words, -line.moving))


def since(session: Session, made: Merge) -> list[Moved]:
    """What came to the record that was kept after the merge: it stays there when the merge is undone."""
    now = moving.totals(session, made.kind, made.kept_id)
    then = made.snapshot["totals"]
    return by_words(
        {name: [now[name] - then.get(name, 0), 0] for name in now if now[name] > then.get(name, 0)}
    )

"""Organisations within organisations: what stands above one, and all that lies below it.

A part is what names the organisation as its parent. A grouping of communes has its communes too: the
official reference says which they are, and nobody has to type it. No walk goes deeper than `DEEPEST`,
so that even a circle that some file brought in has an end.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import CTE, Select, and_, literal, or_, select
from sqlalchemy.orm import aliased

from crm.db import db
from crm.directory.models import Organisation
from crm.territories.models import Territory, TerritoryKind

DEEPEST = 30


@dataclass
class Branch:
    """An organisation with its parts, in name order; `more` when not all of them are told."""

    id: int
    name: str
    parts: list["Branch"] = field(default_factory=list)
    more: int = 0


def above(parent_id: int | None) -> list[Any]:
    """`id`, `name` and `binned_at` of that parent, its own parent, and so on, read anew, nearest first."""
    if parent_id is None:
        return []
    parent = aliased(Organisation)
    chain = (
        select(Organisation.id, Organisation.parent_id, literal(0).label("height"))
        .where(Organisation.id == parent_id)
        .cte("above", recursive=True)
    )
    chain = chain.union_all(
        select(parent.id, parent.parent_id, chain.c.height + 1).where(
            parent.id == chain.c.parent_id, chain.c.height < DEEPEST
        )
    )
    rows = select(Organisation.id, Organisation.name, Organisation.binned_at).join(
        chain, chain.c.id == Organisation.id
    )
    return list(db.session.execute(rows.order_by(chain.c.height)))


def family(organisation: Organisation) -> CTE:
    """The keys (`id`) of the organisation and of all that are part of it, each once."""
    parts = select(Organisation.id).where(_is_part_of(organisation))
    # UNION and not UNION ALL: a key that came up before ends that branch.
    seed = select(Organisation.id).where(or_(Organisation.id == organisation.id, Organisation.id.in_(parts)))
    # Nameless, so that one statement may ask twice.
    below = seed.cte(recursive=True)
    return below.union(
        select(Organisation.id).where(Organisation.parent_id == below.c.id, Organisation.binned_at.is_(None))
    )


def parts(organisation: Organisation) -> Select[Organisation]:
    """The kept organisations that are directly part of it, by name."""
    return (
        select(Organisation)
        .where(_is_part_of(organisation), Organisation.binned_at.is_(None))
        .order_by(Organisation.sort, Organisation.id)
    )


def has_parts(organisation: Organisation) -> bool:
    return db.session.scalars(parts(organisation).limit(1)).first() is not None


def _is_part_of(organisation: Organisation) -> Any:
    named = Organisation.parent_id == organisation.id
    grouping = organisation.territory
    if grouping is None or grouping.kind is not TerritoryKind.EPCI:
        return named
    communes = select(Territory.id).where(
        Territory.kind == TerritoryKind.COMMUNE,
        or_(Territory.epci_code == grouping.code, Territory.ept_code == grouping.code),
    )
    # A commune that names another parent is where somebody put it.
    by_reference = and_(Organisation.territory_id.in_(communes), Organisation.parent_id.is_(None))
    return or_(named, and_(by_reference, Organisation.id != organisation.id))


def tree(organisation: Organisation, *, most: int = 8, deep: int = 3) -> Branch:
    """The organisation with its parts and theirs: no more than `most` of each, `deep` levels down."""
    root = Branch(organisation.id, organisation.name)
    first = list(db.session.execute(_columns(parts(organisation)).limit(most + 1)))
    _hang(root, first, most)
    level, seen = root.parts, {root.id, *(branch.id for branch in root.parts)}
    for _depth in range(deep - 1):
        level = _next(level, seen, most)
    return root


def _columns(rows: Select[Organisation]) -> Select[Any]:
    named: Select[Any] = rows.with_only_columns(  # type: ignore[assignment]
        Organisation.id, Organisation.name, Organisation.parent_id
    )
    return named


def _next(level: Sequence[Branch], seen: set[int], most: int) -> list[Branch]:
    """The parts of all these branches, hung on them."""
    if not level:
        return []
    rows = select(Organisation.id, Organisation.name, Organisation.parent_id).where(
        Organisation.parent_id.in_([branch.id for branch in level]), Organisation.binned_at.is_(None)
    )
    below: dict[int, list[Any]] = {}
    for row in db.session.execute(rows.order_by(Organisation.sort, Organisation.id).limit(200)):
        if row.id not in seen:
            seen.add(row.id)
            below.setdefault(row.parent_id, []).append(row)
    for branch in level:
        _hang(branch, below.get(branch.id, []), most)
    return [part for branch in level for part in branch.parts]


def _hang(branch: Branch, rows: Sequence[Any], most: int) -> None:
    branch.parts = [Branch(row.id, row.name) for row in rows[:most]]
    branch.more = max(len(rows) - most, 0)

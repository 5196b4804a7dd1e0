"""Finding one territory, or those that a few typed letters may mean."""

import re
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, literal, or_, select
from sqlalchemy.orm import Session, aliased

from crm.db import db
from crm.errors import CrmError
from crm.territories import words
from crm.territories.models import ReferenceLoad, Territory, TerritoryKind
from crm.text import N_, clean, fold

SHORTEST = 2
_MOST_WORDS = 8
_MOST_CANDIDATES = 10
_NARROWED = re.compile(r"^(?P<name>.+?)\s*\((?P<department>[^()]+)\)$")


class UnknownTerritory(CrmError):
    text = N_("The official reference has no “%(asked)s”. Check the spelling, or give the official code.")


class AmbiguousTerritory(CrmError):
    text = N_("“%(asked)s” may be %(candidates)s. Give the official code or the department.")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A territory that the typed letters may mean, with the names of what it lies in."""

    territory: Territory
    department: str | None
    region: str | None


def latest_load(session: Session) -> ReferenceLoad | None:
    """The loading that made the table what it is."""
    return session.scalars(select(ReferenceLoad).order_by(ReferenceLoad.id.desc()).limit(1)).first()


def current() -> Select[Territory]:
    """The territories of the reference now loaded."""
    return select(Territory).where(Territory.ended_on.is_(None))


def suggest(text: str, kind: TerritoryKind | None = None, limit: int = 10) -> list[Suggestion]:
    """What the typed letters, code, postcode or SIREN may mean, the likeliest first.

    Every word must be found, in any order. Exactly that name or code comes first, then names with
    words that begin so, then names that contain it; among equals the most populous. Fewer than two
    letters mean nothing.
    """
    asked = words.asked(text[:100])[:_MOST_WORDS]
    if len("".join(forms[0] for forms in asked)) < SHORTEST:
        return []
    rank = case(
        (_is_exactly(text, asked), 0),
        (and_(*(_begins(forms) for forms in asked)), 1),
        else_=2,
    )
    found = (
        select(Territory.id, rank.label("rank"))
        .where(Territory.ended_on.is_(None), *(_contains(forms) for forms in asked))
        .order_by(rank, Territory.population.desc().nulls_last(), Territory.id)
        .limit(limit)
    )
    if kind is not None:
        found = found.where(Territory.kind == kind)
    return [Suggestion(*row) for row in db.session.execute(_named(found))]


def _named(found: Select[int, int]) -> Select[Territory, str | None, str | None]:
    """The found territories with the names of their department (or collectivity) and region."""
    best = found.subquery()
    department, region = aliased(Territory), aliased(Territory)
    return (
        select(Territory, department.name, region.name)
        .join(best, best.c.id == Territory.id)
        .outerjoin(
            department,
            and_(
                department.kind.in_((TerritoryKind.DEPARTMENT, TerritoryKind.COLLECTIVITY)),
                department.code == Territory.department_code,
            ),
        )
        .outerjoin(region, and_(region.kind == TerritoryKind.REGION, region.code == Territory.region_code))
        .order_by(best.c.rank, Territory.population.desc().nulls_last(), Territory.id)
    )


def _coded(code: str) -> ColumnElement[bool]:
    """The territory's own code or SIREN, however many spaces it was typed with."""
    return or_(Territory.code == code.upper(), Territory.siren == code)


def _is_exactly(text: str, asked: list[tuple[str, ...]]) -> ColumnElement[bool]:
    """Its very name, or the one typed code is one of its codes or postcodes."""
    if len(asked) == 1 and asked[0][0][0].isdigit():
        return Territory.search.like(f"% {asked[0][0]} %")
    return Territory.name_key == words.name_key(words.untitled(text))


def _begins(forms: tuple[str, ...]) -> ColumnElement[bool]:
    """A word begins with one of the forms."""
    return or_(*(Territory.search.like(f"% {form}%") for form in forms))


def _contains(forms: tuple[str, ...]) -> ColumnElement[bool]:
    """One of the forms is somewhere; digits only where a code begins, never in the middle of one."""
    if forms[0][0].isdigit():
        return _begins(forms)
    return or_(*(Territory.search.like(f"%{form}%") for form in forms))


def resolve(
    kind: TerritoryKind, *, code: str | None = None, name: str | None = None, department: str | None = None
) -> Territory:
    """The one territory of that kind with that official code, or else with that name.

    A code may be a SIREN, or that of a commune since merged, which gives the commune it went into.
    Names are compared without accents, signs, articles and the kind's own words; “Colombiers (34)”
    or `department` (code or name) tells namesakes apart. Raises UnknownTerritory, AmbiguousTerritory.
    """
    if code:
        found = _with_code(kind, code)
        if found is None:
            raise UnknownTerritory(asked=code)
        return found
    asked = clean(name)
    candidates = _with_name(kind, asked)
    narrowed = _NARROWED.match(asked)
    if not candidates and narrowed:
        candidates = _with_name(kind, narrowed["name"])
        department = department or narrowed["department"]
    if department and len(candidates) > 1:
        candidates = [candidate for candidate in candidates if _lies_in(candidate, department)]
    if not candidates:
        raise UnknownTerritory(asked=asked)
    if len(candidates) > 1:
        raise AmbiguousTerritory(asked=asked, candidates=_listed(candidates))
    return candidates[0].territory


def _with_code(kind: TerritoryKind, code: str) -> Territory | None:
    """By its own code, by SIREN, by a code it took over; one that has ended only when nothing else fits."""
    bare = re.sub(r"[\s\u00a0\u202f]", "", code).upper()
    of_kind = select(Territory).where(Territory.kind == kind)
    for rows in (
        of_kind.where(_coded(bare), Territory.ended_on.is_(None)),
        of_kind.where(
            (" " + Territory.other_codes + " ").contains(f" {bare} ", autoescape=True),
            Territory.ended_on.is_(None),
        ),
        of_kind.where(_coded(bare)),
    ):
        found = db.session.scalars(rows.order_by(Territory.id).limit(1)).first()
        if found is not None:
            return found
    return None


_KEYED = (
    select(Territory.id)
    .where(
        Territory.kind == bindparam("kind", type_=Territory.kind.type),
        Territory.name_key == bindparam("key"),
        Territory.ended_on.is_(None),
    )
    .limit(1)
)


def named(text: str) -> list[Territory]:
    """The territories of the reference, of whatever kind, that are called just so, accents and case aside."""
    found = current().where(
        Territory.kind.in_(list(TerritoryKind)), Territory.name_key == words.name_key(text)
    )
    return [one for one in db.session.scalars(found) if fold(one.name) == fold(text)]


def _with_name(kind: TerritoryKind, name: str) -> list[Suggestion]:
    """Those written just so; else those that differ by an article; else by “Ville de” and the like."""
    for asked in dict.fromkeys((name, words.untitled(name))):
        if db.session.scalar(_KEYED, {"kind": kind, "key": words.name_key(asked)}) is None:
            # Most names that people type are no authority's: that is told at once.
            continue
        found = select(Territory.id, literal(0).label("rank")).where(
            Territory.kind == kind, Territory.name_key == words.name_key(asked), Territory.ended_on.is_(None)
        )
        named = [Suggestion(*row) for row in db.session.execute(_named(found))]
        exact = [one for one in named if words.spelled(one.territory.name) == words.spelled(asked)]
        if named:
            return exact or named
    return []


def _lies_in(candidate: Suggestion, department: str) -> bool:
    asked = {fold(department), words.name_key(department)}
    return fold(candidate.territory.department_code) in asked or bool(
        candidate.department and words.name_key(candidate.department) in asked
    )


def _listed(candidates: list[Suggestion]) -> str:
    """`Colombiers (17115, Charente-Maritime), Colombiers (18069, Cher)…`, the first ten."""
    listed = ", ".join(
        f"{one.territory.name} ({one.territory.code}, {one.department or one.region})"
        for one in candidates[:_MOST_CANDIDATES]
    )
    return listed + ("…" if len(candidates) > _MOST_CANDIDATES else "")

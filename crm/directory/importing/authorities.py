"""The authorities of the official reference as rows name them: by code, by SIREN, by name and department.

Former and merged communes lead to the commune that took them in.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db import Base, one_of
from crm.directory import kinds as territory_kinds
from crm.directory.importing import refusals
from crm.directory.importing.rows import Facts
from crm.territories import words
from crm.territories.models import Territory, TerritoryKind
from crm.text import fold

_TITLES = (
    (re.compile(r"(?:mairie|commune|ville|hotel de ville)\b"), TerritoryKind.COMMUNE),
    (re.compile(r"(?:conseil departemental|departement)\b"), TerritoryKind.DEPARTMENT),
    (re.compile(r"(?:conseil regional|region)\b"), TerritoryKind.REGION),
    (re.compile(r"(?:communaute (?:de communes|d agglo\w*|urbaine)|cc|ca|cu)\b"), TerritoryKind.EPCI),
)
_DASH = re.compile(
    r"^\s*(?:mairie|commune|conseil \w+|communauté [\w’' ]+?)\s+[-–—:]\s+(?=\w)", re.IGNORECASE
)
_OF_KIND = {slug: kind for kind, slug in territory_kinds.OF_TERRITORY.items()}


class Place(NamedTuple):
    """An authority of the official reference."""

    id: int
    kind: TerritoryKind
    code: str
    name: str
    siren: str | None
    postcodes: str
    name_key: str
    department_code: str | None


_territories = Base.metadata.tables[Territory.__tablename__].c


class Claim(NamedTuple):
    """What the words of a row say its organisation is: the authority of that name, of one of the kinds."""

    key: str
    kinds: frozenset[TerritoryKind]


@lru_cache(maxsize=16_384)
def bare_name(text: str) -> str:
    """The name without its title: of `Mairie - Fontaine-le-Port` or `Ville de Nantes` what comes last."""
    cut = _DASH.sub("", text, count=1)
    return cut if cut != text else words.untitled(text)


def claim(facts: Facts) -> Claim | None:
    """The authority that the row says it is about, when it says so by a kind, a title or a department."""
    name = facts.organisation.get("name", "")
    if not name or facts.code:
        return None
    return _claimed(name, facts.kind, bool(facts.department))


@lru_cache(maxsize=16_384)
def _claimed(name: str, kind: str | None, is_located: bool) -> Claim | None:
    if kind:
        kinds = frozenset({_OF_KIND[kind]}) if kind in _OF_KIND else frozenset()
    else:
        folded = fold(name)
        kinds = frozenset(meant for title, meant in _TITLES if title.match(folded))
        if not kinds and is_located:
            kinds = frozenset(TerritoryKind)
    return Claim(words.name_key(bare_name(name)), kinds) if kinds else None


@dataclass(eq=False)
class Places:
    """The authorities that some rows may mean."""

    by_code: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    by_siren: dict[str, Place] = field(default_factory=dict)
    by_name: dict[str, list[Place]] = field(default_factory=lambda: defaultdict(list))
    by_id: dict[int, Place] = field(default_factory=dict)

    def every(self) -> Iterable[Place]:
        return self.by_id.values()


class Authorities:
    """The reference, asked about many rows at once."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._by_siren: dict[str, Place] = {}

    def around(self, rows: Sequence[Facts]) -> Places:
        """The places that these rows may mean."""
        found = Places()
        codes = {facts.code for facts in rows if facts.code}
        sirens = {facts.organisation["siren"] for facts in rows if "siren" in facts.organisation}
        sirens |= {code for code in codes if len(code) == 9}
        self._known_by_siren(found, sirens)
        # What a SIREN says is not asked by its name too.
        unsaid = [facts for facts in rows if facts.organisation.get("siren") not in found.by_siren]
        names = {one.key for facts in unsaid if (one := claim(facts))}
        self._fetch(found, _territories.name_key, names, by="name")
        successors = {code: self.merged[code] for code in codes if code in self.merged}
        former = {code for name in names for _old, code in self.former.get(name, ())}
        self._fetch(found, _territories.code, codes | set(successors.values()) | former, by="code")
        chosen = {key for facts in rows if (key := facts.chosen.get("territories"))}
        self._fetch(found, _territories.id, chosen, by="")
        for code, successor in successors.items():
            if code not in found.by_code:
                found.by_code[code] = found.by_code[successor]
        return found

    def _known_by_siren(self, found: Places, sirens: Set[str]) -> None:
        """Enter the places of these numbers; one part of a file names those that the others name."""
        self._fetch(found, _territories.siren, sirens - self._by_siren.keys(), by="siren")
        self._by_siren |= found.by_siren
        known = {siren: self._by_siren[siren] for siren in sirens if siren in self._by_siren}
        found.by_siren |= known
        found.by_id |= {place.id: place for place in known.values()}

    def _fetch(self, found: Places, column: Any, values: Collection[Any], *, by: str) -> None:
        if not values:
            return
        asked = select(*(_territories[name] for name in Place._fields)).where(
            # The index over names begins with the kind.
            _territories.kind.in_(list(TerritoryKind)),
            _territories.ended_on.is_(None),
            one_of(column, values),
        )
        for row in self.session.execute(asked).all():
            place = found.by_id.setdefault(row[0], Place._make(row))
            if by == "code":
                found.by_code[place.code].append(place)
            elif by == "siren" and place.siren:
                found.by_siren[place.siren] = place
            elif by == "name":
                found.by_name[place.name_key].append(place)

    @cached_property
    def merged(self) -> dict[str, str]:
        """The codes of communes that were taken in by another one, with that one's code."""
        rows = select(Territory.code, Territory.other_codes).where(
            Territory.kind == TerritoryKind.COMMUNE,
            Territory.other_codes != "",
            Territory.ended_on.is_(None),
        )
        return {other: code for code, others in self.session.execute(rows) for other in others.split()}

    @cached_property
    def former(self) -> dict[str, list[tuple[str, str]]]:
        """By the name of a former commune: its own code, and the code of the one that took it in."""
        rows = select(Territory.code, Territory.former).where(
            Territory.kind == TerritoryKind.COMMUNE, Territory.former != "", Territory.ended_on.is_(None)
        )
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for code, former in self.session.execute(rows):
            for one in former.split("|"):
                old, _, name = one.partition(" ")
                found[words.name_key(name)].append((old, code))
        return found

    @cached_property
    def departments(self) -> dict[str, str]:
        """The codes of departments by everything they may be called."""
        rows = select(Territory.code, Territory.name_key).where(
            Territory.kind.in_((TerritoryKind.DEPARTMENT, TerritoryKind.COLLECTIVITY)),
            Territory.ended_on.is_(None),
        )
        return {name: code for code, key in self.session.execute(rows) for name in (code.lower(), key)}

    def named(self, found: Places, facts: Facts) -> Place | None:
        """The one authority of the name that the row claims; None when there is none, or none is claimed.

        Raises AmbiguousAuthority, UnknownDepartment.
        """
        claimed = claim(facts)
        if claimed is None:
            return None
        department = self._department(facts.department)
        current = [p for p in found.by_name.get(claimed.key, ()) if p.kind in claimed.kinds]
        alike = [p for p in current if not department or p.department_code == department]
        if TerritoryKind.COMMUNE in claimed.kinds:
            for old, code in self.former.get(claimed.key, ()):
                if not department or old.startswith(department):
                    alike += [p for p in found.by_code.get(code, ()) if p.kind is TerritoryKind.COMMUNE]
        alike = list(dict.fromkeys(alike))
        siren, postcode = facts.organisation.get("siren"), facts.organisation.get("postcode")
        if siren:
            # A SIREN that the reference does not have is none of a place that has its own.
            alike = [place for place in alike if place.siren is None]
        if len(alike) > 1 and postcode:
            alike = [place for place in alike if postcode in place.postcodes.split()] or alike
        if len(alike) > 1:
            exact = [
                p
                for p in alike
                if words.spelled(p.name) == words.spelled(bare_name(facts.organisation["name"]))
            ]
            alike = exact if len(exact) == 1 and department else alike
        if len(alike) > 1:
            raise refusals.AmbiguousAuthority(name=facts.organisation["name"]).among(alike)
        return alike[0] if alike else None

    def _department(self, text: str) -> str:
        if not text:
            return ""
        code = self.departments.get(text.lower()) or self.departments.get(
            words.name_key(words.untitled(text))
        )
        if code is None:
            raise refusals.UnknownDepartment(department=text[:60])
        return code

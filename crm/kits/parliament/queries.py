"""Whom a place elects, as of now: its deputies and senators, what is vacant, and what must be asked."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import Select, func, or_, select

from crm.db import db, one_of
from crm.directory.models import Organisation
from crm.errors import CrmError
from crm.kits.parliament import abroad, seats
from crm.kits.parliament.models import Chamber, CommuneSeat, LoadState, Parliamentarian, RosterLoad
from crm.territories.models import Territory, TerritoryKind
from crm.territories.words import name_key
from crm.text import N_, fold, like

FRANCE = "FR"


class How(StrEnum):
    """By what a place was told; the first are the surest."""

    CONSTITUENCY = "constituency"
    COMMUNE = "commune"
    POSTCODE = "postcode"
    GROUPING = "grouping"
    DEPARTMENT = "department"
    COUNTRY = "country"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Seat:
    """A deputy's seat and who holds it; None where it is vacant."""

    code: str
    deputy: Parliamentarian | None


@dataclass(frozen=True)
class Elected:
    """Whom a place elects. Several seats mean that the reader chooses; none, that more must be asked.

    `communes` are those between which a postcode leaves the choice.
    """

    how: How
    seats: list[Seat] = field(default_factory=list)
    senators: list[Parliamentarian] = field(default_factory=list)
    communes: list[Territory] = field(default_factory=list)

    @property
    def is_certain(self) -> bool:
        return len(self.seats) == 1

    @property
    def is_abroad(self) -> bool:
        """Whether it is the French abroad who elect them, who have no department."""
        return any(senator.seat == seats.ABROAD for senator in self.senators)

    @property
    def everybody(self) -> list[Parliamentarian]:
        return [seat.deputy for seat in self.seats if seat.deputy is not None] + self.senators


NOBODY = Elected(How.NOTHING)


def sitting(chamber: Chamber | None = None) -> Select[Parliamentarian]:
    """Those who sit now."""
    rows = select(Parliamentarian).where(Parliamentarian.left_on.is_(None))
    return rows if chamber is None else rows.where(Parliamentarian.chamber == chamber)


def listed(
    *,
    chamber: Chamber | None = None,
    department: str = "",
    group: str = "",
    words: str = "",
    has_left: bool = False,
) -> Select[Parliamentarian]:
    """Those of that chamber, department and group whose name, group or seat has all the words."""
    left = Parliamentarian.left_on
    rows = select(Parliamentarian).where(left.is_not(None) if has_left else left.is_(None))
    if chamber is not None:
        rows = rows.where(Parliamentarian.chamber == chamber)
    if code := seats.area(department):
        rows = rows.where(or_(Parliamentarian.seat == code, Parliamentarian.seat.startswith(f"{code}-")))
    if group:
        rows = rows.where(or_(Parliamentarian.group == group, Parliamentarian.group_name == group))
    for word in fold(words).split():
        rows = rows.where(Parliamentarian.search.like(like(word), escape="\\"))
    return rows


def groups() -> list[str]:
    """The names of the groups of those who sit, in order."""
    name = func.coalesce(func.nullif(Parliamentarian.group_name, ""), Parliamentarian.group)
    rows = select(name).where(Parliamentarian.left_on.is_(None), name != "").distinct().order_by(name)
    return list(db.session.scalars(rows))


def vacant() -> list[str]:
    """The constituencies that nobody holds, once a roster of deputies is known."""
    held = set(
        db.session.scalars(
            select(Parliamentarian.seat).where(
                Parliamentarian.left_on.is_(None), Parliamentarian.chamber == Chamber.ASSEMBLY
            )
        )
    )
    return [code for code in seats.every() if code not in held] if held else []


def latest_loads() -> dict[Chamber | None, RosterLoad]:
    """The last files that were taken in of each chamber, and of the places."""
    rows = select(RosterLoad).where(RosterLoad.state == LoadState.TAKEN).order_by(RosterLoad.id)
    return {load.chamber: load for load in db.session.scalars(rows)}


def of_constituency(code: str) -> Elected:
    """Of one constituency, and the senators of its department."""
    return _elected(How.CONSTITUENCY, [code], [code.partition("-")[0]]) if seats.is_one(code) else NOBODY


def of_department(code: str) -> Elected:
    """Every seat of the department: the reader chooses."""
    area = seats.area(code)
    return _elected(How.DEPARTMENT, seats.of_area(area), [area]) if area else NOBODY


def of_country(code: str) -> Elected:
    """Of the French who live in that country (ISO 3166-1 alpha-2), or of an overseas territory named so."""
    if territory := abroad.OVERSEAS.get(code.upper()):
        return of_department(territory)
    constituency = abroad.of_country(code)
    return _elected(How.COUNTRY, [constituency], [seats.ABROAD]) if constituency else NOBODY


def of_territory(territory: Territory) -> Elected:
    """Of a commune, an EPCI (what its communes vote for), or a department; a region asks for more."""
    if territory.kind is TerritoryKind.COMMUNE:
        return _of_communes(How.COMMUNE, [territory])
    if territory.kind is TerritoryKind.EPCI:
        return _of_communes(How.GROUPING, list(db.session.scalars(_members(territory))))
    if territory.kind in (TerritoryKind.DEPARTMENT, TerritoryKind.COLLECTIVITY):
        return of_department(territory.code)
    return NOBODY


def _members(epci: Territory) -> Select[Territory]:
    return select(Territory).where(
        Territory.kind == TerritoryKind.COMMUNE,
        Territory.ended_on.is_(None),
        or_(Territory.epci_code == epci.code, Territory.ept_code == epci.code),
    )


def of_postcode(postcode: str, city: str = "") -> Elected:
    """Of the communes with that postcode, or of the one among them that is named so.

    A postcode alone often has several communes, and a few lie in two departments: all are told.
    """
    bare = "".join(sign for sign in postcode if sign.isdigit())
    if len(bare) != 5:
        return NOBODY
    with_it = (
        select(Territory)
        .where(
            Territory.kind == TerritoryKind.COMMUNE,
            Territory.ended_on.is_(None),
            (" " + Territory.postcodes + " ").contains(f" {bare} ", autoescape=True),
        )
        .order_by(Territory.name, Territory.id)
    )
    communes = list(db.session.scalars(with_it))
    asked = name_key(city) if city else ""
    named = [commune for commune in communes if asked and commune.name_key == asked]
    if named or len(communes) == 1:
        return _of_communes(How.COMMUNE, named or communes)
    return _of_communes(How.POSTCODE, communes) if communes else _of_cedex(bare)


def _of_cedex(postcode: str) -> Elected:
    """A CEDEX is in no table of communes: what is left is the department that it begins with."""
    begins = postcode[:3] if postcode[:2] in ("97", "98") else postcode[:2]
    if begins == "20":
        begins = "2A" if postcode[2] in "01" else "2B"
    return of_department(begins) if begins in seats.AREAS else NOBODY


def of_organisation(organisation: Organisation) -> Elected:
    """Of the place that an organisation stands for, or of its seat; of the country it is in when abroad."""
    if organisation.country and organisation.country != FRANCE:
        return of_country(organisation.country)
    if organisation.territory is not None:
        found = of_territory(organisation.territory)
        if found.seats:
            return found
    return of_postcode(organisation.postcode, organisation.city) if organisation.postcode else NOBODY


def _of_communes(how: How, communes: Sequence[Territory]) -> Elected:
    """What the communes vote for: by INSEE's composition, or every seat of the department where it is silent.

    A commune made since is looked up under the codes of those it took in.
    """
    by_code: dict[str, list[str]] = {}
    for commune in communes:
        for code in (commune.code, *commune.other_codes.split()):
            by_code.setdefault(code, []).append(commune.code)
    told: dict[str, set[str]] = {}
    for row in db.session.execute(
        select(CommuneSeat.commune, CommuneSeat.constituency).where(
            one_of(CommuneSeat.commune, list(by_code))
        )
    ):
        for commune_code in by_code[row[0]]:
            told.setdefault(commune_code, set()).add(row[1])
    found: set[str] = set()
    departments: set[str] = set()
    for commune in communes:
        department = seats.area(commune.department_code) or ""
        departments.add(department)
        found |= told.get(commune.code) or set(seats.of_area(department))
    elected = _elected(how, sorted(found), sorted(departments))
    if how is How.POSTCODE:
        return Elected(elected.how, elected.seats, elected.senators, list(communes))
    return elected


def _elected(how: How, constituencies: Iterable[str], departments: Collection[str]) -> Elected:
    codes = list(constituencies)
    rows = sitting().where(one_of(Parliamentarian.seat, [*codes, *departments]))
    found = list(db.session.scalars(rows.order_by(Parliamentarian.sort, Parliamentarian.id)))
    deputies = {one.seat: one for one in found if one.chamber is Chamber.ASSEMBLY}
    return Elected(
        how,
        [Seat(code, deputies.get(code)) for code in codes],
        [one for one in found if one.chamber is Chamber.SENATE],
    )


def has_invented() -> bool:
    """Whether those who sit are the demo's, and not of any official file."""
    rows = select(Parliamentarian.id).where(Parliamentarian.is_invented, Parliamentarian.left_on.is_(None))
    return db.session.scalar(rows.limit(1)) is not None


def has_roster() -> bool:
    """Whether anybody is known to sit."""
    return db.session.scalar(sitting().with_only_columns(Parliamentarian.id).limit(1)) is not None


class NobodyNamed(CrmError):
    text = N_("Nobody who sits is named “%(name)s”. Check the spelling in the list of deputies and senators.")


class SeveralNamed(CrmError):
    text = N_("%(names)s: add the given name or the department to say which.")


def named(text: str) -> Parliamentarian:
    """The one who sits and has all the words in name, group or seat. Raises NobodyNamed, SeveralNamed."""
    found = list(db.session.scalars(listed(words=text).order_by(Parliamentarian.sort).limit(6)))
    exact = [one for one in found if fold(text) in (fold(one.family_name), fold(one.name))]
    if len(exact) == 1 or len(found) == 1:
        return (exact or found)[0]
    if not found:
        raise NobodyNamed(name=text)
    raise SeveralNamed(names=", ".join(f"{one.name} ({seats.called(one.seat)})" for one in found))


def committees() -> list[str]:
    """The committees of those who sit, in order."""
    name = Parliamentarian.committee
    rows = select(name).where(Parliamentarian.left_on.is_(None), name != "").distinct().order_by(name)
    return list(db.session.scalars(rows))

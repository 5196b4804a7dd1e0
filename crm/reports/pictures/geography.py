"""How much of a list lies in each department of the map of France."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, select

from crm.db import db
from crm.directory import queries as directory
from crm.directory.filters import Filter
from crm.directory.models import Organisation, Person, Role
from crm.relations.models import LastExchange
from crm.territories.drawing import france
from crm.territories.models import Territory, TerritoryKind

STEPS = 5
# How long ago the last exchange was, in days, from the darkest shade to the lightest but one.
FRESH = (30, 90, 180, 365)


@dataclass(frozen=True)
class Place:
    """One department or overseas collectivity, and what of the list lies in it.

    `number` counts the records of the list, `shade` goes from 0 (none) to `STEPS` (most, or freshest).
    """

    code: str
    kind: str
    name: str
    number: int
    last: datetime | None
    shade: int


def places(filter: Filter, *, of: str, shaded_by: str, day: date, at: datetime) -> tuple[list[Place], int]:
    """Every department with what it holds of the list, by code; and how many of the list lie in none.

    `of` is "organisations" or "people" (who are counted wherever a role of that day leads), `shaded_by`
    "number" or "last".
    """
    counted = {
        code: (number, last)
        for code, number, last in db.session.execute(
            _people(filter, day) if of == "people" else _organisations(filter, day)
        )
    }
    elsewhere = counted.pop(None, (0, None))[0]
    known = _departments()
    elsewhere += sum(number for code, (number, _last) in counted.items() if code not in known)
    edges = _edges([number for code, (number, _last) in counted.items() if code in known])
    found = []
    for code, (kind, name) in sorted(known.items()):
        number, last = counted.get(code, (0, None))
        shade = _age_shade(last, at) if shaded_by == "last" else _number_shade(number, edges)
        found.append(Place(code, kind, name, number, last, shade))
    return found, elsewhere


def counted(numbers: dict[str, int]) -> list[Place]:
    """Every department with its number, by code; what lies in none is left to the caller."""
    known = _departments()
    edges = _edges([number for code, number in numbers.items() if code in known])
    return [
        Place(code, kind, name, number := numbers.get(code, 0), None, _number_shade(number, edges))
        for code, (kind, name) in sorted(known.items())
    ]


def edges_of(places: list[Place]) -> list[int]:
    """The lowest number of each shade that is shown, from the lightest on."""
    return [
        min(place.number for place in places if place.shade == shade)
        for shade in range(1, STEPS + 1)
        if any(place.shade == shade for place in places)
    ]


def _organisations(filter: Filter, day: date) -> Select[str | None, int, datetime]:
    code = directory.department_code().label("code")
    listed = directory.organisations(filter, day=day).with_only_columns(Organisation.id).subquery("listed")
    return (
        select(code, func.count(Organisation.id), func.max(LastExchange.at))
        .select_from(listed)
        .join(Organisation, Organisation.id == listed.c.id)
        .outerjoin(Territory, Territory.id == Organisation.territory_id)
        .outerjoin(LastExchange, LastExchange.organisation_id == Organisation.id)
        .group_by(code)
    )


def _people(filter: Filter, day: date) -> Select[str | None, int, datetime]:
    code = directory.department_code().label("code")
    held = (
        select(Role.person_id, Role.organisation_id)
        .where(directory.held_on(day))
        .join(Organisation, Organisation.id == Role.organisation_id)
        .where(Organisation.binned_at.is_(None))
        .distinct()
        .subquery("held")
    )
    listed = directory.people(filter, day=day).with_only_columns(Person.id).subquery("listed")
    return (
        select(code, func.count(func.distinct(listed.c.id)), func.max(LastExchange.at))
        .select_from(listed)
        .outerjoin(held, held.c.person_id == listed.c.id)
        .outerjoin(Organisation, Organisation.id == held.c.organisation_id)
        .outerjoin(Territory, Territory.id == Organisation.territory_id)
        .outerjoin(LastExchange, LastExchange.organisation_id == Organisation.id)
        .group_by(code)
    )


def _departments() -> dict[str, tuple[str, str]]:
    """The kind and name of what is on the map, by code; nothing before the reference is loaded."""
    rows = db.session.execute(
        select(Territory.code, Territory.kind, Territory.name).where(
            Territory.kind.in_((TerritoryKind.DEPARTMENT, TerritoryKind.COLLECTIVITY)),
            Territory.ended_on.is_(None),
        )
    )
    drawn = france().shapes
    return {code: (kind.value, name) for code, kind, name in rows if code in drawn}


def _edges(numbers: list[int]) -> list[int]:
    """Where the shades begin: about as many departments in each, equal numbers never apart."""
    ordered = sorted(number for number in numbers if number)
    if not ordered:
        return []
    return sorted({ordered[len(ordered) * step // STEPS] for step in range(STEPS)})


def _number_shade(number: int, edges: list[int]) -> int:
    if not number:
        return 0
    reached = sum(1 for edge in edges if number >= edge)
    # With few different numbers the darkest shade is still the largest one.
    return STEPS - len(edges) + reached


def _age_shade(last: datetime | None, at: datetime) -> int:
    if last is None:
        return 0
    age = at - last
    return STEPS - sum(1 for days in FRESH if age > timedelta(days=days))

"""Many more invented people than the year needs, to see the house at its full size.

They go in by bulk, after the year has been told: nobody of them is invited or written to.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy import func, select

from crm.db import db
from crm.demo import people as inventing
from crm.directory import kinds, normal, queries
from crm.directory.models import Organisation, OrganisationKind, Person, PersonAddress, Phone, Role
from crm.mail.models import Address
from crm.territories.models import Territory, TerritoryKind
from crm.writing import insert_many

PART = 10_000
MOST_AUTHORITIES = 37_000
SOURCE = "Inventée pour la démonstration"


def load(*, first: int, last: int, chance: Random, at: datetime) -> None:
    """The people of these numbers, each with a role, an address and often a phone; commits each part."""
    _authorities(min(MOST_AUTHORITIES, (last - first) // 8), at)
    db.session.commit()
    rows = select(Organisation.id, OrganisationKind.slug).outerjoin(
        OrganisationKind, OrganisationKind.id == Organisation.kind_id
    )
    homes = [(key, kind or "other") for key, kind in db.session.execute(rows.order_by(Organisation.id))]
    for numbers in _parts(range(first, last + 1)):
        _people(numbers, homes, chance, at)
        db.session.commit()


def _authorities(wanted: int, at: datetime) -> None:
    """Communes and their groupings that the directory has not yet, the largest first."""
    known = select(Organisation.territory_id).where(Organisation.territory_id.is_not(None))
    larger = (
        select(Territory)
        .where(
            Territory.kind.in_((TerritoryKind.COMMUNE, TerritoryKind.EPCI)),
            Territory.ended_on.is_(None),
            Territory.id.not_in(known),
        )
        .order_by(Territory.population.desc().nulls_last(), Territory.id)
        .limit(wanted)
    )
    numbers = set(db.session.scalars(select(Organisation.siren).where(Organisation.siren.is_not(None))))
    slugs = {kind.slug: kind.id for kind in db.session.scalars(queries.kinds())}
    rows: list[dict[str, Any]] = []
    for territory in db.session.scalars(larger):
        siren = None if territory.siren in numbers else territory.siren
        numbers.add(siren)
        postcodes = territory.postcodes.split()
        rows.append(
            {
                "name": territory.name,
                "kind_id": slugs[kinds.OF_TERRITORY[territory.kind]],
                "siren": siren,
                "territory_id": territory.id,
                "postcode": postcodes[0] if len(postcodes) == 1 else "",
                "city": territory.name if territory.kind is TerritoryKind.COMMUNE else "",
                "search": normal.organisation_search(territory.name, siren=siren),
                "sort": normal.organisation_sort(territory.name),
                "created_at": at,
                "updated_at": at,
            }
        )
    insert_many(db.session(), Organisation.__table__, rows)  # type: ignore[arg-type]


def _parts(numbers: range) -> Iterator[range]:
    for start in range(numbers.start, numbers.stop, PART):
        yield range(start, min(start + PART, numbers.stop))


def _people(numbers: range, homes: Sequence[tuple[int, str]], chance: Random, at: datetime) -> None:
    person = (db.session.scalar(select(func.max(Person.id))) or 0) + 1
    made = []
    for number in numbers:
        home, kind = homes[int(len(homes) * chance.random() ** 2)]
        made.append((home, inventing.invented(chance, kind, number)))
    _put(
        Person,
        [
            {
                "civility": one.civility,
                "given_name": one.given_name,
                "family_name": one.family_name,
                "source": SOURCE,
                "search": normal.person_search(one.given_name, one.family_name),
                "sort": normal.person_sort(one.given_name, one.family_name),
                "created_at": at,
                "updated_at": at,
            }
            for _home, one in made
        ],
    )
    _put(Address, [{"email": one.email} for _home, one in made])
    keys = _keys(Person, person - 1, len(made))
    found = {
        email: key
        for some in _some([one.email for _home, one in made])
        for key, email in db.session.execute(select(Address.id, Address.email).where(Address.email.in_(some)))
    }
    _put(
        PersonAddress,
        [
            {"person_id": key, "address_id": found[one.email]}
            for key, (_home, one) in zip(keys, made, strict=True)
        ],
    )
    _put(
        Role,
        [
            {
                "person_id": key,
                "organisation_id": home,
                "function": one.function,
                "category": one.category,
                "is_main": True,
            }
            for key, (home, one) in zip(keys, made, strict=True)
        ],
    )
    phones = [
        {"person_id": key, "number": normal.phone(one.phone)}
        for key, (_home, one) in zip(keys, made, strict=True)
        if chance.random() < 0.6
    ]
    _put(Phone, phones)


def _put(model: Any, rows: list[dict[str, Any]]) -> None:
    insert_many(db.session(), model.__table__, rows)


def _keys(model: Any, after: int, number: int) -> list[int]:
    """The keys of the rows just put in, in the order they were put in."""
    keys = list(db.session.scalars(select(model.id).where(model.id > after).order_by(model.id)))
    if len(keys) != number:
        raise RuntimeError("somebody else adds people while the demo is loaded")
    return keys


def _some(emails: Sequence[str], size: int = 500) -> Iterator[Sequence[str]]:
    for start in range(0, len(emails), size):
        yield emails[start : start + size]

"""Who the person is that is to be erased: every name, address and number that tells, now or before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import phonenumbers
from sqlalchemy import ColumnElement, and_, exists, or_, select

from crm.db import Base, db
from crm.directory.erasing.words import Words, several
from crm.directory.models import Organisation, OrganisationAddress, Person, PersonAddress, Phone
from crm.history import Change
from crm.mail.models import Address
from crm.text import fold

SHORTEST = 3  # signs of a name that counts where it stands alone


@dataclass(frozen=True)
class Known:
    """`people` are the keys of the person and of those merged into them; `addresses` those that nobody else
    reads, `shared` how many others do. A namesake keeps texts that hold no more than the name; `longer` are
    names of others that hold it."""

    people: list[int]
    addresses: list[Address]
    shared: list[Address]
    names: list[tuple[str, str]]
    phones: list[str]
    has_namesake: bool
    longer: list[tuple[str, str]]

    def words(self, *, near: bool = False, others: frozenset[str] = frozenset()) -> Words:
        """What is looked for: in any text, or in one that concerns the person (`near`), where names alone
        count that none of the others bears who stand there too."""
        alone = several(
            name
            for pair in self.names
            for name in pair
            if near and len(fold(name)) >= SHORTEST and fold(name) not in others
        )
        return Words(
            names=[] if self.has_namesake and not near else self.names,
            others=self.longer,
            alone=alone,
            emails=[address.email for address in self.addresses if not address.is_sealed],
            phones=[_parts(number) for number in self.phones],
        )


def known(person: Person) -> Known:
    people = _merged_into(person.id)
    records = list(db.session.scalars(select(Person).where(Person.id.in_(people))))
    told = _told_before(people)
    addresses = _addresses(people, told["addresses"])
    own = [address for address in addresses if not _is_shared(address, people)]
    names = several_pairs(
        [(one.given_name, one.family_name) for one in records],
        told["given_name"] or [person.given_name],
        told["family_name"] or [person.family_name],
    )
    return Known(
        people=people,
        addresses=own,
        shared=[address for address in addresses if address not in own],
        names=names,
        phones=_phones(people, told["phones"]),
        has_namesake=_has_namesake(records, people),
        longer=_longer(names, people),
    )


def several_pairs(
    now: Iterable[tuple[str, str]], given: Iterable[str], family: Iterable[str]
) -> list[tuple[str, str]]:
    """The names now, and those that given and family names of before make with each other."""
    before = [(one, other) for one in given for other in family]
    return [pair for pair in dict.fromkeys([*now, *before]) if fold("".join(pair))]


def _merged_into(key: int) -> list[int]:
    found, asked = [key], [key]
    while asked:
        rows = select(Person.id).where(Person.merged_into_id.in_(asked)).order_by(Person.id)
        asked = [one for one in db.session.scalars(rows) if one not in found]
        found += asked
    return found


def _told_before(people: Sequence[int]) -> dict[str, list[str]]:
    """What the history tells of names, addresses and numbers that were changed or taken off since."""
    told: dict[str, list[str]] = {"given_name": [], "family_name": [], "addresses": [], "phones": []}
    refs = [f"people:{key}" for key in people]
    for change in db.session.scalars(select(Change).where(Change.record.in_(refs))):
        for name, found in told.items():
            for side in change.values.get(name) or []:
                items = (
                    [item[1] for item in side if isinstance(item, list)] if isinstance(side, list) else [side]
                )
                found += [item for item in items if isinstance(item, str)]
    return {name: several(found) for name, found in told.items()}


def _addresses(people: Sequence[int], emails: Sequence[str]) -> list[Address]:
    read = select(PersonAddress.address_id).where(PersonAddress.person_id.in_(people))
    used = (select(column).where(naming, column.is_not(None)) for column, naming in _uses(people))
    asked = or_(
        Address.id.in_(read),
        Address.email.in_(emails),
        *(Address.id.in_(rows) for rows in used),
    )
    return list(db.session.scalars(select(Address).where(asked).order_by(Address.id)))


def _uses(people: Sequence[int]) -> list[tuple[Any, ColumnElement[bool]]]:
    """Tables in which a row names a person and an address at once: the address, and their rows."""
    found: list[tuple[Any, ColumnElement[bool]]] = []
    for table in Base.metadata.sorted_tables:
        named = {_of(column): column for column in table.columns if _of(column) in ("people", "addresses")}
        if len(named) == 2 and "person_id" in table.c and "address_id" in table.c:
            found.append((table.c.address_id, table.c.person_id.in_(people)))
    return found


def _of(column: Any) -> str:
    return next((str(key.column.table.name) for key in column.foreign_keys), "")


def _is_shared(address: Address, people: Sequence[int]) -> bool:
    """Whether others read it; of one that nobody reads any more, whether others were written to there."""
    theirs = exists().where(PersonAddress.address_id == address.id, PersonAddress.person_id.in_(people))
    read = (
        exists().where(PersonAddress.address_id == address.id, PersonAddress.person_id.not_in(people)),
        exists().where(OrganisationAddress.address_id == address.id),
    )
    written = (
        exists().where(column == address.id, column.table.c.person_id.not_in(people))
        for column, _theirs in _uses(people)
    )
    return bool(db.session.scalar(select(or_(*read, ~theirs & or_(*written)))))


def _phones(people: Sequence[int], before: Sequence[str]) -> list[str]:
    """Their numbers that are nobody else's."""
    now = db.session.scalars(select(Phone.number).where(Phone.person_id.in_(people)))
    numbers = several([*now, *before])
    others = set(
        db.session.scalars(
            select(Phone.number).where(Phone.number.in_(numbers), Phone.person_id.not_in(people))
        )
    )
    others |= set(db.session.scalars(select(Organisation.phone).where(Organisation.phone.in_(numbers))))
    return [number for number in numbers if number not in others and number.startswith("+")]


def _parts(number: str) -> tuple[str, str]:
    """The code of the country and the national number."""
    read = phonenumbers.parse(number)
    return str(read.country_code), str(read.national_number)


def _has_namesake(records: Sequence[Person], people: Sequence[int]) -> bool:
    sorts = several(record.sort for record in records if record.given_name and record.family_name)
    other = exists().where(Person.sort.in_(sorts), Person.id.not_in(people), Person.erased_at.is_(None))
    return bool(sorts) and bool(db.session.scalar(select(other)))


def _longer(names: Sequence[tuple[str, str]], people: Sequence[int]) -> list[tuple[str, str]]:
    """Names of others that hold one of these and more: of Marie-Rose Martin, where Marie Rose is erased."""
    pairs = [(fold(given), fold(family)) for given, family in names if fold(given) and fold(family)]
    held = several(" ".join(order) for pair in pairs for order in (pair, pair[::-1]))
    if not held:
        return []
    may_hold = (and_(*(Person.search.contains(word) for word in name.split())) for name in held)
    asked = select(Person.given_name, Person.family_name).where(or_(*may_hold), Person.id.not_in(people))
    found = (
        (given, family)
        for given, family in db.session.execute(asked.distinct())
        if any(_is_longer(fold(f"{given} {family}"), name) for name in held)
    )
    return sorted(found, key=lambda pair: (-len("".join(pair)), pair))


def _is_longer(name: str, held: str) -> bool:
    return name.count(" ") > held.count(" ") and f" {held} " in f" {name} "

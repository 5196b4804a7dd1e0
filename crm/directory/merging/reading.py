"""What scans and warnings compare, read in bulk: light facts of all records, or of some."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.directory.merging.likeness import OrganisationFacts, PersonFacts, Shared
from crm.directory.models import Organisation, OrganisationAddress, Person, PersonAddress, Phone, Role
from crm.territories import words
from crm.territories.models import Territory
from crm.text import fold

_HOST = re.compile(r"^[a-z]+://(?:www\.)?([^/?#:]+)", re.IGNORECASE)
_ARTICLES = re.compile(r"^(?:de la|de l|de|du|des|d|la|le|les|l) (?=\w)")
# Where many have their page: says nothing of who they are.
HOSTS_OF_MANY = 5
CHUNK = 10_000


def name_of(name: str) -> str:
    """The name of an organisation as it is compared: without title or article, abbreviations written out."""
    return _ARTICLES.sub("", words.spelled(words.untitled(name)))


def host(website: str) -> str:
    found = _HOST.match(website)
    return found[1].lower() if found else ""


def people(session: Session, keys: Collection[int] | None = None) -> tuple[dict[int, PersonFacts], Shared]:
    """The kept people, all of them or those of the keys, and what they share."""
    found = {
        key: PersonFacts(key, fold(given), fold(family), civility, reference)
        for key, given, family, civility, reference in _rows(
            session,
            select(Person.id, Person.given_name, Person.family_name, Person.civility, Person.reference).where(
                Person.binned_at.is_(None)
            ),
            Person.id,
            keys,
        )
    }
    addresses: dict[int, list[int]] = defaultdict(list)
    readers: Counter[int] = Counter()
    for person, address in _rows(
        session, select(PersonAddress.person_id, PersonAddress.address_id), PersonAddress.person_id, keys
    ):
        if person in found:
            addresses[person].append(address)
            readers[address] += 1
    phones: dict[int, list[str]] = defaultdict(list)
    callers: Counter[str] = Counter()
    for person, number in _rows(session, select(Phone.person_id, Phone.number), Phone.person_id, keys):
        if person in found:
            phones[person].append(number)
            callers[number] += 1
    roles: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for person, organisation, function in _rows(
        session, select(Role.person_id, Role.organisation_id, Role.function), Role.person_id, keys
    ):
        if person in found:
            roles[person].append((organisation, fold(function)))
    for key, facts in found.items():
        facts.addresses = tuple(addresses.get(key, ()))
        facts.phones = tuple(phones.get(key, ()))
        facts.roles = tuple(roles.get(key, ()))
    names = Counter(facts.name for facts in found.values())
    mailboxes = frozenset(session.scalars(select(OrganisationAddress.address_id)))
    return found, Shared(dict(readers), dict(callers), dict(names), mailboxes)


def organisations(
    session: Session, keys: Collection[int] | None = None
) -> tuple[dict[int, OrganisationFacts], Shared]:
    """The kept organisations, all of them or those of the keys, and what they share."""
    asked = (
        select(
            Organisation.id,
            Organisation.name,
            Organisation.acronym,
            Organisation.kind_id,
            Organisation.siren,
            Organisation.siret,
            Organisation.reference,
            Organisation.territory_id,
            Territory.department_code,
            Organisation.postcode,
            Organisation.city,
            Organisation.website,
            Organisation.phone,
        )
        .outerjoin(Territory, Territory.id == Organisation.territory_id)
        .where(Organisation.binned_at.is_(None))
    )
    found = {
        row.id: OrganisationFacts(
            id=row.id,
            name=name_of(row.name),
            acronym=fold(row.acronym),
            kind_id=row.kind_id,
            siren=row.siren,
            siret=row.siret,
            reference=row.reference,
            territory_id=row.territory_id,
            department=row.department_code or row.postcode[:2],
            postcode=row.postcode,
            city=fold(row.city),
            host=host(row.website),
            phone=row.phone,
        )
        for row in _rows(session, asked, Organisation.id, keys)
    }
    readers: Counter[int] = Counter()
    for organisation, address in _rows(
        session,
        select(OrganisationAddress.organisation_id, OrganisationAddress.address_id),
        OrganisationAddress.organisation_id,
        keys,
    ):
        if organisation in found:
            found[organisation].addresses += (address,)
            readers[address] += 1
    hosts = Counter(facts.host for facts in found.values())
    for facts in found.values():
        if hosts[facts.host] > HOSTS_OF_MANY:
            facts.host = ""
    return found, Shared(dict(readers))


def _rows(session: Session, asked: Any, key: Any, keys: Collection[int] | None) -> Any:
    if keys is not None:
        return session.execute(asked.where(key.in_(list(keys))))
    return session.execute(asked.execution_options(yield_per=CHUNK))

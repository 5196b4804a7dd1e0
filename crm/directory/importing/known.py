"""What the directory holds about the organisations and people that some rows name.

Light records fetched in bulk, a few queries for some thousand rows; later rows of the same file see
in them what earlier rows brought.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm.db import one_of
from crm.directory import normal
from crm.directory.importing import extra
from crm.directory.importing.authorities import Authorities, Places
from crm.directory.importing.rows import Facts
from crm.directory.models import (
    Civility,
    Organisation,
    OrganisationAddress,
    Person,
    PersonAddress,
    Phone,
    Role,
    Tag,
    organisation_tags,
    person_tags,
)
from crm.mail.models import Address, Objection
from crm.text import fold

ORGANISATION_COLUMNS: tuple[InstrumentedAttribute[Any], ...] = (
    Organisation.name,
    Organisation.acronym,
    Organisation.aliases,
    Organisation.kind_id,
    Organisation.siren,
    Organisation.siret,
    Organisation.reference,
    Organisation.territory_id,
    Organisation.street,
    Organisation.postcode,
    Organisation.city,
    Organisation.country,
    Organisation.website,
    Organisation.phone,
    Organisation.notes,
)
PERSON_COLUMNS: tuple[InstrumentedAttribute[Any], ...] = (
    Person.civility,
    Person.given_name,
    Person.family_name,
    Person.language,
    Person.notes,
    Person.source,
    Person.reference,
)
ROLE_COLUMNS: tuple[InstrumentedAttribute[Any], ...] = (
    Role.function,
    Role.category,
    Role.is_main,
    Role.begins_on,
    Role.ends_on,
)
_NO_VALUE = (None, "", Civility.NONE)


def is_blank(value: object) -> bool:
    """Whether the field says nothing yet."""
    return value in _NO_VALUE


@dataclass(slots=True, eq=False, kw_only=True)
class Record:
    """A record of the directory, or one about to be (`id` None): its columns, and what the file adds.

    `was` has what the filled columns held before.
    """

    id: int | None = None
    held: dict[str, Any]
    was: dict[str, Any] = field(default_factory=dict)

    def fill(self, column: str, value: Any) -> None:
        self.was.setdefault(column, self.held[column])
        self.held[column] = value


@dataclass(slots=True, eq=False, kw_only=True)
class Reached(Record):
    """A person or an organisation: addresses and tags it has, and those that it is given.

    `is_met` when a row means it; `is_ours` when this import made it; `first` are addresses that go before
    all others; `extra` are the values of further columns, `extra_was` what the written ones held.
    """

    is_binned: bool = False
    is_met: bool = False
    is_ours: bool = False
    version: int = 0
    lowest: int = 0
    first: set[str] = field(default_factory=set)
    extra: dict[str, Any] = field(default_factory=dict)
    extra_was: dict[str, Any] = field(default_factory=dict)
    emails: list[str] = field(default_factory=list)
    new_emails: list[str] = field(default_factory=list)
    tags: set[str] = field(default_factory=set)
    new_tags: list[str] = field(default_factory=list)


@dataclass(slots=True, eq=False, kw_only=True)
class KnownOrganisation(Reached):
    @property
    def name(self) -> str:
        return str(self.held["name"])


@dataclass(slots=True, eq=False, kw_only=True)
class KnownRole(Record):
    """A role; its organisation by key, or itself when it is new too."""

    organisation_id: int | None
    organisation: KnownOrganisation | None = None

    def is_at(self, organisation: KnownOrganisation) -> bool:
        known = organisation.id is not None and self.organisation_id == organisation.id
        return known or self.organisation is organisation

    def held_on(self, day: date) -> bool:
        begins, ends = self.held["begins_on"], self.held["ends_on"]
        return (begins is None or begins <= day) and (ends is None or day <= ends)


@dataclass(slots=True, eq=False, kw_only=True)
class KnownPerson(Reached):
    phones: list[str] = field(default_factory=list)
    new_phones: list[str] = field(default_factory=list)
    roles: list[KnownRole] = field(default_factory=list)

    @property
    def name(self) -> str:
        whole = f"{self.held['given_name']} {self.held['family_name']}".strip()
        return whole or next(iter(self.emails), "")


@dataclass(eq=False)
class Surroundings:
    """Everything that the rows may mean, by what they may call it.

    `by_id` has the records that were there before, by table and key; `guarded` the addresses among theirs
    that somebody objected for or that are held.
    """

    organisations: list[KnownOrganisation] = field(default_factory=list)
    by_siren: dict[str, KnownOrganisation] = field(default_factory=dict)
    by_siret: dict[str, KnownOrganisation] = field(default_factory=dict)
    by_territory: dict[int, KnownOrganisation] = field(default_factory=dict)
    by_name: dict[str, list[KnownOrganisation]] = field(default_factory=lambda: defaultdict(list))
    people: list[KnownPerson] = field(default_factory=list)
    readers: dict[str, list[KnownPerson]] = field(default_factory=lambda: defaultdict(list))
    by_person_name: dict[str, list[KnownPerson]] = field(default_factory=lambda: defaultdict(list))
    by_reference: dict[str, list[KnownOrganisation]] = field(default_factory=lambda: defaultdict(list))
    people_by_reference: dict[str, list[KnownPerson]] = field(default_factory=lambda: defaultdict(list))
    by_id: dict[tuple[str, int], Any] = field(default_factory=dict)
    places: Places = field(default_factory=Places)
    guarded: set[str] = field(default_factory=set)
    address_ids: dict[str, int] = field(default_factory=dict)

    def enter_organisation(self, organisation: KnownOrganisation) -> None:
        """Let it be found from now on by its numbers and its name."""
        held = organisation.held
        if held["siren"]:
            self.by_siren[held["siren"]] = organisation
        if held["siret"]:
            self.by_siret[held["siret"]] = organisation
        if held["territory_id"]:
            self.by_territory[held["territory_id"]] = organisation
        if held["reference"] and organisation not in self.by_reference[held["reference"]]:
            self.by_reference[held["reference"]].append(organisation)
        namesakes = self.by_name[normal.organisation_sort(organisation.name)]
        if organisation not in namesakes and not organisation.is_binned:
            namesakes.append(organisation)

    def enter_person(self, person: KnownPerson) -> None:
        """Let them be found from now on by their addresses and their name."""
        for email in person.emails:
            if person not in self.readers[email]:
                self.readers[email].append(person)
        reference = person.held["reference"]
        if reference and person not in self.people_by_reference[reference]:
            self.people_by_reference[reference].append(person)
        namesakes = self.by_person_name[
            normal.person_sort(person.held["given_name"], person.held["family_name"])
        ]
        if person not in namesakes and not person.is_binned:
            namesakes.append(person)


class Directory:
    """The database, asked about many rows at once. What one import made is known by its key."""

    def __init__(self, session: Session, import_id: int | None = None) -> None:
        self.session, self.import_id = session, import_id
        binned = select(Organisation.sort, Organisation.name).where(Organisation.binned_at.is_not(None))
        self.binned_names: dict[str, str] = {sort: name for sort, name in session.execute(binned)}
        self.tags = {fold(name): key for key, name in session.execute(select(Tag.id, Tag.name))}
        self.authorities = Authorities(session)

    def around(self, rows: Sequence[Facts], *, with_guarded: bool = False) -> Surroundings:
        """What the directory and the official reference hold about these rows."""
        found = Surroundings()
        of_organisations = [facts for facts in rows if facts.names_organisation]
        found.places = self.authorities.around(of_organisations)
        self._organisations(found, of_organisations)
        self._people(found, [facts for facts in rows if facts.names_person])
        self._organisation_addresses(found, rows)
        self._extra(found, rows)
        if with_guarded:
            self._guarded(found)
        return found

    # Organisations

    def _organisations(self, found: Surroundings, rows: Sequence[Facts]) -> None:
        told = [facts.organisation for facts in rows]
        sirens = {facts["siren"] for facts in told if "siren" in facts}
        sirets = {facts["siret"] for facts in told if "siret" in facts}
        names = {normal.organisation_sort(facts["name"]) for facts in told if "name" in facts}
        references = {facts["reference"] for facts in told if "reference" in facts}
        chosen = {key for facts in rows if (key := facts.chosen.get("organisations"))}
        places = [place.id for place in found.places.every()]
        known: dict[int, KnownOrganisation] = {}
        for column, values in (
            (Organisation.siren, sirens),
            (Organisation.siret, sirets),
            (Organisation.reference, references),
            (Organisation.territory_id, places),
            (Organisation.id, chosen),
        ):
            self._fetch_organisations(known, column, values)
        kept = select(Organisation.id).where(Organisation.binned_at.is_(None))
        self._fetch_organisations(known, Organisation.sort, names, kept)
        self._emails(known, OrganisationAddress, OrganisationAddress.organisation_id)
        self._tags(known, organisation_tags, organisation_tags.c.organisation_id)
        found.organisations = list(known.values())
        for organisation in found.organisations:
            found.enter_organisation(organisation)
        found.by_id |= {("organisations", key): one for key, one in known.items()}

    def _fetch_organisations(
        self,
        known: dict[int, KnownOrganisation],
        column: InstrumentedAttribute[Any],
        values: Collection[Any],
        among: Select[int] | None = None,
    ) -> None:
        if not values:
            return
        asked = select(Organisation.id) if among is None else among
        of_record = (Organisation.binned_at, Organisation.import_id, Organisation.version)
        rows = asked.where(one_of(column, values)).add_columns(*of_record, *ORGANISATION_COLUMNS)
        for key, binned_at, import_id, version, *held in self.session.execute(rows):
            if key not in known:
                known[key] = KnownOrganisation(
                    id=key,
                    held=_named(ORGANISATION_COLUMNS, held),
                    is_binned=binned_at is not None,
                    is_ours=self.import_id is not None and import_id == self.import_id,
                    version=version,
                )

    # People

    def _people(self, found: Surroundings, rows: Sequence[Facts]) -> None:
        emails = {email for facts in rows for email in (facts.email, *facts.other_emails) if email}
        names = {name for facts in rows for name in written(facts)}
        reading = self._read_addresses(found, emails)
        known: dict[int, KnownPerson] = {}
        references = {facts.person["reference"] for facts in rows if "reference" in facts.person}
        chosen = {key for facts in rows if (key := facts.chosen.get("people"))}
        self._fetch_people(known, Person.id, reading | chosen)
        self._fetch_people(known, Person.reference, references)
        self._fetch_people(known, Person.sort, names, Person.binned_at.is_(None))
        self._emails(known, PersonAddress, PersonAddress.person_id)
        self._tags(known, person_tags, person_tags.c.person_id)
        self._phones(known)
        self._roles(known)
        found.people = list(known.values())
        for person in found.people:
            found.enter_person(person)
        found.by_id |= {("people", key): one for key, one in known.items()}

    def _read_addresses(self, found: Surroundings, emails: Collection[str]) -> set[int]:
        """Enter the addresses that exist; the keys of the people who read one of them."""
        if not emails:
            return set()
        rows = (
            select(Address.email, Address.id, PersonAddress.person_id)
            .outerjoin(PersonAddress, PersonAddress.address_id == Address.id)
            .where(one_of(Address.email, emails))
        )
        readers = set()
        for email, key, person_id in self.session.execute(rows):
            found.address_ids[email] = key
            if person_id is not None:
                readers.add(person_id)
        return readers

    def _organisation_addresses(self, found: Surroundings, rows: Sequence[Facts]) -> None:
        """Enter the shared mailboxes that exist."""
        emails = {
            email for facts in rows for email in (facts.organisation_email, *facts.other_emails) if email
        }
        if emails := emails - set(found.address_ids):
            asked = select(Address.email, Address.id).where(one_of(Address.email, emails))
            found.address_ids.update({email: key for email, key in self.session.execute(asked)})

    def _fetch_people(
        self,
        known: dict[int, KnownPerson],
        column: InstrumentedAttribute[Any],
        values: Collection[Any],
        *also: Any,
    ) -> None:
        if not values:
            return
        of_record = (Person.id, Person.binned_at, Person.import_id, Person.version)
        rows = select(*of_record, *PERSON_COLUMNS).where(one_of(column, values), *also)
        for key, binned_at, import_id, version, *held in self.session.execute(rows):
            if key not in known:
                known[key] = KnownPerson(
                    id=key,
                    held=_named(PERSON_COLUMNS, held),
                    is_binned=binned_at is not None,
                    is_ours=self.import_id is not None and import_id == self.import_id,
                    version=version,
                )

    def _phones(self, known: dict[int, KnownPerson]) -> None:
        if known:
            rows = select(Phone.person_id, Phone.number).where(one_of(Phone.person_id, known))
            for key, number in self.session.execute(rows.order_by(Phone.position, Phone.id)):
                known[key].phones.append(number)

    def _roles(self, known: dict[int, KnownPerson]) -> None:
        if known:
            rows = select(Role.person_id, Role.id, Role.organisation_id, *ROLE_COLUMNS)
            for key, role_id, organisation_id, *held in self.session.execute(
                rows.where(one_of(Role.person_id, known)).order_by(Role.id)
            ):
                role = KnownRole(id=role_id, organisation_id=organisation_id, held=_named(ROLE_COLUMNS, held))
                known[key].roles.append(role)

    # Both

    def _emails(self, known: dict[int, Any], read: Any, key: InstrumentedAttribute[int]) -> None:
        if known:
            rows = (
                select(key, Address.email, read.position)
                .join(Address, Address.id == read.address_id)
                .where(one_of(key, known))
            )
            for record_id, email, position in self.session.execute(rows.order_by(read.position, read.id)):
                known[record_id].emails.append(email)
                known[record_id].lowest = min(known[record_id].lowest, position)

    def _extra(self, found: Surroundings, rows: Sequence[Facts]) -> None:
        """Enter what the further columns hold, where a row has one."""
        for told, kind, records in (
            (any(facts.person_extra for facts in rows), extra.PEOPLE, found.people),
            (any(facts.organisation_extra for facts in rows), extra.ORGANISATIONS, found.organisations),
        ):
            if told and records:
                by_id = {record.id: record for record in records if record.id is not None}
                for key, values in extra.held(self.session, kind, list(by_id)).items():
                    by_id[key].extra.update(values)

    def _guarded(self, found: Surroundings) -> None:
        """Enter the addresses of known people that are held, or that somebody objected for."""
        emails = {email for person in found.people for email in person.emails}
        if emails:
            objected = select(Objection.id).where(Objection.address_id == Address.id).exists()
            rows = select(Address.email).where(
                one_of(Address.email, emails), or_(Address.held_since.is_not(None), objected)
            )
            found.guarded.update(self.session.scalars(rows))

    def _tags(self, known: dict[int, Any], table: Any, key: Any) -> None:
        if known:
            rows = select(key, Tag.name).join(Tag, Tag.id == table.c.tag_id).where(one_of(key, known))
            for record_id, name in self.session.execute(rows):
                known[record_id].tags.add(fold(name))


def written(facts: Facts) -> Iterable[str]:
    """The sort keys under which a person of that name may stand: given and family name may be swapped."""
    given, family = facts.person.get("given_name", ""), facts.person.get("family_name", "")
    if not given and not family:
        return ()
    return {normal.person_sort(given, family), normal.person_sort(family, given)}


def _named(columns: Sequence[InstrumentedAttribute[Any]], values: Sequence[Any]) -> dict[str, Any]:
    return {column.key: value for column, value in zip(columns, values, strict=True)}

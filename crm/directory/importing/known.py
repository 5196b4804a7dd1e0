"""The records that rows may mean, as light objects: later rows of a file see in them what earlier ones
brought."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from crm.directory import normal
from crm.directory.importing.authorities import Places
from crm.directory.models import Civility

# The columns that an import reads and fills.
ORGANISATION_COLUMNS = (
    "name", "acronym", "aliases", "kind_id", "siren", "siret", "reference", "territory_id", "street",
    "postcode", "city", "country", "website", "phone", "notes",
)  # fmt: skip
PERSON_COLUMNS = ("civility", "given_name", "family_name", "language", "notes", "source", "reference")
ROLE_COLUMNS = ("function", "category", "is_main", "begins_on", "ends_on")
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
    all others; `sort` what it is in order of; `extra` are the values of further columns, `extra_was` what
    the written ones held.
    """

    is_binned: bool = False
    is_met: bool = False
    is_ours: bool = False
    version: int = 0
    sort: str = ""
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
    """`called` are names of it that rows used and that say nothing new."""

    called: set[str] = field(default_factory=set)

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
    """`search` is what searches compare with the name, where that was made already."""

    search: str = ""
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
    # Those among them that were erased: the file brings them back.
    back: dict[str, int] = field(default_factory=dict)
    # These, and those that came back before and whose owners did nothing since.
    silent: set[str] = field(default_factory=set)

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
        if "name" in organisation.was or not organisation.sort:
            organisation.sort = normal.organisation_sort(organisation.name)
        namesakes = self.by_name[organisation.sort]
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
        if person.was or not person.sort:
            person.sort = normal.person_sort(person.held["given_name"], person.held["family_name"])
        namesakes = self.by_person_name[person.sort]
        if person not in namesakes and not person.is_binned:
            namesakes.append(person)

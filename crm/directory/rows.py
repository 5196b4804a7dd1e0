"""The rows of lists and exports: plain values, each kind of neighbour fetched once for many rows."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Row, Select, Table, func, select
from sqlalchemy.orm import Session, aliased

from crm.accounts.models import Account
from crm.directory.models import (
    Civility,
    Organisation,
    OrganisationAddress,
    OrganisationKind,
    Person,
    PersonAddress,
    Phone,
    Role,
    RoleCategory,
    Tag,
    organisation_tags,
    person_tags,
)
from crm.directory.queries import held_on, main_first
from crm.mail.models import Address
from crm.territories.models import Territory, TerritoryKind

BATCH = 500


@dataclass(slots=True)
class PersonRow:
    """One person of a list. Role and organisation are those of the main role on the list's day."""

    id: int
    civility: Civility
    given_name: str
    family_name: str
    language: str
    source: str
    created_at: datetime
    updated_at: datetime
    function: str = ""
    category: RoleCategory | None = None
    organisation_id: int | None = None
    organisation: str = ""
    other_roles: int = 0
    emails: list[str] = field(default_factory=list)
    is_held: bool = False
    phones: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name as lists show it: family name first; without any name, the address."""
        return f"{self.family_name} {self.given_name}".strip() or (self.emails[0] if self.emails else "—")

    @property
    def email(self) -> str:
        return self.emails[0] if self.emails else ""


@dataclass(slots=True)
class OrganisationRow:
    """One organisation of a list. `people` have a role there on the list's day."""

    id: int
    name: str
    acronym: str
    aliases: str
    siren: str | None
    siret: str | None
    street: str
    postcode: str
    city: str
    country: str
    website: str
    phone: str
    created_at: datetime
    updated_at: datetime
    kind_fr: str = ""
    kind_en: str = ""
    parent: str = ""
    followed_by: str = ""
    territory: str = ""
    territory_kind: TerritoryKind | None = None
    territory_code: str = ""
    department_code: str = ""
    population: int | None = None
    people: int = 0
    emails: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)

    @property
    def email(self) -> str:
        return self.emails[0] if self.emails else ""


PERSON_COLUMNS = (
    Person.id,
    Person.civility,
    Person.given_name,
    Person.family_name,
    Person.language,
    Person.source,
    Person.created_at,
    Person.updated_at,
)
ORGANISATION_COLUMNS = (
    Organisation.id,
    Organisation.name,
    Organisation.acronym,
    Organisation.aliases,
    Organisation.siren,
    Organisation.siret,
    Organisation.street,
    Organisation.postcode,
    Organisation.city,
    Organisation.country,
    Organisation.website,
    Organisation.phone,
    Organisation.created_at,
    Organisation.updated_at,
)


def people(
    session: Session, found: Sequence[Row[Any]], *, day: date, wants: Collection[str]
) -> list[PersonRow]:
    """The found rows (of PERSON_COLUMNS) with what is wanted of `roles`, `emails`, `phones`, `tags`."""
    rows = {row[0]: PersonRow(*row[: len(PERSON_COLUMNS)]) for row in found}
    fillers = {"roles": _roles, "emails": _person_emails, "phones": _phones, "tags": _person_tags}
    if rows:
        for want in wants:
            fillers[want](session, rows, day)
    return list(rows.values())


def organisations(
    session: Session, found: Sequence[Row[Any]], *, day: date, wants: Collection[str]
) -> list[OrganisationRow]:
    """The found rows (of ORGANISATION_COLUMNS) with what is wanted of `neighbours`, `people`, `emails`
    and `tags`."""
    rows = {row[0]: OrganisationRow(*row[: len(ORGANISATION_COLUMNS)]) for row in found}
    fillers = {
        "neighbours": _neighbours,
        "people": _headcounts,
        "emails": _organisation_emails,
        "tags": _organisation_tags,
    }
    if rows:
        for want in wants:
            fillers[want](session, rows, day)
    return list(rows.values())


def all_people(
    session: Session, chosen: Select[Any], *, day: date, wants: Collection[str]
) -> Iterator[PersonRow]:
    """Every person of the select in name order, a few hundred held at a time."""
    rows = chosen.with_only_columns(*PERSON_COLUMNS)
    statement: Select[Any] = rows.order_by(Person.sort, Person.id)  # type: ignore[assignment]
    for part in _parts(session, statement):
        yield from people(session, part, day=day, wants=wants)


def all_organisations(
    session: Session, chosen: Select[Any], *, day: date, wants: Collection[str]
) -> Iterator[OrganisationRow]:
    """Every organisation of the select in name order, a few hundred held at a time."""
    rows = chosen.with_only_columns(*ORGANISATION_COLUMNS)
    statement: Select[Any] = rows.order_by(Organisation.sort, Organisation.id)  # type: ignore[assignment]
    for part in _parts(session, statement):
        yield from organisations(session, part, day=day, wants=wants)


def _parts(session: Session, statement: Select[Any]) -> Iterable[Sequence[Row[Any]]]:
    return session.execute(statement, execution_options={"yield_per": BATCH}).partitions(BATCH)


People = dict[int, PersonRow]
Organisations = dict[int, OrganisationRow]


def _roles(session: Session, rows: People, day: date) -> None:
    held = (
        select(Role.person_id, Role.function, Role.category, Organisation.id, Organisation.name)
        .join(Organisation, Organisation.id == Role.organisation_id)
        .where(Role.person_id.in_(rows), held_on(day))
        .order_by(Role.person_id, *main_first(Role))
    )
    for person_id, function, category, organisation_id, organisation in session.execute(held):
        row = rows[person_id]
        if row.organisation_id is not None:
            row.other_roles += 1
            continue
        row.function, row.category = function, category
        row.organisation_id, row.organisation = organisation_id, organisation


def _person_emails(session: Session, rows: People, day: date) -> None:
    read = (
        select(PersonAddress.person_id, Address.email, Address.held_since)
        .join(Address, Address.id == PersonAddress.address_id)
        .where(PersonAddress.person_id.in_(rows))
        .order_by(PersonAddress.position, PersonAddress.id)
    )
    for person_id, email, held_since in session.execute(read):
        row = rows[person_id]
        if not row.emails:
            row.is_held = held_since is not None
        row.emails.append(email)


def _phones(session: Session, rows: People, day: date) -> None:
    numbers = select(Phone.person_id, Phone.number).where(Phone.person_id.in_(rows))
    for person_id, number in session.execute(numbers.order_by(Phone.position, Phone.id)):
        rows[person_id].phones.append(number)


def _tags(session: Session, rows: dict[int, Any], table: Table, key: Column[Any]) -> None:
    names = select(key, Tag.name).join(Tag, Tag.id == table.c.tag_id).where(key.in_(rows))
    for record_id, name in session.execute(names.order_by(Tag.name)):
        rows[record_id].tags.append(name)


def _person_tags(session: Session, rows: People, day: date) -> None:
    _tags(session, rows, person_tags, person_tags.c.person_id)


def _organisation_tags(session: Session, rows: Organisations, day: date) -> None:
    _tags(session, rows, organisation_tags, organisation_tags.c.organisation_id)


def _neighbours(session: Session, rows: Organisations, day: date) -> None:
    """Kind, parent, follower and territory, in one query."""
    parent = aliased(Organisation)
    known = (
        select(
            Organisation.id,
            func.coalesce(OrganisationKind.name_fr, ""),
            func.coalesce(OrganisationKind.name_en, ""),
            func.coalesce(parent.name, ""),
            func.coalesce(Account.name, ""),
            func.coalesce(Territory.name, ""),
            Territory.kind,
            func.coalesce(Territory.code, ""),
            func.coalesce(Territory.department_code, ""),
            Territory.population,
        )
        .outerjoin(OrganisationKind, OrganisationKind.id == Organisation.kind_id)
        .outerjoin(parent, parent.id == Organisation.parent_id)
        .outerjoin(Account, Account.id == Organisation.followed_by_id)
        .outerjoin(Territory, Territory.id == Organisation.territory_id)
        .where(Organisation.id.in_(rows))
    )
    for key, *facts in session.execute(known):
        row = rows[key]
        row.kind_fr, row.kind_en, row.parent, row.followed_by = facts[:4]
        row.territory, row.territory_kind, row.territory_code = facts[4:7]
        row.department_code, row.population = facts[7:]


def _headcounts(session: Session, rows: Organisations, day: date) -> None:
    counted = (
        select(Role.organisation_id, func.count(func.distinct(Role.person_id)))
        .join(Person, Person.id == Role.person_id)
        .where(Role.organisation_id.in_(rows), held_on(day), Person.binned_at.is_(None))
        .group_by(Role.organisation_id)
    )
    for organisation_id, count in session.execute(counted):
        rows[organisation_id].people = count


def _organisation_emails(session: Session, rows: Organisations, day: date) -> None:
    read = (
        select(OrganisationAddress.organisation_id, Address.email)
        .join(Address, Address.id == OrganisationAddress.address_id)
        .where(OrganisationAddress.organisation_id.in_(rows))
        .order_by(OrganisationAddress.position, OrganisationAddress.id)
    )
    for organisation_id, email in session.execute(read):
        rows[organisation_id].emails.append(email)

"""The rows of lists and exports: plain values, each kind of neighbour fetched once for many rows."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    Integer,
    Row,
    ScalarSelect,
    Select,
    String,
    Table,
    any_,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    select,
)
from sqlalchemy.orm import Session, aliased

from crm.accounts.models import Account
from crm.db import is_sqlite
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
from crm.directory.own import queries as own_queries
from crm.directory.own.columns import parted
from crm.directory.own.values import Value
from crm.directory.queries import held_on, main_role_id
from crm.mail.models import Address
from crm.territories.models import Territory, TerritoryKind
from crm.text import fold

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
    reference: str | None
    function: str = ""
    category: RoleCategory | None = None
    organisation_id: int | None = None
    organisation: str = ""
    other_roles: int = 0
    emails: list[str] = field(default_factory=list)
    is_held: bool = False
    phones: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    own: dict[int, Value] = field(default_factory=dict)

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
    reference: str | None
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
    own: dict[int, Value] = field(default_factory=dict)

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
    Person.reference,
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
    Organisation.reference,
)


def people(
    session: Session, found: Sequence[Row[Any]], *, day: date, wants: Collection[str]
) -> list[PersonRow]:
    """The found rows (of PERSON_COLUMNS) with what is wanted of `roles`, `emails`, `phones`, `tags`."""
    rows = {row[0]: PersonRow(*row[: len(PERSON_COLUMNS)]) for row in found}
    own, near = parted(wants)
    _fill_own(session, "people", rows, own)
    if rows and near:
        asked = _about_people(near, is_sqlite(session))
        for key, *role, emails, phones, tags in session.execute(asked, {"keys": list(rows), "day": day}):
            row = rows[key]
            row.function, row.category, row.organisation_id, row.organisation, held = role
            row.other_roles = max(held - 1, 0)
            row.phones, row.tags = _in_order(phones), _sorted(tags)
            row.emails = _in_order(emails)
            row.is_held = bool(row.emails) and row.emails[0].startswith(HELD)
            row.emails = [email.removeprefix(HELD) for email in row.emails]
    return list(rows.values())


def organisations(
    session: Session, found: Sequence[Row[Any]], *, day: date, wants: Collection[str]
) -> list[OrganisationRow]:
    """The found rows (of ORGANISATION_COLUMNS) with what is wanted of `neighbours`, `people`, `emails`
    and `tags`."""
    rows = {row[0]: OrganisationRow(*row[: len(ORGANISATION_COLUMNS)]) for row in found}
    own, wanted = parted(wants)
    _fill_own(session, "organisations", rows, own)
    if rows and wanted:
        asked = _about_organisations(wanted, is_sqlite(session))
        for key, *near, people, emails, tags in session.execute(asked, {"keys": list(rows), "day": day}):
            row = rows[key]
            row.kind_fr, row.kind_en, row.parent, row.followed_by, row.territory = (f or "" for f in near[:5])
            row.territory_kind, row.territory_code, row.department_code, row.population = (
                near[5], near[6] or "", near[7] or "", near[8],
            )  # fmt: skip
            row.people, row.emails, row.tags = people, _in_order(emails), _sorted(tags)
    return list(rows.values())


def _fill_own(session: Session, of: str, rows: dict[int, Any], fields: Sequence[int]) -> None:
    """Put what stands in these own fields into the rows."""
    if rows and fields:
        for key, values in own_queries.values_for(session, of, list(rows), fields).items():
            rows[key].own = values


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


# What is around many records, in one query. Lists come as text: one trip to the server for all of
# them is worth the parting.

DAY: Any = bindparam("day", type_=Date())
SEPARATOR = "\x1f"  # `crm.text.clean` leaves no control character in what is stored
HELD = "!"


def _asked(column: Any, on_sqlite: bool) -> ColumnElement[bool]:
    """Whether the column is one of the `keys`: on PostgreSQL one parameter, for any number of them."""
    if on_sqlite:
        return column.in_(bindparam("keys", expanding=True))  # type: ignore[no-any-return]
    return column == any_(bindparam("keys", type_=ARRAY(Integer)))  # type: ignore[no-any-return]


@cache
def _about_people(wants: frozenset[str], on_sqlite: bool) -> Select[Any]:
    """For the people with these keys on that day: role, addresses, phones and tags, where wanted."""
    main, held = aliased(Role), aliased(Role)
    count = select(func.count()).where(held.person_id == Person.id, held_on(DAY, held))
    mark = case((Address.held_since.is_not(None), HELD), else_="")
    emails = _placed(PersonAddress.position, mark + Address.email).where(
        PersonAddress.person_id == Person.id, Address.id == PersonAddress.address_id
    )
    phones = _placed(Phone.position, Phone.number).where(Phone.person_id == Person.id)
    role = (main.function, main.category, main.organisation_id, Organisation.name, _value(count))
    asked: Select[Any] = select(  # type: ignore[assignment]
        Person.id,
        *(role if "roles" in wants else (literal(""), null(), null(), literal(""), literal(0))),
        _value(emails) if "emails" in wants else null(),
        _value(phones) if "phones" in wants else null(),
        _value(_named(person_tags, person_tags.c.person_id == Person.id)) if "tags" in wants else null(),
    ).where(_asked(Person.id, on_sqlite))
    if "roles" in wants:
        # That it is a role of one of these people goes without saying; PostgreSQL reads all roles without it.
        of_these = _asked(main.person_id, on_sqlite) & (main.person_id == Person.id)
        asked = asked.outerjoin_from(Person, main, of_these & (main.id == main_role_id(Person.id, DAY)))
        asked = asked.outerjoin_from(main, Organisation, Organisation.id == main.organisation_id)
    return asked


@cache
def _about_organisations(wants: frozenset[str], on_sqlite: bool) -> Select[Any]:
    """For the organisations with these keys on that day: neighbours, headcount, addresses and tags."""
    parent = aliased(Organisation)
    near = (
        OrganisationKind.name_fr,
        OrganisationKind.name_en,
        parent.name,
        Account.name,
        Territory.name,
        Territory.kind,
        Territory.code,
        Territory.department_code,
        Territory.population,
    )
    count = select(func.count(func.distinct(Role.person_id))).where(
        Role.organisation_id == Organisation.id,
        held_on(DAY),
        Person.id == Role.person_id,
        Person.binned_at.is_(None),
    )
    emails = _placed(OrganisationAddress.position, Address.email).where(
        OrganisationAddress.organisation_id == Organisation.id,
        Address.id == OrganisationAddress.address_id,
    )
    tags = _named(organisation_tags, organisation_tags.c.organisation_id == Organisation.id)
    asked: Select[Any] = select(  # type: ignore[assignment]
        Organisation.id,
        *(near if "neighbours" in wants else [null()] * len(near)),
        _value(count) if "people" in wants else literal(0),
        _value(emails) if "emails" in wants else null(),
        _value(tags) if "tags" in wants else null(),
    ).where(_asked(Organisation.id, on_sqlite))
    if "neighbours" in wants:
        asked = (
            asked.outerjoin_from(Organisation, OrganisationKind, OrganisationKind.id == Organisation.kind_id)
            .outerjoin_from(Organisation, parent, parent.id == Organisation.parent_id)
            .outerjoin_from(Organisation, Account, Account.id == Organisation.followed_by_id)
            .outerjoin_from(Organisation, Territory, Territory.id == Organisation.territory_id)
        )
    return asked


def _placed(position: Any, value: Any) -> Select[Any]:
    return select(func.aggregate_strings(cast(position, String) + " " + value, SEPARATOR))


def _named(table: Table, of_record: ColumnElement[bool]) -> Select[Any]:
    return select(func.aggregate_strings(Tag.name, SEPARATOR)).where(Tag.id == table.c.tag_id, of_record)


def _value(rows: Select[Any]) -> ScalarSelect[Any]:
    return rows.correlate(Person, Organisation).scalar_subquery()


def _in_order(joined: str | None) -> list[str]:
    """The values of `_placed`, by their place."""
    if not joined:
        return []
    placed = [value.split(" ", 1) for value in joined.split(SEPARATOR)]
    return [value for _place, value in sorted(placed, key=lambda pair: int(pair[0]))]


def _sorted(joined: str | None) -> list[str]:
    return sorted(joined.split(SEPARATOR), key=fold) if joined else []

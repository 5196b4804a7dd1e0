"""Who is in the directory: lists by filter, roles on a day, what a few typed letters may mean.

Lists come as selects, so that callers count them, page them or insert from them.
"""

from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    ScalarSelect,
    Select,
    String,
    Subquery,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased, selectinload
from sqlalchemy.orm.util import AliasedClass

from crm.accounts.models import Account
from crm.db import db
from crm.directory import normal
from crm.directory.filters import NOBODY, YES, Filter
from crm.directory.models import (
    ImportOrganisation,
    ImportPerson,
    Organisation,
    OrganisationAddress,
    OrganisationKind,
    Person,
    PersonAddress,
    Role,
    Tag,
    organisation_tags,
    person_tags,
)
from crm.mail.models import Address
from crm.territories.models import Territory, TerritoryKind
from crm.text import like

# Roles


def held_on(day: date, role: type[Role] | AliasedClass[Role] = Role) -> ColumnElement[bool]:
    """What `Role.held_on(day)` says, for the database."""
    return and_(
        or_(role.begins_on.is_(None), role.begins_on <= day),
        or_(role.ends_on.is_(None), role.ends_on >= day),
    )


def roles_on(day: date) -> Select[Role]:
    """The roles that are held on that day."""
    return select(Role).where(held_on(day))


def main_first(role: type[Role] | AliasedClass[Role]) -> tuple[Any, ...]:
    """Among roles held at once: the one marked as main, else the one begun last, else the first known."""
    begun = func.coalesce(role.begins_on, literal(date.min))
    return (role.is_main.desc(), begun.desc(), role.id)


def main_role(person: Person, day: date) -> Role | None:
    """The role in which the person speaks on that day."""
    held = roles_on(day).where(Role.person_id == person.id).order_by(*main_first(Role)).limit(1)
    return db.session.scalars(held).first()


def main_role_id(person_id: ColumnElement[int] | InstrumentedAttribute[int], day: date) -> ScalarSelect[int]:
    """The key of the main role on that day, for the row of an outer statement that has `person_id`."""
    role = aliased(Role)
    held = select(role.id).where(role.person_id == person_id, held_on(day, role))
    return held.order_by(*main_first(role)).limit(1).correlate_except(role).scalar_subquery()


def standing_for(day: date) -> Subquery:
    """For each person with a role that day: `person_id`, `role_id`, and the `organisation_id` stood for.

    One row a person, by the rule of `main_role`; to be joined in an INSERT … SELECT.
    """
    place = func.row_number().over(partition_by=Role.person_id, order_by=main_first(Role))
    ranked = select(
        Role.person_id, Role.id.label("role_id"), Role.organisation_id, place.label("place")
    ).where(held_on(day))
    first = ranked.subquery()
    return (
        select(first.c.person_id, first.c.role_id, first.c.organisation_id)
        .where(first.c.place == 1)
        .subquery("standing")
    )


def roles_of(person: Person) -> Select[Role]:
    """All roles of the person with their organisations: open ones first, the latest begun on top."""
    return (
        select(Role)
        .where(Role.person_id == person.id)
        .options(selectinload(Role.organisation))
        .order_by(
            Role.ends_on.desc().nulls_first(),
            Role.is_main.desc(),
            Role.begins_on.desc().nulls_last(),
            Role.id,
        )
    )


def roles_at(organisation: Organisation) -> Select[Role]:
    """All roles of kept people there, with the people: open ones first, then by name."""
    return (
        select(Role)
        .join(Role.person)
        .where(Role.organisation_id == organisation.id, Person.binned_at.is_(None))
        .options(selectinload(Role.person))
        .order_by(Role.ends_on.desc().nulls_first(), Person.sort, Role.id)
    )


def headcount(organisation: Organisation, day: date) -> Select[int]:
    """How many kept people have a role there on that day."""
    return (
        select(func.count(func.distinct(Role.person_id)))
        .join(Role.person)
        .where(Role.organisation_id == organisation.id, held_on(day), Person.binned_at.is_(None))
    )


# Addresses


def first_addresses() -> Subquery:
    """For each person with an address: `person_id` and the `address_id` that is written to.

    That is the one in first place. Whether it may be written to is the outbox's affair.
    """
    order = (PersonAddress.position, PersonAddress.id)
    place = func.row_number().over(partition_by=PersonAddress.person_id, order_by=order)
    ranked = select(PersonAddress.person_id, PersonAddress.address_id, place.label("place")).subquery()
    return select(ranked.c.person_id, ranked.c.address_id).where(ranked.c.place == 1).subquery("written_to")


def people_reading(email: str) -> Select[Person]:
    """The kept people who read that address (in its compared form), in name order."""
    return (
        select(Person)
        .join(PersonAddress, PersonAddress.person_id == Person.id)
        .join(Address, Address.id == PersonAddress.address_id)
        .where(Address.email == email, Person.binned_at.is_(None))
        .order_by(Person.sort, Person.id)
    )


# Lists


def people(filter: Filter, *, day: date) -> Select[Person]:
    """The people meant by the filter on that day, in no order."""
    rows = select(Person).where(
        and_(Person.binned_at.is_not(None), Person.merged_into_id.is_(None))
        if filter.in_bin
        else Person.binned_at.is_(None)
    )
    rows = rows.where(*_searched(filter.q, Person.search, _reads_like(filter.q)))
    if filter.chosen:
        rows = rows.where(Person.id.in_(filter.chosen))
    for name in filter.tags:
        tagged = select(person_tags.c.person_id).join(Tag).where(Tag.name == name)
        rows = rows.where(Person.id.in_(tagged))
    if filter.of_import:
        named = select(ImportPerson.person_id).where(ImportPerson.import_id == filter.of_import)
        rows = rows.where(Person.id.in_(named))
    if filter.language:
        rows = rows.where(Person.language == filter.language)
    if filter.address:
        reads = exists().where(PersonAddress.person_id == Person.id).correlate(Person)
        rows = rows.where(reads if filter.address == YES else ~reads)
    held = _role_conditions(filter)
    if held:
        rows = rows.where(
            exists()
            .where(
                Role.person_id == Person.id,
                Organisation.id == Role.organisation_id,
                held_on(day),
                *held,
            )
            .correlate(Person)
        )
    return rows


def people_filtered(querystring: str, *, day: date) -> Select[Person]:
    """The people meant by the query string of a filtered list: the audience of a mailing or an event.

    Raises BadFilter rather than mean more people than were asked for.
    """
    return people(Filter.of(querystring), day=day)


def organisations(filter: Filter, *, day: date) -> Select[Organisation]:
    """The organisations meant by the filter on that day, in no order."""
    rows = select(Organisation).where(
        and_(Organisation.binned_at.is_not(None), Organisation.merged_into_id.is_(None))
        if filter.in_bin
        else Organisation.binned_at.is_(None)
    )
    rows = rows.where(*_searched(filter.q, Organisation.search, None))
    if filter.chosen:
        rows = rows.where(Organisation.id.in_(filter.chosen))
    for name in filter.tags:
        tagged = select(organisation_tags.c.organisation_id).join(Tag).where(Tag.name == name)
        rows = rows.where(Organisation.id.in_(tagged))
    if filter.address:
        reads = exists().where(OrganisationAddress.organisation_id == Organisation.id).correlate(Organisation)
        rows = rows.where(reads if filter.address == YES else ~reads)
    if filter.of_import:
        named = select(ImportOrganisation.organisation_id)
        rows = rows.where(Organisation.id.in_(named.where(ImportOrganisation.import_id == filter.of_import)))
    if filter.organisation:
        rows = rows.where(Organisation.parent_id == filter.organisation)
    if filter.category:
        rows = rows.where(
            exists()
            .where(Role.organisation_id == Organisation.id, held_on(day), Role.category == filter.category)
            .correlate(Organisation)
        )
    return rows.where(*_organisation_conditions(filter))


def _searched(
    text: str, search: InstrumentedAttribute[str], also: ColumnElement[bool] | None
) -> list[ColumnElement[bool]]:
    if not text:
        return []
    if also is not None:
        return [also]
    words = normal.asked(text)
    # Signs alone are nobody's name.
    return [search.like(like(word), escape="\\") for word in words] or [literal(False)]


def _reads_like(text: str) -> ColumnElement[bool] | None:
    """For a search that holds an @: who reads an address with these signs in it."""
    if "@" not in text:
        return None
    readers = (
        select(PersonAddress.person_id)
        .join(Address, Address.id == PersonAddress.address_id)
        .where(Address.email.like(like(text.casefold()), escape="\\"))
    )
    return Person.id.in_(readers)


def _role_conditions(filter: Filter) -> list[ColumnElement[bool]]:
    """What the filter asks of one current role and its organisation."""
    asked = _organisation_conditions(filter)
    if filter.category:
        asked.append(Role.category == filter.category)
    if filter.organisation:
        asked.append(Role.organisation_id == filter.organisation)
    return asked


def _organisation_conditions(filter: Filter) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = []
    if filter.kinds:
        kinds = select(OrganisationKind.id).where(OrganisationKind.slug.in_(filter.kinds))
        asked.append(Organisation.kind_id.in_(kinds))
    if filter.followed:
        asked.append(
            Organisation.followed_by_id.is_(None)
            if filter.followed == NOBODY
            else Organisation.followed_by_id == int(filter.followed)
        )
    if filter.territory:
        territory = territory_named(filter.territory)
        asked.append(literal(False) if territory is None else _lies_in(territory))
    return asked


def territory_named(name: str) -> Territory | None:
    """The territory of that key, or of that kind and official code (`department:49`)."""
    kind, colon, code = name.partition(":")
    if not colon:
        return db.session.get(Territory, int(name))
    wanted = select(Territory).where(Territory.kind == kind, Territory.code == code.upper())
    return db.session.scalars(wanted).first() if kind in list(TerritoryKind) else None


def _lies_in(territory: Territory) -> ColumnElement[bool]:
    """The organisation stands for the territory or for one inside it; or, standing for none, has its
    seat there by the department that its postcode names."""
    inside = _inside(territory)
    own = Organisation.territory_id.in_(select(Territory.id).where(inside))
    departments = list(
        db.session.scalars(
            select(Territory.code).where(
                Territory.kind.in_((TerritoryKind.DEPARTMENT, TerritoryKind.COLLECTIVITY)), inside
            )
        )
    )
    if not departments or territory.kind is TerritoryKind.EPCI:
        return own
    seated = [Organisation.postcode.like(f"{_postal(code)}%") for code in departments]
    return or_(own, and_(Organisation.territory_id.is_(None), Organisation.country == "FR", or_(*seated)))


def _inside(territory: Territory) -> ColumnElement[bool]:
    code = territory.code
    match territory.kind:
        case TerritoryKind.REGION:
            return Territory.region_code == code
        case TerritoryKind.DEPARTMENT | TerritoryKind.COLLECTIVITY:
            return Territory.department_code == code
        case TerritoryKind.EPCI:
            return or_(Territory.epci_code == code, Territory.ept_code == code, Territory.id == territory.id)
        case _:
            return Territory.id == territory.id


def _postal(department: str) -> str:
    """How the postcodes of a department begin: `2A` and `2B` share 20."""
    return "20" if department in ("2A", "2B") else department


# What a few typed letters may mean


def suggest_organisations(text: str, *, limit: int = 8) -> list[Organisation]:
    """Kept organisations that the typed words may mean: the acronym or whole name first, then beginnings."""
    words = normal.asked(text)
    if len("".join(words)) < 2:
        return []
    typed = " ".join(words)
    rank = case(
        (or_(Organisation.sort == typed, func.lower(Organisation.acronym) == text.strip().lower()), 0),
        (Organisation.sort.startswith(typed, autoescape=True), 1),
        else_=2,
    )
    found = (
        organisations(Filter(q=text), day=date.min)
        .options(selectinload(Organisation.kind), selectinload(Organisation.territory))
        .order_by(rank, Organisation.sort, Organisation.id)
        .limit(limit)
    )
    return list(db.session.scalars(found))


def suggest_people(text: str, *, limit: int = 8) -> list[Person]:
    """Kept people that the typed words may mean, in name order."""
    if "@" not in text and len("".join(normal.asked(text))) < 2:
        return []
    found = people(Filter(q=text), day=date.min).order_by(Person.sort, Person.id).limit(limit)
    return list(db.session.scalars(found))


def of_territories(keys: list[int]) -> dict[int, Organisation]:
    """The organisations that stand for those territories, by the territory's key; binned ones too."""
    found = db.session.scalars(select(Organisation).where(Organisation.territory_id.in_(keys)))
    return {organisation.territory_id: organisation for organisation in found if organisation.territory_id}


# Choices and neighbours


def kinds() -> Select[OrganisationKind]:
    """The kinds that new organisations may have, in the association's order."""
    return (
        select(OrganisationKind)
        .where(OrganisationKind.is_archived.is_(False))
        .order_by(OrganisationKind.position, OrganisationKind.id)
    )


def kind_with(slug: str) -> OrganisationKind | None:
    return db.session.scalars(select(OrganisationKind).where(OrganisationKind.slug == slug)).first()


def tags() -> Select[Tag]:
    return select(Tag).order_by(func.lower(Tag.name), Tag.id)


def children(organisation: Organisation) -> Select[Organisation]:
    return (
        select(Organisation)
        .where(Organisation.parent_id == organisation.id, Organisation.binned_at.is_(None))
        .order_by(Organisation.sort, Organisation.id)
    )


def followers() -> Select[Account]:
    """The open accounts, which may follow organisations, by name."""
    return select(Account).where(Account.is_open.is_(True)).order_by(func.lower(Account.name), Account.id)


@cache
def filter_choices(*, in_english: bool) -> CompoundSelect[str, str, str, int]:
    """What the bar over a list offers, in one query: `kind`, `tag` or `follower`, then value and name."""
    name = OrganisationKind.name_en if in_english else OrganisationKind.name_fr
    offered = (
        (kinds(), literal("kind"), OrganisationKind.slug, name, OrganisationKind.position),
        (tags(), literal("tag"), Tag.name, Tag.name, literal(0)),
        (followers(), literal("follower"), cast(Account.id, String), Account.name, literal(0)),
    )
    parts = [
        rows.order_by(None).with_only_columns(
            group.label("part"), value.label("value"), shown.label("name"), place.label("place")
        )
        for rows, group, value, shown, place in offered
    ]
    return union_all(*parts).order_by("part", "place", "name", "value")  # type: ignore[return-value]

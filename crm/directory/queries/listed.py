"""Who is meant by a filter: one reading for page, count, export and audience.

Lists come as selects, so that callers count them, page them or insert from them.
"""

from datetime import date

from sqlalchemy import ColumnElement, Select, and_, exists, literal, select

from crm import index
from crm.db import db
from crm.directory import normal
from crm.directory.conditions import ORGANISATIONS, PEOPLE
from crm.directory.filters import NOBODY, YES, BadFilter, Filter
from crm.directory.merging import following
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
from crm.directory.queries import views
from crm.directory.queries.places import lies_in, territory_named
from crm.directory.queries.roles import held_on
from crm.mail.models import Address
from crm.text import like


def people(filter: Filter, *, day: date, also_in_bin: bool = False) -> Select[Person]:
    """The people meant by the filter on that day, in no order; kept ones, unless the bin is meant too."""
    there = Person.merged_into_id.is_(None) if also_in_bin else Person.binned_at.is_(None)
    rows = select(Person).where(
        and_(Person.binned_at.is_not(None), Person.merged_into_id.is_(None)) if filter.in_bin else there,
        Person.erased_at.is_(None),
    )
    rows = rows.where(*_searched(filter.q, Person, _reads_like(filter.q)))
    if filter.chosen:
        rows = rows.where(Person.id.in_(following.kept_keys(Person, list(filter.chosen))))
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
    rows = rows.where(*views.asked(filter, PEOPLE, day=day))
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
    filter = Filter.of(querystring)
    if filter.in_bin:
        # Nobody who lies in the bin is written to.
        raise BadFilter(part="bin")
    return people(filter, day=day)


def organisations(filter: Filter, *, day: date) -> Select[Organisation]:
    """The organisations meant by the filter on that day, in no order."""
    rows = select(Organisation).where(
        and_(Organisation.binned_at.is_not(None), Organisation.merged_into_id.is_(None))
        if filter.in_bin
        else Organisation.binned_at.is_(None)
    )
    rows = rows.where(*_searched(filter.q, Organisation, None))
    if filter.chosen:
        rows = rows.where(Organisation.id.in_(following.kept_keys(Organisation, list(filter.chosen))))
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
        rows = rows.where(
            Organisation.parent_id.in_(following.kept_keys(Organisation, [filter.organisation]))
        )
    if filter.category:
        rows = rows.where(
            exists()
            .where(Role.organisation_id == Organisation.id, held_on(day), Role.category == filter.category)
            .correlate(Organisation)
        )
    rows = rows.where(*views.asked(filter, ORGANISATIONS, day=day))
    return rows.where(*_organisation_conditions(filter))


def _searched(
    text: str, model: type[Person] | type[Organisation], also: ColumnElement[bool] | None
) -> list[ColumnElement[bool]]:
    if not text:
        return []
    if also is not None:
        return [also]
    words = normal.asked(text)
    if not words:
        # Signs alone are nobody's name.
        return [literal(False)]
    return [
        *index.having(db.session(), model.__tablename__, model.id, words),
        *(model.search.like(like(word), escape="\\") for word in words),
    ]


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
        asked.append(Role.organisation_id.in_(following.kept_keys(Organisation, [filter.organisation])))
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
        asked.append(literal(False) if territory is None else lies_in(territory))
    return asked

"""What the history and the bin say of people, organisations and roles, and what follows from going back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import selectinload

from crm import clock
from crm.db import db
from crm.directory import batches, messages, normal, services
from crm.directory.models import Organisation, Person, PersonAddress, Phone, Role
from crm.directory.own import keeping as own
from crm.directory.services import roles as role_rules
from crm.errors import CrmError
from crm.keeping import kinds
from crm.keeping.kinds import Binned, Fact, Kind
from crm.text import N_, like
from crm.web.i18n import words


def install() -> None:
    kinds.enter(_people())
    kinds.enter(_organisations())
    kinds.enter(_roles())
    kinds.enter(_phones())
    kinds.enter(_person_addresses())


def _people() -> Kind:
    return Kind(
        model=Person,
        one=N_("Person"),
        called=name_of,
        address=lambda key: url_for("people.show", person_id=key, tab="history"),
        facts={
            "civility": Fact(N_("Civility"), messages.CIVILITIES),
            "given_name": Fact(N_("Given name")),
            "family_name": Fact(N_("Family name")),
            "language": Fact(N_("Language we write in"), messages.LANGUAGES),
            "addresses": Fact(N_("E-mail addresses")),
            "phones": Fact(N_("Phones")),
            "tags": Fact(N_("Tags")),
            "roles": Fact(N_("Roles"), reverts=False),
            "notes": Fact(N_("Notes"), text="long"),
            "source": Fact(N_("Where we have the data from")),
            "reference": Fact(N_("Own reference")),
        },
        parts=lambda key: (
            kinds.refs(Role, Role.person_id == key),
            kinds.refs(Phone, Phone.person_id == key),
            kinds.refs(PersonAddress, PersonAddress.person_id == key),
        ),
        settle=_settle_person,
        batches=batches.of_person,
        further=own.OwnFields("people"),
        bin=Binned(
            label=N_("People"),
            restore=services.restore_record,
            matches=_matches(Person.search),
            detail=lambda person: ", ".join(read.address.email for read in person.addresses),
            options=(selectinload(Person.addresses).selectinload(PersonAddress.address),),
            erase=lambda person: url_for("people.erase", person_id=person.id),
        ),
    )


def _organisations() -> Kind:
    return Kind(
        model=Organisation,
        one=N_("Organisation"),
        address=lambda key: url_for("organisations.show", organisation_id=key, tab="history"),
        facts={
            "name": Fact(N_("Name")),
            "acronym": Fact(N_("Acronym")),
            "aliases": Fact(N_("Other names")),
            "kind_id": Fact(N_("Kind")),
            "parent_id": Fact(N_("Part of")),
            "followed_by_id": Fact(N_("Followed by")),
            "addresses": Fact(N_("Shared e-mail addresses")),
            "phone": Fact(N_("Phone")),
            "website": Fact(N_("Website")),
            "street": Fact(N_("Street")),
            "postcode": Fact(N_("Postcode")),
            "city": Fact(N_("City")),
            "country": Fact(N_("Country")),
            "siren": Fact(N_("SIREN")),
            "siret": Fact(N_("SIRET")),
            "territory_id": Fact(N_("Territory")),
            "reference": Fact(N_("Own reference")),
            "tags": Fact(N_("Tags")),
            "notes": Fact(N_("Notes"), text="long"),
        },
        parts=lambda key: (kinds.refs(Role, Role.organisation_id == key),),
        settle=_settle_organisation,
        batches=batches.of_organisation,
        further=own.OwnFields("organisations"),
        bin=Binned(
            label=N_("Organisations"),
            restore=services.restore_record,
            matches=_matches(Organisation.search),
            detail=lambda organisation: messages.kind_name(organisation.kind),
            in_the_way=_in_the_way,
            options=(selectinload(Organisation.kind),),
        ),
    )


def _roles() -> Kind:
    return Kind(
        model=Role,
        one=N_("Role"),
        called=lambda role: " · ".join(
            filter(None, (name_of(role.person), role.function, role.organisation.name))
        ),
        address=lambda key: url_for("people.show", person_id=_person_of(key), tab="history"),
        facts={
            "person_id": Fact(N_("Person"), reverts=False),
            "organisation_id": Fact(N_("Organisation"), reverts=False),
            "function": Fact(N_("Function")),
            "category": Fact(N_("Category"), messages.CATEGORIES),
            "begins_on": Fact(N_("First day")),
            "ends_on": Fact(N_("Last day")),
            "is_main": Fact(N_("Main role")),
            "succession": Fact(N_("Succession"), messages.SUCCESSIONS),
            "ask_again_on": Fact(N_("To be asked again on")),
            "succeeded_by_id": Fact(N_("Successor"), reverts=False),
        },
        settle=_settle_role,
    )


def _phones() -> Kind:
    """Their coming and going is told of the person."""
    return Kind(
        model=Phone,
        one=N_("Phone"),
        called=lambda phone: normal.shown_phone(phone.number),
        address=lambda key: url_for("people.index"),
        facts={"label": Fact(N_("Label"))},
        untold=frozenset({"person_id", "number"}),
    )


def _person_addresses() -> Kind:
    return Kind(
        model=PersonAddress,
        one=N_("E-mail address"),
        called=lambda read: str(read.address.email),
        address=lambda key: url_for("people.index"),
        facts={"label": Fact(N_("Label"))},
        untold=frozenset({"person_id", "address_id"}),
    )


def name_of(person: Person) -> str:
    """The person's name, else the first address."""
    return person.name or next((read.address.email for read in person.addresses), words(N_("Nameless")))


def _person_of(role_id: int) -> int:
    return db.session.get_one(Role, role_id).person_id


def _matches(search: Any) -> Any:
    def asked(typed: str) -> Sequence[ColumnElement[bool]]:
        return [search.like(like(word), escape="\\") for word in normal.asked(typed)]

    return asked


def _settle_person(person: Person, names: frozenset[str], *, at: datetime) -> None:
    if not person.name and not person.addresses:
        raise services.Nameless
    person.search = normal.person_search(person.given_name, person.family_name)
    person.sort = normal.person_sort(person.given_name, person.family_name)
    for place, row in enumerate(person.addresses):
        row.position = place
    for place, phone in enumerate(person.phones):
        phone.position = place


def _settle_organisation(organisation: Organisation, names: frozenset[str], *, at: datetime) -> None:
    if not organisation.name:
        raise services.NamelessOrganisation
    if "parent_id" in names:
        services.check_place(organisation, organisation.parent_id)
    organisation.search = normal.organisation_search(
        organisation.name, organisation.acronym, organisation.aliases, organisation.siren
    )
    organisation.sort = normal.organisation_sort(organisation.name)


def _settle_role(role: Role, names: frozenset[str], *, at: datetime) -> None:
    role_rules.check(role)
    role_rules.settle_main(role.person, day=clock.day(at), chosen=role if role.is_main else None)


def _in_the_way(organisation: Organisation) -> CrmError | None:
    """Another record that took the number or the territory while this one lay in the bin."""
    for column in (Organisation.siren, Organisation.siret, Organisation.territory_id):
        value = getattr(organisation, column.key)
        other = db.session.scalars(_others(organisation, column, value)).first() if value else None
        if other is not None:
            return services.AlreadyInDirectory(other)
    return None


def _others(organisation: Organisation, column: Any, value: Any) -> Select[Organisation]:
    same = select(Organisation).where(column == value, Organisation.id != organisation.id)
    return same.where(Organisation.binned_at.is_(None)).limit(1)

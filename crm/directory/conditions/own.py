"""What can be asked of the directory's own facts, in the order in which the page shows it."""

from typing import Any

from crm.directory import conditions
from crm.directory.conditions import (
    PLACES,
    RECORD,
    ROLES,
    Condition,
)
from crm.directory.conditions.fields import (
    ADDRESS,
    CIVILITY,
    EMAIL,
    FOLLOWED,
    IMPORTED,
    LANGUAGE,
    NAME,
    ORGANISATION_KIND,
    PHONE,
    REACHABLE,
    TAGGED,
    text_of,
    value_of,
)
from crm.directory.conditions.kinds import (
    DATES,
    EMPTY,
    date_where,
    field_condition,
)
from crm.directory.conditions.roles import HAS_PEOPLE, PARENT, ROLE, TERRITORY, role_day
from crm.directory.models import (
    Organisation,
    Person,
    Role,
)
from crm.text import N_


def _dates(key: str, label: str, person: Any, organisation: Any) -> Condition:
    people, organisations = (
        date_where(value_of(column), is_instant=True) for column in (person, organisation)
    )
    operators = tuple(one for one in DATES if one not in EMPTY and one.key != "next")
    return Condition(key, label, RECORD, operators, people=people, organisations=organisations)


def register() -> None:
    """Offer all of these, in the order in which the page shows them."""
    person, organisation = Person, Organisation
    conditions.register(
        NAME,
        ORGANISATION_KIND,
        TAGGED,
        LANGUAGE,
        CIVILITY,
        FOLLOWED,
        ADDRESS,
        EMAIL,
        PHONE,
        REACHABLE,
        *(
            field_condition(key, label, RECORD, "text", organisations=text_of(column))
            for key, label, column in (
                ("acronym", N_("Acronym"), organisation.acronym),
                ("website", N_("Website"), organisation.website),
            )
        ),
        field_condition("siren", N_("SIREN"), RECORD, "text", organisations=value_of(organisation.siren)),
        field_condition("source", N_("Source"), RECORD, "text", people=text_of(person.source)),
        field_condition(
            "notes",
            N_("Notes"),
            RECORD,
            "text",
            people=text_of(person.notes),
            organisations=text_of(organisation.notes),
        ),
        IMPORTED,
        _dates("created", N_("Added"), person.created_at, organisation.created_at),
        _dates("updated", N_("Changed"), person.updated_at, organisation.updated_at),
        ROLE,
        field_condition("role_begun", N_("A role began"), ROLES, "date", people=role_day(Role.begins_on)),
        field_condition("role_ends", N_("A role ends"), ROLES, "date", people=role_day(Role.ends_on)),
        HAS_PEOPLE,
        PARENT,
        TERRITORY,
        *(
            field_condition(key, label, PLACES, "text", organisations=text_of(column))
            for key, label, column in (
                ("postcode", N_("Postcode"), organisation.postcode),
                ("city", N_("City"), organisation.city),
                ("country", N_("Country"), organisation.country),
            )
        ),
    )

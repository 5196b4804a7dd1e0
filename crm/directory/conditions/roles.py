"""What can be asked of roles, and of the places that organisations and roles lie in."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists
from sqlalchemy.orm import InstrumentedAttribute

from crm.directory.conditions import (
    PLACES,
    ROLES,
    Asked,
    Condition,
    NotUnderstood,
    Operator,
    Part,
    Takes,
)
from crm.directory.conditions.fields import (
    CATEGORIES,
    KIND,
    followed_by,
    follower_named,
    followers,
    key_of,
    kinds,
)
from crm.directory.conditions.kinds import (
    Holds,
    Test,
    negated,
)
from crm.directory.conditions.meaning import territory_of
from crm.directory.merging import following
from crm.directory.models import (
    Organisation,
    Person,
    Role,
    RoleCategory,
)
from crm.directory.queries.places import lies_in
from crm.directory.queries.roles import held_on
from crm.text import N_, like

_ON = Part("on", N_("Day"), Takes.DATE)
ROLE_PARTS = (
    Part("function", N_("Function contains"), Takes.TEXT, N_("with “%(value)s” in the function"), False),
    Part("category", N_("Category"), Takes.CHOICE, N_("of the category “%(value)s”"), False, CATEGORIES),
    Part(
        "kind", N_("At an organisation of the kind"), Takes.CHOICE,
        N_("at an organisation of the kind “%(value)s”"), False, kinds, KIND,
    ),
    Part("organisation", N_("At"), Takes.ORGANISATION, N_("at “%(value)s”"), False),
    Part("territory", N_("In the territory"), Takes.TERRITORY, N_("in “%(value)s”"), False),
    Part(
        "followed", N_("At an organisation followed by"), Takes.CHOICE,
        N_("at an organisation followed by %(value)s"), False, followers, follower_named,
    ),
)  # fmt: skip


def _role(asked: Asked) -> ColumnElement[bool]:
    """All that is asked is asked of one and the same role."""
    values = asked.values
    tests: list[ColumnElement[bool]] = []
    match asked.operator:
        case "now" | "not":
            tests.append(held_on(asked.day))
        case "on":
            tests.append(held_on(values["on"]))
        case "past":
            tests.append(and_(Role.ends_on.is_not(None), Role.ends_on < asked.day))
    if "function" in values:
        tests.append(Role.function.ilike(like(values["function"]), escape="\\"))
    if "category" in values:
        tests.append(Role.category == RoleCategory(values["category"]))
    if "organisation" in values:
        tests.append(Role.organisation_id.in_(_now(values["organisation"])))
    organisation = _role_organisation(values)
    if organisation:
        tests += [Organisation.id == Role.organisation_id, *organisation]
    found = exists().where(Role.person_id == Person.id, *tests).correlate(Person)
    return negated(found) if asked.operator in ("not", "never") else found


def _now(organisation: Any) -> list[int]:
    """The key of the organisation that was chosen: of the one it was merged into, if it was."""
    return following.kept_keys(Organisation, [key_of(organisation)])


def _role_organisation(values: Any) -> list[ColumnElement[bool]]:
    tests: list[ColumnElement[bool]] = []
    if "kind" in values:
        tests.append(Organisation.kind_id == key_of(values["kind"]))
    if "followed" in values:
        tests.append(followed_by(values["followed"]))
    if "territory" in values:
        tests.append(_in_territory(values["territory"]))
    return tests


def _in_territory(text: str) -> ColumnElement[bool]:
    territory = territory_of(text)
    if territory is None:
        raise NotUnderstood(what=N_("Territory"))
    return lies_in(territory)


ROLE = Condition(
    "role",
    N_("Role"),
    ROLES,
    (
        Operator("now", N_("is held today"), N_("who hold a role"), ROLE_PARTS),
        Operator("not", N_("is not held today"), N_("who do not hold a role"), ROLE_PARTS),
        Operator("on", N_("was held on"), N_("who held a role on %(on)s"), (_ON, *ROLE_PARTS)),
        Operator("past", N_("is over"), N_("who held a role that is over"), ROLE_PARTS),
        Operator("ever", N_("was ever held"), N_("who hold or held a role"), ROLE_PARTS),
        Operator("never", N_("was never held"), N_("who never held a role"), ROLE_PARTS),
    ),
    people=_role,
)


def role_day(column: InstrumentedAttribute[Any]) -> Holds:
    def holds(test: Test | None) -> ColumnElement[bool]:
        passes = test(column) if test else column.is_not(None)
        return exists().where(Role.person_id == Person.id, passes).correlate(Person)

    return holds


def _has_people(asked: Asked) -> ColumnElement[bool]:
    tests: list[ColumnElement[bool]] = [held_on(asked.day), Person.id == Role.person_id]
    if "function" in asked.values:
        tests.append(Role.function.ilike(like(asked.values["function"]), escape="\\"))
    if "category" in asked.values:
        tests.append(Role.category == RoleCategory(asked.values["category"]))
    found = (
        exists()
        .where(Role.organisation_id == Organisation.id, Person.binned_at.is_(None), *tests)
        .correlate(Organisation)
    )
    return negated(found) if asked.operator == "no" else found


HAS_PEOPLE = Condition(
    "people",
    N_("People"),
    ROLES,
    (
        Operator("yes", N_("somebody is known there"), N_("where we know somebody"), ROLE_PARTS[:2]),
        Operator("no", N_("nobody is known there"), N_("where we know nobody"), ROLE_PARTS[:2]),
    ),
    organisations=_has_people,
)


def _parent(asked: Asked) -> ColumnElement[bool]:
    if asked.operator == "is":
        return Organisation.parent_id.in_(_now(asked.values["value"]))
    return (
        Organisation.parent_id.is_not(None) if asked.operator == "yes" else Organisation.parent_id.is_(None)
    )


PARENT = Condition(
    "parent",
    N_("Part of"),
    ROLES,
    (
        Operator(
            "is", N_("is"), N_("that are part of “%(value)s”"),
            (Part("value", N_("Organisation"), Takes.ORGANISATION),),
        ),
        Operator("yes", N_("any organisation"), N_("that are part of another")),
        Operator("no", N_("no organisation"), N_("that are part of no other")),
    ),
    organisations=_parent,
)  # fmt: skip


# Places


def _organisation_in(asked: Asked) -> ColumnElement[bool]:
    found = _in_territory(asked.values["value"])
    return negated(found) if asked.operator == "not_in" else found


def _person_in(asked: Asked) -> ColumnElement[bool]:
    found = (
        exists()
        .where(
            Role.person_id == Person.id,
            Organisation.id == Role.organisation_id,
            held_on(asked.day),
            _in_territory(asked.values["value"]),
        )
        .correlate(Person)
    )
    return negated(found) if asked.operator == "not_in" else found


_TERRITORY = Part("value", N_("Territory"), Takes.TERRITORY)
TERRITORY = Condition(
    "territory",
    N_("Territory"),
    PLACES,
    (
        Operator("in", N_("is in"), N_("who are in “%(value)s”"), (_TERRITORY,)),
        Operator("not_in", N_("is not in"), N_("who are not in “%(value)s”"), (_TERRITORY,)),
    ),
    people=_person_in,
    organisations=_organisation_in,
)

"""Who does what for whom on a day."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, Subquery, and_, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased, selectinload
from sqlalchemy.orm.util import AliasedClass

from crm.db import db
from crm.directory.models import Organisation, Person, Role


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

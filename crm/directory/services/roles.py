"""Roles: giving, changing and ending them; which one is the main one."""

from datetime import date, datetime

from sqlalchemy import select

from crm import clock, history
from crm.accounts.models import Account
from crm.db import db
from crm.directory.models import Organisation, Person, Role, RoleCategory
from crm.directory.services.records import Author, check_not_erased, hold_people, sign
from crm.directory.services.refusals import RoleEndsBeforeItBegins, SameRole
from crm.errors import Changed
from crm.text import clean, fold


def give_role(
    *,
    person: Person,
    organisation: Organisation,
    function: str = "",
    category: RoleCategory = RoleCategory.OTHER,
    begins_on: date | None = None,
    ends_on: date | None = None,
    is_main: bool = False,
    by: Author,
    at: datetime,
) -> Role:
    """Give the person a role there; both days are included, None means open.

    The first of the roles held at once is the main one, until another is made so.
    Raises PersonErased, RoleEndsBeforeItBegins, SameRole.
    """
    sign(by)
    check_not_erased(person)
    if isinstance(by, Account):
        # Others give roles to people whom they have just added.
        hold_people(person)
    role = Role(person=person, organisation=organisation)
    with db.session.no_autoflush:
        _describe(role, function, category, begins_on, ends_on)
    db.session.add(role)
    db.session.flush()
    settle_main(person, day=clock.day(at), chosen=role if is_main else None)
    return role


def change_role(
    role: Role,
    *,
    function: str,
    category: RoleCategory,
    begins_on: date | None,
    ends_on: date | None,
    is_main: bool,
    version: int | None = None,
    by: Author,
    at: datetime,
) -> Role:
    """Correct what is known of the role. Raises Changed, RoleEndsBeforeItBegins, SameRole."""
    sign(by)
    check_not_erased(role.person)
    if version is not None and role.version != version:
        raise Changed(who=history.last_actor(db.session(), role))
    with db.session.no_autoflush:
        _describe(role, function, category, begins_on, ends_on)
    role.is_main = is_main
    db.session.flush()
    settle_main(role.person, day=clock.day(at), chosen=role if is_main else None)
    return role


def make_main(role: Role, *, by: Author, at: datetime) -> None:
    """From now on the person speaks for this role's organisation; nothing happens when it is not held."""
    sign(by)
    settle_main(role.person, day=clock.day(at), chosen=role)


def end_role(role: Role, *, on: date, by: Author, at: datetime) -> Role:
    """The role is held until that day, which is included. Raises RoleEndsBeforeItBegins."""
    sign(by)
    if role.begins_on is not None and on < role.begins_on:
        raise RoleEndsBeforeItBegins
    role.ends_on = on
    db.session.flush()
    settle_main(role.person, day=clock.day(at))
    return role


def reopen_role(role: Role, *, by: Author, at: datetime) -> Role:
    """The role has no last day after all. Raises SameRole when it was given anew in between."""
    sign(by)
    with db.session.no_autoflush:
        _describe(role, role.function, role.category, role.begins_on, None)
    db.session.flush()
    settle_main(role.person, day=clock.day(at))
    return role


def settle_main(person: Person, *, day: date, chosen: Role | None = None) -> None:
    """Leave exactly one main role among those the person holds that day.

    That is the chosen one when it is among them, else the one that already is, else the first known.
    The mark of roles that are over stays: it tells what was the main one then.
    """
    roles = db.session.scalars(select(Role).where(Role.person_id == person.id).order_by(Role.id))
    current = [role for role in roles if role.held_on(day)]
    if not current:
        return
    main = chosen if chosen in current else next((role for role in current if role.is_main), current[0])
    for role in current:
        if role.is_main != (role is main):
            role.is_main = role is main
    db.session.flush()


def _describe(
    role: Role, function: str, category: RoleCategory, begins_on: date | None, ends_on: date | None
) -> None:
    if begins_on is not None and ends_on is not None and ends_on < begins_on:
        raise RoleEndsBeforeItBegins
    role.function, role.category = clean(function), category
    role.begins_on, role.ends_on = begins_on, ends_on
    check(role)


def check(role: Role) -> None:
    """Raises RoleEndsBeforeItBegins; SameRole when the person has the same one there at the same time."""
    if role.begins_on is not None and role.ends_on is not None and role.ends_on < role.begins_on:
        raise RoleEndsBeforeItBegins
    for other in role.person.roles:
        if other is not role and _same(role, other):
            raise SameRole(person=role.person.name, organisation=role.organisation.name)


def _same(role: Role, other: Role) -> bool:
    """The same function in the same organisation, at a time that overlaps."""
    here = other.organisation_id == role.organisation.id and fold(other.function) == fold(role.function)
    starts_late = other.ends_on is not None and role.begins_on is not None and role.begins_on > other.ends_on
    ends_early = role.ends_on is not None and other.begins_on is not None and other.begins_on > role.ends_on
    return here and not starts_late and not ends_early

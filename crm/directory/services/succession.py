"""Who takes over when a role has ended; a role that goes on otherwise from a day on."""

from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from crm import clock, history
from crm.db import db
from crm.directory.models import Organisation, Person, Role, RoleCategory, Succession
from crm.directory.services.records import Author, sign
from crm.directory.services.refusals import OwnSuccessor, RoleEndsBeforeItBegins
from crm.directory.services.roles import give_role, settle_main
from crm.errors import Changed
from crm.text import fold

# Who left longer ago than that is asked about no more: old mandates come with every file.
ASKED_FOR = timedelta(days=365)
LATER = timedelta(days=30)


def departed(organisation: Organisation, day: date, *, most: int = 5) -> list[Role]:
    """The roles there that have ended and of which nobody has said who takes over, the latest first."""
    rows = (
        select(Role)
        .join(Role.person)
        .where(
            Role.organisation_id == organisation.id,
            Role.ends_on <= day,
            Role.ends_on >= day - ASKED_FOR,
            Person.binned_at.is_(None),
            or_(
                Role.succession.is_(None), (Role.succession == Succession.LATER) & (Role.ask_again_on <= day)
            ),
        )
        .options(joinedload(Role.person))
        .order_by(Role.ends_on.desc(), Role.id.desc())
        .limit(50)
    )
    ended = list(db.session.scalars(rows))
    if not ended:
        return []
    others = db.session.scalars(
        select(Role).where(
            Role.organisation_id == organisation.id,
            Role.begins_on >= min(role.ends_on for role in ended if role.ends_on),
        )
    )
    begun = list(others)
    return [role for role in ended if not any(_takes_over(other, role) for other in begun)][:most]


def _takes_over(other: Role, role: Role) -> bool:
    """Whether somebody has the same function since, whoever wrote that down."""
    later = other.begins_on is not None and role.ends_on is not None and other.begins_on >= role.ends_on
    return other.id != role.id and later and fold(other.function) == fold(role.function)


def succeed(
    role: Role,
    *,
    person: Person,
    function: str,
    category: RoleCategory,
    begins_on: date,
    is_main: bool = False,
    by: Author,
    at: datetime,
) -> Role:
    """The person takes over the role from that day on; the link between the two is kept.

    Who already has that role then keeps it as it is. Raises OwnSuccessor, SameRole.
    """
    sign(by)
    if person.id == role.person_id:
        raise OwnSuccessor(person=person.name)
    held = select(Role).where(Role.person_id == person.id, Role.organisation_id == role.organisation_id)
    same = (
        one
        for one in db.session.scalars(held)
        if one.held_on(begins_on) and fold(one.function) == fold(function)
    )
    new = next(same, None) or give_role(
        person=person,
        organisation=role.organisation,
        function=function,
        category=category,
        begins_on=begins_on,
        is_main=is_main,
        by=by,
        at=at,
    )
    role.succeeded_by, role.succession, role.ask_again_on = new, Succession.GIVEN, None
    db.session.flush()
    return new


def nobody(role: Role, *, by: Author) -> None:
    """Nobody takes over; the question does not come back."""
    sign(by)
    role.succession, role.ask_again_on = Succession.NOBODY, None
    db.session.flush()


def later(role: Role, *, by: Author, day: date) -> None:
    """Nobody knows yet; the question comes back in a month."""
    sign(by)
    role.succession, role.ask_again_on = Succession.LATER, day + LATER
    db.session.flush()


def change_from(
    role: Role,
    *,
    day: date,
    function: str,
    category: RoleCategory,
    ends_on: date | None = None,
    is_main: bool,
    version: int | None = None,
    by: Author,
    at: datetime,
) -> Role:
    """From that day on the person has another function there; until the day before it was the old one.

    What was written until then keeps the old role. Raises Changed, RoleEndsBeforeItBegins, SameRole.
    """
    sign(by)
    if version is not None and role.version != version:
        raise Changed(who=history.last_actor(db.session(), role))
    eve = day - timedelta(days=1)
    if role.begins_on is not None and eve < role.begins_on:
        raise RoleEndsBeforeItBegins
    last = ends_on if ends_on is not None else role.ends_on
    role.ends_on = eve
    db.session.flush()
    new = give_role(
        person=role.person,
        organisation=role.organisation,
        function=function,
        category=category,
        begins_on=day,
        ends_on=last if last is not None and last >= day else None,
        is_main=is_main,
        by=by,
        at=at,
    )
    role.succeeded_by, role.succession = new, Succession.GIVEN
    db.session.flush()
    settle_main(role.person, day=clock.day(at), chosen=new if is_main else None)
    return new

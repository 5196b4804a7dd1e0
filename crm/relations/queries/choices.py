"""What forms and filters of the log offer to choose from."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import (
    Select,
    func,
    or_,
    select,
)
from sqlalchemy.orm import joinedload

from crm.accounts.models import Account
from crm.db import db
from crm.directory.models import Organisation, Person, Role
from crm.directory.queries import held_on
from crm.relations.models import (
    Interaction,
    InteractionKind,
    InteractionPerson,
    Minutes,
)


def kinds(*, keep: int | None = None) -> Select[InteractionKind]:
    """The kinds that can be chosen, in their order; an archived one too when a record still has it."""
    return (
        select(InteractionKind)
        .where(or_(InteractionKind.is_archived.is_(False), InteractionKind.id == keep))
        .order_by(InteractionKind.position, InteractionKind.id)
    )


def minutes(*, archived: bool = False) -> Select[Minutes]:
    """The templates of minutes by name; those in the archive only when asked."""
    return (
        select(Minutes)
        .where(Minutes.is_archived.is_(archived))
        .options(joinedload(Minutes.kind))
        .order_by(Minutes.name_fr, Minutes.id)
    )


def usual_kind(account: Account) -> int | None:
    """The kind of exchange that the account logged last."""
    return db.session.scalar(
        select(Interaction.kind_id)
        .where(Interaction.created_by_id == account.id)
        .order_by(Interaction.id.desc())
        .limit(1)
    )


def accounts(*, keep: Sequence[int] = ()) -> Select[Account]:
    """The open accounts by name; closed ones too when a record names them."""
    return (
        select(Account)
        .where(or_(Account.is_open.is_(True), Account.id.in_(keep)))
        .order_by(func.lower(Account.name), Account.id)
    )


def familiar(organisation_ids: Sequence[int], *, day: date, most: int = 12) -> list[Person]:
    """Who of these organisations is likely to have taken part: those seen last, then by name."""
    seen = (
        select(InteractionPerson.person_id, func.max(InteractionPerson.interaction_id).label("last"))
        .where(InteractionPerson.organisation_id.in_(organisation_ids))
        .group_by(InteractionPerson.person_id)
        .subquery()
    )
    holders = (
        select(Role.person_id)
        .where(Role.organisation_id.in_(organisation_ids), held_on(day))
        .distinct()
        .subquery()
    )
    rows = (
        select(Person)
        .join(holders, holders.c.person_id == Person.id)
        .outerjoin(seen, seen.c.person_id == Person.id)
        .where(Person.binned_at.is_(None))
        .order_by(func.coalesce(seen.c.last, 0).desc(), Person.sort, Person.id)
        .limit(most)
    )
    return list(db.session.scalars(rows))


def met(organisation: Organisation, *, most: int = 100) -> list[Person]:
    """The people who took part in exchanges for the organisation, by name."""
    took_part = select(InteractionPerson.person_id).where(
        InteractionPerson.organisation_id == organisation.id
    )
    rows = select(Person).where(Person.id.in_(took_part)).order_by(Person.sort, Person.id).limit(most)
    return list(db.session.scalars(rows))

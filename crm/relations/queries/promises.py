"""Follow-ups: open, late, done; by person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import (
    ColumnElement,
    Select,
    case,
    func,
    literal,
    select,
)
from sqlalchemy.orm import joinedload

from crm.accounts.models import Account
from crm.db import db
from crm.relations.models import (
    FollowUp,
    Interaction,
)
from crm.web.tables import Order


def follow_ups(
    *,
    state: str,
    today: date,
    account_id: int | None = None,
    organisation_id: int | None = None,
    person_id: int | None = None,
) -> Select[FollowUp]:
    """Follow-ups that are `open`, `late` or `done`: everyone's, or those of one account or record.

    Account 0 stands for nobody. Those of an exchange that is in the bin rest with it.
    """
    rows = (
        select(FollowUp)
        .outerjoin(Interaction, Interaction.id == FollowUp.interaction_id)
        .where(Interaction.binned_at.is_(None))
        .options(
            joinedload(FollowUp.assigned_to),
            joinedload(FollowUp.organisation),
            joinedload(FollowUp.person),
            joinedload(FollowUp.interaction),
        )
    )
    if state == "done":
        rows = rows.where(FollowUp.done_at.is_not(None))
    else:
        rows = rows.where(FollowUp.done_at.is_(None))
    if state == "late":
        rows = rows.where(FollowUp.due_on < today)
    if account_id is not None:
        rows = rows.where(FollowUp.assigned_to_id == (account_id or None))
    if organisation_id:
        rows = rows.where(FollowUp.organisation_id == organisation_id)
    if person_id:
        rows = rows.where(FollowUp.person_id == person_id)
    return rows


@dataclass(frozen=True)
class Load:
    """What one account still has to do; `account` is None for what nobody has taken on."""

    account: Account | None
    open: int
    late: int
    this_week: int
    oldest: date | None


def loads(*, today: date) -> Sequence[Load]:
    """Who has how much to do, whoever is latest first; `this_week` are the seven days from today on."""
    late = FollowUp.due_on < today
    soon = FollowUp.due_on.between(today, today + timedelta(days=6))
    rows = (
        select(
            FollowUp.assigned_to_id,
            func.count().label("open"),
            func.sum(case((late, 1), else_=0)).label("late"),
            func.sum(case((soon, 1), else_=0)).label("soon"),
            func.min(case((late, FollowUp.due_on))).label("oldest"),
        )
        .outerjoin(Interaction, Interaction.id == FollowUp.interaction_id)
        .where(Interaction.binned_at.is_(None), FollowUp.done_at.is_(None))
        .group_by(FollowUp.assigned_to_id)
    )
    told = [
        Load(
            db.session.get(Account, row.assigned_to_id) if row.assigned_to_id else None,
            row.open,
            row.late,
            row.soon,
            row.oldest,
        )
        for row in db.session.execute(rows).all()
    ]
    return sorted(
        told,
        key=lambda load: (-load.late, load.oldest or date.max, load.account.name if load.account else ""),
    )


def came_after(promised: FollowUp) -> FollowUp | None:
    """The next of the series that was made when this one was done."""
    return db.session.scalar(select(FollowUp).where(FollowUp.follows_id == promised.id))


def due() -> ColumnElement[date]:
    """When a follow-up is due; one without a day comes after all others."""
    return func.coalesce(FollowUp.due_on, literal(date.max))


def soonest_first() -> Order:
    return Order(by=due(), key=FollowUp.id)  # type: ignore[arg-type]


def done_last_first() -> Order:
    return Order(by=FollowUp.done_at, key=FollowUp.id, descending=True)  # type: ignore[arg-type]

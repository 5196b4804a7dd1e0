"""Follow-ups: open, late, done."""

from datetime import date

from sqlalchemy import (
    ColumnElement,
    Select,
    func,
    literal,
    select,
)
from sqlalchemy.orm import joinedload

from crm.relations.models import (
    FollowUp,
    Interaction,
)
from crm.web.tables import Order


def follow_ups(
    *, state: str, today: date, account_id: int | None = None, organisation_id: int | None = None
) -> Select[FollowUp]:
    """Follow-ups that are `open`, `late` or `done`, everyone's or those of one account or organisation.

    Those of an exchange that is in the bin rest with it.
    """
    rows = (
        select(FollowUp)
        .outerjoin(Interaction, Interaction.id == FollowUp.interaction_id)
        .where(Interaction.binned_at.is_(None))
        .options(
            joinedload(FollowUp.assigned_to),
            joinedload(FollowUp.organisation),
            joinedload(FollowUp.interaction),
        )
    )
    if state == "done":
        rows = rows.where(FollowUp.done_at.is_not(None))
    else:
        rows = rows.where(FollowUp.done_at.is_(None))
    if state == "late":
        rows = rows.where(FollowUp.due_on < today)
    if account_id:
        rows = rows.where(FollowUp.assigned_to_id == account_id)
    if organisation_id:
        rows = rows.where(FollowUp.organisation_id == organisation_id)
    return rows


def due() -> ColumnElement[date]:
    """When a follow-up is due; one without a day comes after all others."""
    return func.coalesce(FollowUp.due_on, literal(date.max))


def soonest_first() -> Order:
    return Order(by=due(), key=FollowUp.id)  # type: ignore[arg-type]


def done_last_first() -> Order:
    return Order(by=FollowUp.done_at, key=FollowUp.id, descending=True)  # type: ignore[arg-type]

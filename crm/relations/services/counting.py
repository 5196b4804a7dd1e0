"""Which exchanges are of substance: the table of the latest ones follows what is said of their kind."""

from typing import Any

from sqlalchemy import delete, func, insert, select, union

from crm.db import db
from crm.relations.models import (
    Interaction,
    InteractionKind,
    InteractionPerson,
    LastExchange,
    interaction_organisations,
)


def recount(kind: InteractionKind) -> None:
    """Find the latest exchange anew for each organisation with which there was one of that kind."""
    db.session.flush()
    own = select(
        interaction_organisations.c.organisation_id.label("organisation_id"),
        interaction_organisations.c.interaction_id.label("interaction_id"),
    )
    stood = select(InteractionPerson.organisation_id, InteractionPerson.interaction_id).where(
        InteractionPerson.organisation_id.is_not(None)
    )
    concerned: Any = union(own, stood).cte("concerned")
    touched = (
        select(concerned.c.organisation_id)
        .join(Interaction, Interaction.id == concerned.c.interaction_id)
        .where(Interaction.kind_id == kind.id)
    )
    newest = func.row_number().over(
        partition_by=concerned.c.organisation_id,
        order_by=(Interaction.happened_at.desc(), Interaction.id.desc()),
    )
    numbered = (
        select(concerned.c.organisation_id, Interaction.id, Interaction.happened_at, newest.label("place"))
        .join(Interaction, Interaction.id == concerned.c.interaction_id)
        .join(InteractionKind, InteractionKind.id == Interaction.kind_id)
        .where(Interaction.binned_at.is_(None), InteractionKind.counts.is_(True))
        .where(concerned.c.organisation_id.in_(touched))
        .subquery()
    )
    db.session.execute(delete(LastExchange).where(LastExchange.organisation_id.in_(touched)))
    latest = select(numbered.c.organisation_id, numbered.c.id, numbered.c.happened_at)
    db.session.execute(
        insert(LastExchange).from_select(
            ["organisation_id", "interaction_id", "at"], latest.where(numbered.c.place == 1)
        )
    )

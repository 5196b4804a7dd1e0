"""Organisations with which nothing was exchanged for long."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    case,
    or_,
    select,
)
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.directory.models import Organisation
from crm.relations.models import (
    LastExchange,
)
from crm.web.tables import Order

QUIET_DAYS = 90


def quiet(*, before: datetime, account_id: int | None = None) -> Any:
    """Kept organisations and since when nothing was exchanged with them, in no order.

    Meant are those with which something was exchanged once, and those that somebody follows; for one
    never spoken to, the time counts since it came into the directory. A mailing is no exchange.
    """
    rows = (
        select(Organisation.id, quiet_since().label("since"), LastExchange.at.label("last"))
        .outerjoin(LastExchange, LastExchange.organisation_id == Organisation.id)
        .where(
            Organisation.binned_at.is_(None),
            or_(
                LastExchange.at < before,
                and_(
                    LastExchange.at.is_(None),
                    Organisation.followed_by_id.is_not(None),
                    Organisation.created_at < before,
                ),
            ),
        )
    )
    return rows.where(Organisation.followed_by_id == account_id) if account_id else rows


def quiet_since() -> ColumnElement[datetime]:
    return case((LastExchange.at.is_(None), Organisation.created_at), else_=LastExchange.at)


def longest_first() -> Order:
    return Order(by=quiet_since(), key=Organisation.id)  # type: ignore[arg-type]


def organisations_of(keys: Sequence[int]) -> dict[int, Organisation]:
    """Those organisations with who follows them, by key."""
    rows = (
        select(Organisation)
        .where(Organisation.id.in_(keys))
        .options(joinedload(Organisation.followed_by), joinedload(Organisation.kind))
    )
    return {organisation.id: organisation for organisation in db.session.scalars(rows)}

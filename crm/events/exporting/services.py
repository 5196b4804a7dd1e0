"""Keeping choices of columns, and dropping them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from crm.db import db
from crm.errors import CrmError
from crm.events.exporting.models import ColumnSet
from crm.text import N_, clean


class NoName(CrmError):
    text = N_("Give these columns a name.")
    field = "name"


def keep(name: str, columns: Sequence[str], *, by: str, at: datetime) -> ColumnSet:
    """The columns under that name; what stood under it before is replaced."""
    name = clean(name)
    if not name:
        raise NoName
    kept = db.session.scalar(select(ColumnSet).where(ColumnSet.name == name))
    if kept is None:
        kept = ColumnSet(name=name)
        db.session.add(kept)
    kept.columns, kept.created_by, kept.created_at = list(columns), by, at
    return kept

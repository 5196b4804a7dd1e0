"""Who changed what of an exchange or a follow-up, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from crm import history
from crm.accounts.models import Account
from crm.db import db
from crm.history import Change
from crm.relations.models import FollowUp, Interaction, InteractionKind

# What people would call a change; versions and dates of our own bookkeeping are none.
_TOLD = {
    Interaction: ("title", "kind_id", "happened_at", "is_all_day", "body", "binned_at"),
    FollowUp: ("what", "assigned_to_id", "due_on", "done_at", "repeat_every", "repeat_unit", "repeat_until"),
}
LISTS = ("organisations", "people", "mentions", "staff", "files")
_NAMED = {"kind_id": InteractionKind, "assigned_to_id": Account}


@dataclass(frozen=True)
class Altered:
    """One value of a change; of a list, what went and what came."""

    key: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Told:
    """One change of a record: by whom (as people call them), when, and the values that changed."""

    at: datetime
    by: str
    act: str
    values: Sequence[Altered]


def changes_of(record: Interaction | FollowUp, *, most: int = 50) -> list[Told]:
    """The latest changes of the record, newest first; its making is the last of them."""
    rows = (
        select(Change, func.coalesce(func.nullif(Account.name, ""), Change.actor))
        .outerjoin(Account, Account.email == Change.actor)
        .where(Change.record == history.named(record))
        .order_by(Change.id.desc())
        .limit(most)
    )
    told = []
    for change, by in db.session.execute(rows):
        values = [] if change.act == "made" else _values(change, (*_TOLD[type(record)], *LISTS))
        if values or change.act == "made":
            told.append(Told(change.at, by, change.act, values))
    return told


def _values(change: Change, keys: Sequence[str]) -> list[Altered]:
    return [
        Altered(key, *(_meant(key, value) for value in change.values[key]))
        for key in keys
        if isinstance(change.values.get(key), list) and len(change.values[key]) == 2
    ]


def _meant(key: str, value: Any) -> Any:
    """The record behind a key; of a list what went or came, by name; any other value is itself."""
    if key in LISTS:
        return ", ".join(name for _record, name in value)
    model: Any = _NAMED.get(key)
    return db.session.get(model, value) if model is not None and value is not None else value

"""A change in the reader's words: names instead of keys, days as people write them, texts as a difference."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup, escape
from sqlalchemy import Boolean, Date, DateTime

from crm.db import UtcDateTime, db
from crm.history import SECRET, Change
from crm.keeping import kinds, queries, services
from crm.keeping.kinds import Batch, Fact, Kind
from crm.web.differences import difference
from crm.web.i18n import day, hour, words
from crm.web.richtext import plain


@dataclass(frozen=True)
class Said:
    """One field of a change. Of a text only what differs is told (`as_difference`)."""

    name: str
    label: str
    before: Markup
    after: Markup
    as_difference: Markup | None = None


@dataclass(frozen=True)
class Line:
    """One change: who, what was done to what, which fields; whether it can be set back; of which act on many
    records it was part."""

    change: Change
    who: str
    what: str
    of: str
    facts: list[Said] = field(default_factory=list)
    reverts: bool = False
    batch: Batch | None = None


def lines(rows: Sequence[Any], kind: Kind, key: int, *, are_last: bool) -> list[Line]:
    """The rows of `queries.changes` for readers; those that changed nothing that is told are left out.

    Below the last ones stands the act on many records that added this one, and wrote no line for each.
    """
    batches = kind.batches(key, [row[0] for row in rows])
    told = [line(row[0], row[1], kind, _batch_of(row[0], batches)) for row in rows]
    if are_last:
        told += [_made(kind, key, batch) for batch in batches if batch.made_at is not None]
    return [one for one in told if one is not None]


def _batch_of(change: Change, batches: Sequence[Batch]) -> Batch | None:
    return next((batch for batch in batches if batch.tells(change)), None)


def _made(kind: Kind, key: int, batch: Batch) -> Line:
    change = Change(
        at=batch.made_at, actor=batch.made_by, act="made", record=f"{kind.table}:{key}", values={}
    )
    return Line(change=change, who=queries.called(batch.made_by), what=_act(change), of="", batch=batch)


def line(change: Change, who: str, page: Kind | None = None, batch: Batch | None = None) -> Line | None:
    table = change.record.partition(":")[0]
    kind = kinds.known(table)
    facts = said(change, kind) if kind is not None else []
    is_part = page is not None and table != page.table
    # What only ties a part to its record is told of the record itself.
    if not facts and not _is_binning(change) and (is_part or change.act == "changed"):
        return None
    return Line(
        change=change,
        who=who,
        what=_act(change),
        of=_of(change, kind) if is_part and kind is not None else "",
        facts=[] if change.act == "removed" else facts,
        reverts=change.act == "changed" and bool(services.steps(change)),
        batch=batch,
    )


def _is_binning(change: Change) -> bool:
    return "binned_at" in change.values


def _act(change: Change) -> str:
    if change.act == "changed" and _is_binning(change):
        return str(_("put into the bin") if change.values["binned_at"][1] else _("taken out of the bin"))
    known: dict[str, str] = {"made": _("added"), "changed": _("changed"), "removed": _("removed")}
    return known.get(change.act, change.act)


def _of(change: Change, kind: Kind) -> str:
    record = kinds.found(change.record)
    return f"{words(kind.one)} · {kind.called(record)}" if record is not None else words(kind.one)


def said(change: Change, kind: Kind) -> list[Said]:
    """Each field of the change that is told, in the order in which the kind names them."""
    order = list(kind.facts)
    names = [name for name in change.values if kind.tells(name) and name != "binned_at"]
    names.sort(key=lambda name: order.index(name) if name in order else len(order))
    told = []
    for name in names:
        fact = kind.fact(name)
        before, after = change.values[name]
        if name in SECRET:
            told.append(Said(name, words(fact.label), Markup("•••"), Markup("•••")))
        elif not _is_empty(before) or not _is_empty(after):
            told.append(_said(kind, name, fact, before, after, whole=change.act != "changed"))
    return told


def _is_empty(value: Any) -> bool:
    return value in (None, "", [], False)


def _said(kind: Kind, name: str, fact: Fact, before: Any, after: Any, *, whole: bool) -> Said:
    if fact.text and not whole:
        old, new = (_text(fact, value) for value in (before, after))
        return Said(name, words(fact.label), escape(old), escape(new), difference(old, new))
    one, other = (escape(value_of(kind, name, value)) for value in (before, after))
    return Said(name, words(fact.label), one, other)


def _text(fact: Fact, value: Any) -> str:
    return plain(str(value or "")) if fact.text == "rich" else str(value or "")


def value_of(kind: Kind, name: str, value: Any) -> str:
    """A stored value in the reader's words."""
    fact, column = kind.fact(name), kinds.column_of(kind.model, name)
    if value is None or value == "":
        return ""
    if isinstance(value, list):
        return ", ".join(_called_then(item) for item in value)
    if fact.values is not None:
        return words(fact.values[value]) if value in fact.values else str(value)
    if fact.text:
        return _text(fact, value)
    if column is not None and column.foreign_keys:
        return _called(next(iter(column.foreign_keys)).column.table.name, value)
    return _by_type(column.type if column is not None else None, value)


def _by_type(kind: Any, value: Any) -> str:
    if isinstance(kind, Boolean):
        return str(_("yes") if value else _("no"))
    if isinstance(kind, Date):
        return day(date.fromisoformat(value))
    if isinstance(kind, DateTime | UtcDateTime):
        at = datetime.fromisoformat(value)
        return f"{day(at)} {hour(at)}"
    return str(value)


def _called_then(item: Any) -> str:
    """An entry of a list: what it was called when it was tied, else its key."""
    ref, name = item if isinstance(item, list) and len(item) == 2 else ("", str(item))
    return str(name or ref)


def _called(table: str, key: Any) -> str:
    """What the record of that key is called today; its key when it is gone."""
    model = kinds.model_of(table)
    record = db.session.get(model, key) if model is not None else None
    if record is None:
        return str(_("no. %(key)s", key=key))
    return called(record)


def called(record: Any) -> str:
    """What a record is called on pages."""
    kind = kinds.known(record.__tablename__)
    if kind is not None:
        return kind.called(record)
    name = getattr(record, "name", "")
    return str(name(str(get_locale() or "fr")) if callable(name) else name or record.id)

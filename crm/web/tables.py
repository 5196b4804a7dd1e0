"""Lists: paged by key, sorted and filtered by what stands in the address, so that they can be shared."""

import base64
import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from time import monotonic
from typing import Any
from urllib.parse import urlencode

from flask import current_app, request, url_for
from sqlalchemy import ColumnElement, Row, Select, and_, or_
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm.db import UtcDateTime, count_up_to

PAGE = 50
CEILING = 10_000
STAYS_LONG = 20.0  # seconds


@dataclass(frozen=True)
class Page:
    """Some rows of a list, with the cursors of its neighbours (None at either end)."""

    rows: Sequence[Row[Any]]
    count: int
    next: str | None
    previous: str | None

    @property
    def is_over(self) -> bool:
        """Whether there are more rows than were counted."""
        return self.count > CEILING


@dataclass(frozen=True)
class Order:
    """How a list is sorted: a column without NULLs, its direction, and the unique key that breaks ties."""

    by: ColumnElement[Any] | InstrumentedAttribute[Any]
    key: ColumnElement[Any] | InstrumentedAttribute[Any]
    descending: bool = False
    also: tuple[ColumnElement[Any], ...] = field(default=())


def page_of(
    session: Session,
    rows: Select[Any],
    order: Order,
    *,
    cursor: str | None,
    size: int = PAGE,
    count: int | None = None,
    named: Hashable = None,
) -> Page:
    """The page of the list that `cursor` points to; the first one without or with a spoiled cursor.

    The time it takes does not depend on how deep the page lies: rows are found by the sort key of
    their neighbour, never by counting the ones before. `count` is how many there are, where that is known;
    `named` tells this list from every other one, whatever its page and order (see `_counted`).
    """
    whole, (backwards, edge) = rows, _read(cursor, order)
    falling = order.descending != backwards
    if edge is not None:
        rows = rows.where(_beyond(order, edge, falling))
    by, key = (order.by.desc(), order.key.desc()) if falling else (order.by.asc(), order.key.asc())
    found = list(
        session.execute(
            rows.add_columns(order.by, order.key).order_by(None).order_by(by, key).limit(size + 1)
        )
    )
    more = len(found) > size
    found = found[:size]
    if count is None:
        # What fits on one page needs no counting.
        is_all = edge is None and not more
        count = len(found) if is_all else _counted(session, whole, named)
    if backwards:
        found.reverse()
    has_next, has_previous = (edge is not None, more) if backwards else (more, edge is not None)
    return Page(
        rows=found,
        count=min(count, CEILING + 1),
        next=_write(found[-1], backwards=False) if found and has_next else None,
        previous=_write(found[0], backwards=True) if found and has_previous else None,
    )


def _counted(session: Session, rows: Select[Any], named: Hashable) -> int:
    """How many rows there are, to the ceiling.

    A named list that was longer than that is taken to be so for a while: who pages through it, or opens it
    as a colleague did just now, does not wait for a count that costs more than the rows of the page.
    """
    long_until: dict[Hashable, float] = current_app.extensions.setdefault("long_lists", {})
    now = monotonic()
    if long_until.get(named, 0) > now:
        return CEILING + 1
    count = count_up_to(session, rows, CEILING)
    if count > CEILING and named is not None:
        # Several threads do so at once: what another one put in, or took out, is no matter.
        for past in [name for name, until in list(long_until.items()) if until <= now]:
            long_until.pop(past, None)
        long_until[named] = now + STAYS_LONG
    return count


def _beyond(order: Order, edge: tuple[Any, Any], falling: bool) -> ColumnElement[bool]:
    value, key = edge
    # The first part alone tells the index where to begin; behind an OR it would be read from its start.
    if falling:
        return and_(order.by <= value, or_(order.by < value, order.key < key))
    return and_(order.by >= value, or_(order.by > value, order.key > key))


def _write(row: Row[Any], *, backwards: bool) -> str:
    value, key = tuple(row)[-2:]
    value = value.isoformat() if hasattr(value, "isoformat") else value
    packed = json.dumps([backwards, value, key], separators=(",", ":"), default=str)
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def _read(cursor: str | None, order: Order) -> tuple[bool, tuple[Any, Any] | None]:
    """Which way to go and from where; from the start when the cursor is not one of this order."""
    if not cursor or len(cursor) > 1_000:
        return False, None
    try:
        backwards, value, key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if type(key) is not int or abs(key) >= 2**31:
            return False, None
        return bool(backwards), (_edge(value, order.by), key)
    except (ValueError, TypeError):
        return False, None


def _edge(value: Any, by: ColumnElement[Any] | InstrumentedAttribute[Any]) -> Any:
    """The sort value as the column has it. Raises ValueError or TypeError when it never could."""
    kind = by.type.python_type
    if issubclass(kind, date):
        day = kind.fromisoformat(value)
        if isinstance(by.type, UtcDateTime) and isinstance(day, datetime) and day.tzinfo is None:
            raise ValueError(value)
        return day
    if not isinstance(value, kind) or (isinstance(value, int) and abs(value) >= 2**63):
        raise TypeError(value)
    if isinstance(value, str) and "\0" in value.encode().decode():
        # Nor does any stored text hold half a sign (which `encode` refuses) or a NUL.
        raise ValueError(value)
    return value


def address_before(endpoint: str, name: str) -> str:
    """What stands before the key in the address of a record: asked for once, not for each row of a list."""
    zero: dict[str, Any] = {name: 0}
    return url_for(endpoint, **zero).removesuffix("0")


def here(**changes: Any) -> str:
    """This page's address with some of its query changed: None removes; paging starts again.

    A list as value repeats the name.
    """
    query: dict[str, Any] = {
        name: values for name, values in request.args.lists() if name not in ("cursor", *changes)
    }
    query.update({name: value for name, value in changes.items() if value not in (None, "", [])})
    # Not by url_for: a stranger's `?_external=1` or `?endpoint=x` would be taken for an instruction.
    return f"{request.path}?{urlencode(query, doseq=True)}" if query else request.path

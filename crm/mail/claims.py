"""Taking deliveries in hand: the database decides who sends which, so that no two workers send one."""

import random
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, exists, select, update

from crm.db import db
from crm.mail.composers import Claimed, Origin
from crm.mail.models import (
    Address,
    Delivery,
    DeliveryState,
    Dispatch,
    DispatchState,
    Objection,
    Purpose,
)
from crm.text import N_

STAY = 1.0  # seconds that a worker stays with one dispatch before it looks at the others again

WORKER_ENDED = N_("The worker ended while this message was in its hands: it may have been sent.")
ON_HOLD = N_("The address is on hold.")
OBJECTED = N_("The owner of the address does not want this kind of mail.")
REPLACED = N_("A newer message took its place.")

deliveries: Table = Delivery.__table__  # type: ignore[assignment]
_HANDED_OUT = (
    deliveries.c.id,
    deliveries.c.dispatch_id,
    deliveries.c.kind,
    deliveries.c.subject_id,
    deliveries.c.sequence,
    deliveries.c.address_id,
    deliveries.c.person_id,
    deliveries.c.purpose,
    deliveries.c.language,
    deliveries.c.facts,
    deliveries.c.stamp,
    deliveries.c.message_id,
    deliveries.c.token,
    deliveries.c.attempts,
)


class Picker:
    """What a worker takes next: single messages first, then the dispatches in turns.

    A reset link never waits behind a mailing, nor a small mailing behind a large one.
    """

    def __init__(self) -> None:
        self._dispatch: int | None = None
        self._since = 0.0

    def claim(self, most: int, *, worker: str, at: datetime, lease_until: datetime) -> list[Row[Any]]:
        """Mark at most `most` due deliveries as in this worker's hands, until `lease_until`."""
        if most < 1:
            return []
        marks = {"claimed_by": worker, "lease_until": lease_until}
        rows = _claim(deliveries.c.dispatch_id.is_(None), most, at, marks)
        for dispatch_id in self._in_turn(at):
            if len(rows) >= most:
                break
            is_leaving = exists().where(Dispatch.id == dispatch_id, Dispatch.state == DispatchState.LEAVING)
            of_it = (deliveries.c.dispatch_id == dispatch_id) & is_leaving
            rows += _claim(of_it, most - len(rows), at, marks)
        return rows

    def _in_turn(self, at: datetime) -> Iterator[int]:
        """The dispatch to stay with for a second; when it has no more, the others in any order."""
        if self._dispatch is not None and time.monotonic() - self._since < STAY:
            yield self._dispatch
        leaving = list(self._leaving(at))
        random.shuffle(leaving)
        for self._dispatch in leaving:
            self._since = time.monotonic()
            yield self._dispatch

    def _leaving(self, at: datetime) -> Sequence[int]:
        """The dispatches that have something to send now."""
        waits = exists().where(
            deliveries.c.dispatch_id == Dispatch.id,
            deliveries.c.state == DeliveryState.QUEUED,
            deliveries.c.not_before <= at,
        )
        return db.session.scalars(
            select(Dispatch.id).where(Dispatch.state == DispatchState.LEAVING, waits)
        ).all()


def _claim(which: ColumnElement[bool], most: int, at: datetime, marks: dict[str, Any]) -> list[Row[Any]]:
    """One statement: the oldest due ones that no other worker is just taking."""
    due = (
        select(deliveries.c.id)
        .where(which, deliveries.c.state == DeliveryState.QUEUED, deliveries.c.not_before <= at)
        .order_by(deliveries.c.not_before, deliveries.c.id)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    taken = (
        update(deliveries)
        .where(deliveries.c.id.in_(select(due.c.id)), deliveries.c.state == DeliveryState.QUEUED)
        .values(state=DeliveryState.SENDING, attempts=deliveries.c.attempts + 1, **marks)
        .returning(*_HANDED_OUT)
    )
    return sorted(db.session.execute(taken), key=lambda row: row.id)


def give_up_expired(at: datetime) -> int:
    """Make uncertain what was in the hands of workers whose lease has run out; how many there were."""
    lost = (
        update(deliveries)
        .where(deliveries.c.state == DeliveryState.SENDING, deliveries.c.lease_until < at)
        .values(state=DeliveryState.UNCERTAIN, reason=WORKER_ENDED, ended_at=at)
    )
    return int(db.session.execute(lost).rowcount)  # type: ignore[attr-defined]


def sorted_out(
    rows: Sequence[Row[Any]], origin: Origin
) -> tuple[list[Claimed], list[tuple[int, DeliveryState, str]]]:
    """What may be sent at this moment; and what may not: key, state and reason."""
    if not rows:
        return [], []
    known = _standing([row.id for row in rows])
    sendable: list[Claimed] = []
    withheld: list[tuple[int, DeliveryState, str]] = []
    for row in rows:
        email, held_since, objects, is_replaced = known[row.id]
        if is_replaced:
            withheld.append((row.id, DeliveryState.CANCELLED, REPLACED))
        elif held_since is not None:
            withheld.append((row.id, DeliveryState.SUPPRESSED, ON_HOLD))
        elif objects and row.purpose is not Purpose.SERVICE:
            withheld.append((row.id, DeliveryState.SUPPRESSED, OBJECTED))
        else:
            sendable.append(Claimed(*row, email=email, origin=origin))  # type: ignore[call-arg]
    return sendable, withheld


def _standing(keys: Iterable[int]) -> dict[int, tuple[str, datetime | None, bool, bool]]:
    """By delivery: address, hold, whether its owner objects, whether a newer message is there."""
    newer = deliveries.alias("newer")
    objects = exists().where(
        Objection.address_id == deliveries.c.address_id, Objection.purpose == deliveries.c.purpose
    )
    is_replaced = exists().where(
        newer.c.kind == deliveries.c.kind,
        newer.c.subject_id == deliveries.c.subject_id,
        newer.c.address_id == deliveries.c.address_id,
        newer.c.sequence > deliveries.c.sequence,
    )
    found = db.session.execute(
        select(deliveries.c.id, Address.email, Address.held_since, objects, is_replaced)
        .join(Address, Address.id == deliveries.c.address_id)
        .where(deliveries.c.id.in_(keys))
    )
    return {key: (email, held, bool(no), bool(old)) for key, email, held, no, old in found}

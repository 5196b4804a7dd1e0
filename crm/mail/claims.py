"""Taking deliveries in hand: the database decides who sends which, so that no two workers send one."""

import random
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, Table, and_, bindparam, exists, select, update

from crm.db import db
from crm.mail import purposes
from crm.mail.composers import Claimed, Origin
from crm.mail.models import (
    SEALED,
    Address,
    Delivery,
    DeliveryState,
    Dispatch,
    DispatchState,
    Purpose,
)
from crm.text import N_
from crm.writing import rows_of

# Word to administrators that the usual way out is paused: it leaves by another one alone.
NOTICE = "channel-notice"
STAY = 1.0  # seconds that a worker stays with one dispatch before it looks at the others again
LOOK_FOR_SINGLES = 0.2  # seconds between two looks for single messages while dispatches leave

WORKER_ENDED = N_("The worker ended while this message was in its hands: it may have been sent.")
ON_HOLD = N_("The address is on hold.")
ERASED = N_("The address was erased at its owner's wish.")
OBJECTED = N_("The owner of the address does not want this kind of mail.")
NOT_AGREED = N_("The owner of the address has not agreed to this kind of mail.")
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


def _taking(which: ColumnElement[bool]) -> Any:
    """The statement that marks the oldest due ones which no other worker is just taking."""
    due = (
        select(deliveries.c.id)
        .where(which, deliveries.c.state == DeliveryState.QUEUED, deliveries.c.not_before <= _AT)
        .order_by(deliveries.c.not_before, deliveries.c.id)
        .limit(bindparam("most", type_=Integer))
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    return (
        update(deliveries)
        .where(deliveries.c.id.in_(select(due.c.id)), deliveries.c.state == DeliveryState.QUEUED)
        .values(
            state=DeliveryState.SENDING,
            attempts=deliveries.c.attempts + 1,
            claimed_by=bindparam("worker"),
            lease_until=bindparam("until", type_=deliveries.c.lease_until.type),
        )
        .returning(*_HANDED_OUT)
    )


_AT = bindparam("at", type_=deliveries.c.not_before.type)
_OF_DISPATCH = bindparam("of_dispatch", type_=Integer)
_SINGLE = and_(deliveries.c.dispatch_id.is_(None), deliveries.c.kind != NOTICE)
_TAKE_SINGLE = _taking(_SINGLE)
_TAKE_NOTICE = _taking(and_(deliveries.c.dispatch_id.is_(None), deliveries.c.kind == NOTICE))
_TAKE_OF_DISPATCH = _taking(
    and_(
        deliveries.c.dispatch_id == _OF_DISPATCH,
        exists().where(Dispatch.id == _OF_DISPATCH, Dispatch.state == DispatchState.LEAVING),
    )
)
_LEAVING = select(Dispatch.id).where(
    Dispatch.state == DispatchState.LEAVING,
    exists().where(
        deliveries.c.dispatch_id == Dispatch.id,
        deliveries.c.state == DeliveryState.QUEUED,
        deliveries.c.not_before <= _AT,
    ),
)
_newer = deliveries.alias("newer")
_STANDING = (
    select(
        deliveries.c.id,
        Address.email,
        Address.held_since,
        purposes.objects(deliveries.c.address_id, deliveries.c.purpose),
        purposes.lacks_consent(deliveries.c.address_id, deliveries.c.purpose),
        exists().where(
            _newer.c.kind == deliveries.c.kind,
            _newer.c.subject_id == deliveries.c.subject_id,
            _newer.c.address_id == deliveries.c.address_id,
            _newer.c.sequence > deliveries.c.sequence,
        ),
    )
    .join(Address, Address.id == deliveries.c.address_id)
    .where(deliveries.c.id.in_(bindparam("keys", expanding=True)))
)


class Picker:
    """What a worker takes next: single messages first, then the dispatches in turns.

    A reset link never waits behind a mailing, nor a small mailing behind a large one. `notices` takes
    what is told of a paused way out, and nothing else; without it that is left alone.
    """

    def __init__(self, *, notices: bool = False) -> None:
        self._notices = notices
        self._dispatch: int | None = None
        self._chosen_at = self._singles_at = -STAY

    def claim(self, most: int, *, worker: str, at: datetime, until: datetime) -> list[Row[Any]]:
        """Mark at most `most` due deliveries as in this worker's hands, by a lease until that instant."""
        facts = {"worker": worker, "at": at, "until": until}
        if self._notices:
            return list(db.session.execute(_TAKE_NOTICE, {"most": most, **facts})) if most > 0 else []
        rows: list[Row[Any]] = []
        if most > 0 and time.monotonic() - self._singles_at > LOOK_FOR_SINGLES:
            rows += db.session.execute(_TAKE_SINGLE, {"most": most, **facts})
            if len(rows) < most:
                self._singles_at = time.monotonic()
        if len(rows) < most:
            for dispatch_id in self._in_turn(at):
                of_it = {"most": most - len(rows), "of_dispatch": dispatch_id, **facts}
                rows += db.session.execute(_TAKE_OF_DISPATCH, of_it)
                if len(rows) >= most:
                    break
        if not rows and most > 0:
            # Nothing else is left: the pass must not end on a look that was put off.
            rows += db.session.execute(_TAKE_SINGLE, {"most": most, **facts})
        return sorted(rows, key=attrgetter("id"))

    def _in_turn(self, at: datetime) -> Iterator[int]:
        """The dispatch to stay with for a second; when it has no more, the others in any order."""
        if self._dispatch is not None and time.monotonic() - self._chosen_at < STAY:
            yield self._dispatch
        leaving = list(db.session.scalars(_LEAVING, {"at": at}))
        random.shuffle(leaving)
        for self._dispatch in leaving:
            self._chosen_at = time.monotonic()
            yield self._dispatch


_SINGLE_DUE = exists().where(
    _SINGLE,
    deliveries.c.state == DeliveryState.QUEUED,
    deliveries.c.not_before <= _AT,
)


def is_any_due(at: datetime) -> bool:
    """Whether a message waits that may leave at that instant."""
    single = db.session.scalar(select(_SINGLE_DUE), {"at": at})
    return bool(single) or db.session.scalar(_LEAVING.limit(1), {"at": at}) is not None


def give_up_expired(at: datetime) -> int:
    """Make uncertain what was in the hands of workers whose lease has run out; how many there were."""
    lost = (
        update(deliveries)
        .where(deliveries.c.state == DeliveryState.SENDING, deliveries.c.lease_until < at)
        .values(state=DeliveryState.UNCERTAIN, reason=WORKER_ENDED, ended_at=at)
    )
    return rows_of(db.session(), lost)


def sorted_out(
    rows: Sequence[Row[Any]], origin: Origin
) -> tuple[list[Claimed], list[tuple[int, DeliveryState, str]]]:
    """What may be sent at this moment; and what may not: key, state and reason."""
    if not rows:
        return [], []
    asked = db.session.execute(_STANDING, {"keys": [row.id for row in rows]})
    known = {key: rest for key, *rest in asked}
    sendable: list[Claimed] = []
    withheld: list[tuple[int, DeliveryState, str]] = []
    for row in rows:
        email, held_since, objects, lacks_consent, is_replaced = known[row.id]
        if is_replaced:
            withheld.append((row.id, DeliveryState.CANCELLED, REPLACED))
        elif email.endswith(SEALED):
            withheld.append((row.id, DeliveryState.SUPPRESSED, ERASED))
        elif held_since is not None:
            withheld.append((row.id, DeliveryState.SUPPRESSED, ON_HOLD))
        elif objects and row.purpose != Purpose.SERVICE:
            withheld.append((row.id, DeliveryState.SUPPRESSED, OBJECTED))
        elif lacks_consent:
            withheld.append((row.id, DeliveryState.SUPPRESSED, NOT_AGREED))
        else:
            sendable.append(Claimed(*row, email=email, origin=origin))  # type: ignore[call-arg]
    return sendable, withheld

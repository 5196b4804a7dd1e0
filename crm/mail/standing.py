"""What is learned of messages after they left, from anybody, in any order: states only move up.

    queued < sending < cancelled < uncertain < failed < accepted < suppressed < delivered < bounced

So news that comes late, or twice, changes nothing that is known better already.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, func, update

from crm.db import db
from crm.mail.claims import deliveries
from crm.mail.models import DeliveryState

ORDER = (
    DeliveryState.QUEUED,
    DeliveryState.SENDING,
    DeliveryState.CANCELLED,
    DeliveryState.UNCERTAIN,
    DeliveryState.FAILED,
    DeliveryState.ACCEPTED,
    DeliveryState.SUPPRESSED,
    DeliveryState.DELIVERED,
    DeliveryState.BOUNCED,
)
RANK = {state: rank for rank, state in enumerate(ORDER)}


@dataclass(frozen=True, slots=True)
class Move:
    """One message is known to stand there since `at`; `said` are the words of the server or provider."""

    delivery_id: int
    state: DeliveryState
    at: datetime
    reason: str | None = None
    said: str | None = None
    provider_id: str | None = None


_rank = case({state.value: rank for state, rank in RANK.items()}, value=deliveries.c.state, else_=-1)
_MOVE = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("key"), _rank < bindparam("rank"))
    .values(
        state=bindparam("new_state", type_=deliveries.c.state.type),
        reason=bindparam("new_reason"),
        said=bindparam("new_said"),
        provider_id=func.coalesce(deliveries.c.provider_id, bindparam("new_provider_id")),
        ended_at=func.coalesce(
            deliveries.c.ended_at, bindparam("new_ended_at", type_=deliveries.c.ended_at.type)
        ),
        lease_until=None,
    )
)


def move(moves: Sequence[Move]) -> None:
    """Write down what is known now; of several moves of one message the highest counts."""
    highest: dict[int, Move] = {}
    for one in moves:
        known = highest.get(one.delivery_id)
        if known is None or RANK[one.state] > RANK[known.state]:
            highest[one.delivery_id] = one
    if highest:
        # In the order of keys, so that two who learn at once wait for each other and not in a ring.
        rows = [_row(highest[key]) for key in sorted(highest)]
        db.session.execute(_MOVE, rows)
        db.session.expire_all()


def _row(one: Move) -> dict[str, Any]:
    return {
        "key": one.delivery_id,
        "rank": RANK[one.state],
        "new_state": one.state,
        "new_reason": one.reason,
        "new_said": (one.said or "")[:500] or None,
        "new_provider_id": one.provider_id,
        "new_ended_at": one.at,
    }

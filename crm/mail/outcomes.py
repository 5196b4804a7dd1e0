"""What became of a claimed delivery, and writing it down."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, func, or_, update

from crm.db import db
from crm.mail import services
from crm.mail.claims import deliveries
from crm.mail.models import Address, DeliveryState
from crm.mail.senders import ChannelRefused, NotSent, Refused, Unavailable, Uncertain
from crm.text import N_

TRIES = 30
FIRST_WAIT, LONGEST_WAIT = 30.0, 3600.0  # seconds; thirty tries take a day

GAVE_UP = N_("The recipient's mail server did not take this message for a whole day.")


class Fault(StrEnum):
    """A failure of the provider, not of the message: in trouble, or refusing our account."""

    CHANNEL = "channel"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one delivery. `wait` is in seconds; one that was not tried keeps its tries."""

    id: int
    state: DeliveryState
    reason: str | None = None
    said: str | None = None
    provider_id: str | None = None
    wait: float | None = None
    is_tried: bool = True
    fault: Fault | None = None
    dead_address: int | None = None


def patience(failures: int, *, first: float = 5.0, longest: float) -> float:
    """How many seconds to wait after so many failures in a row: doubled each time, never all at once."""
    return min(longest, first * 2.0 ** min(failures - 1, 20)) * random.uniform(0.5, 1.0)  # noqa: S311


def of_failure(failure: NotSent, *, key: int, address_id: int, attempts: int) -> Outcome:
    """What a failed try means for the delivery."""
    reason, said = failure.reason, failure.said
    match failure:
        case Refused():
            dead = address_id if failure.is_dead else None
            return Outcome(key, DeliveryState.FAILED, reason, said, dead_address=dead)
        case Uncertain():
            return Outcome(key, DeliveryState.UNCERTAIN, reason, said, fault=Fault.CHANNEL)
        case ChannelRefused():
            return Outcome(
                key, DeliveryState.QUEUED, reason, said, wait=0, is_tried=False, fault=Fault.ACCOUNT
            )
        case Unavailable(is_channel=True):
            wait = failure.after or 0.0
            return Outcome(
                key, DeliveryState.QUEUED, reason, said, wait=wait, is_tried=False, fault=Fault.CHANNEL
            )
        case _ if attempts >= TRIES:
            return Outcome(key, DeliveryState.FAILED, GAVE_UP, said)
        case _:
            wait = max(
                getattr(failure, "after", None) or 0.0,
                patience(attempts, first=FIRST_WAIT, longest=LONGEST_WAIT),
            )
            return Outcome(key, DeliveryState.QUEUED, reason, said, wait=wait)


_WRITE_DOWN = (
    update(deliveries)
    .where(
        deliveries.c.id == bindparam("key"),
        deliveries.c.claimed_by == bindparam("worker"),
        # A slow worker may still say what happened to what was already given up.
        or_(deliveries.c.state == DeliveryState.SENDING, deliveries.c.state == DeliveryState.UNCERTAIN),
    )
    .values(
        state=bindparam("new_state", type_=deliveries.c.state.type),
        reason=bindparam("new_reason"),
        said=bindparam("new_said"),
        provider_id=bindparam("new_provider_id"),
        not_before=func.coalesce(
            bindparam("new_not_before", type_=deliveries.c.not_before.type), deliveries.c.not_before
        ),
        ended_at=bindparam("new_ended_at", type_=deliveries.c.ended_at.type),
        attempts=deliveries.c.attempts - bindparam("untried"),
        claimed_by=func.nullif(bindparam("kept_by"), ""),
        lease_until=None,
    )
)


def write_down(outcomes: Sequence[Outcome], *, worker: str, at: datetime) -> None:
    """Record the outcomes of this worker's claims, and hold the addresses that nobody reads."""
    db.session.execute(_WRITE_DOWN, [_row(outcome, worker, at) for outcome in outcomes])
    for outcome in outcomes:
        if outcome.dead_address is not None:
            # Through the session, so that the history tells it.
            address = db.session.get_one(Address, outcome.dead_address, populate_existing=True)
            services.hold(address, reason=outcome.reason or "", at=at)
    db.session.flush()


def _row(outcome: Outcome, worker: str, at: datetime) -> dict[str, Any]:
    goes_back = outcome.state is DeliveryState.QUEUED
    return {
        "key": outcome.id,
        "worker": worker,
        "new_state": outcome.state,
        "new_reason": outcome.reason,
        "new_said": outcome.said,
        "new_provider_id": outcome.provider_id,
        "new_not_before": at + timedelta(seconds=outcome.wait or 0) if goes_back else None,
        "new_ended_at": None if goes_back else at,
        "untried": 0 if outcome.is_tried else 1,
        "kept_by": "" if goes_back else worker,
    }

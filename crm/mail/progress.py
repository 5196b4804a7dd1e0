"""How far what leaves together is, in numbers: how many, how fast, how long yet."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.mail import queries
from crm.mail.models import DeliveryState

_ON_THEIR_WAY = (DeliveryState.QUEUED, DeliveryState.SENDING)


@dataclass(frozen=True)
class Progress:
    counts: dict[DeliveryState, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        return self.total - self.waiting

    @property
    def waiting(self) -> int:
        return sum(self.counts.get(state, 0) for state in _ON_THEIR_WAY)

    @property
    def sent(self) -> int:
        return self.number("accepted") + self.number("delivered")

    def number(self, state: str) -> int:
        return self.counts.get(DeliveryState(state), 0)


def of(dispatch_id: int | None) -> Progress | None:
    """Where the messages of the dispatch stand; None when there is none yet."""
    return Progress(queries.counts(dispatch_id)) if dispatch_id is not None else None


RECENT = timedelta(minutes=5)
LOOKED_AT = 200


@dataclass(frozen=True)
class Pace:
    """Messages that leave in a minute, `limit` by the settings; `minutes` until the rest has left.

    Without a message that left just now, what the settings allow is the guess; without either, none.
    """

    per_minute: int
    limit: int
    minutes: int | None


def pace(progress: Progress, dispatch_id: int, *, limit: int, at: datetime) -> Pace:
    """How fast the dispatch leaves, from the last of its messages that did."""
    ended = [one for one in queries.left_last(dispatch_id, most=LOOKED_AT) if one > at - RECENT]
    rate = 0.0
    if len(ended) > 1:
        # Up to now, so that a pace that broke off is told as slow.
        seconds = max((at - min(ended)).total_seconds(), 1.0)
        rate = len(ended) * 60 / seconds
    guessed = min(rate, limit) if rate and limit else rate or limit
    minutes = math.ceil(progress.waiting / guessed) if guessed and progress.waiting else None
    return Pace(round(rate), limit, minutes)

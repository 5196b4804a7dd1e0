"""How far what leaves together is, in numbers."""

from dataclasses import dataclass

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

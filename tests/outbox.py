"""Sending in tests: a sender that keeps what it is given, and one pass of the outbox with it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm.mail.composers import Origin
from crm.mail.message import Message
from crm.mail.models import DeliveryState
from crm.mail.outbox import Courier

ORIGIN = Origin(
    address="maillage@example.org",
    name="Maillage",
    reply_to="contact@example.org",
    base_url="https://crm.example.org",
)


@dataclass
class MemorySender:
    """Keeps the messages; `fails` is asked first, and raises what a provider would."""

    fails: Callable[[Message], None] = lambda _message: None
    messages: list[Message] = field(default_factory=list)
    name: str = "memory"

    def send(self, message: Message) -> str:
        self.fails(message)
        self.messages.append(message)
        return f"memory-{len(self.messages)}"

    def close(self) -> None:
        pass


def courier(sender: MemorySender | None = None, *, at: datetime, **facts: Any) -> Courier:
    """A worker for whom it is always `at`."""
    facts = {"worker": "test", "now": lambda: at, **facts}
    return Courier(sender=sender or MemorySender(), origin=ORIGIN, **facts)


def send_due(*, at: datetime, sender: MemorySender | None = None) -> list[Message]:
    """The messages that leave in one pass of the outbox at that instant."""
    sender = sender or MemorySender()
    courier(sender, at=at).run()
    return sender.messages


def told(**numbers: int) -> Counter[DeliveryState]:
    """What a pass says that it did: `told(accepted=2)`."""
    return Counter({DeliveryState(state): number for state, number in numbers.items()})

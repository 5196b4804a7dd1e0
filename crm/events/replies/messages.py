"""What a calendar is sent that asked for its entry: the message of whatever holds, written as for all."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from crm.events.replies.again import KIND
from crm.mail.composers import Claimed, Suppressed, composer, composes
from crm.mail.message import Message


@composes(KIND)
def again(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
    """Each by the composer of what held when it was asked; what changed since is told by its own message."""
    for delivery in deliveries:
        kind, about = str(delivery.facts["kind"]), int(delivery.facts["about"])
        yield from composer(kind)([replace(delivery, kind=kind, subject_id=about)])

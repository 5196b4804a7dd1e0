"""Who makes the text of which kind of message: each domain enters its composers, the outbox asks them.

    @composes("invitation")
    def invitation(deliveries: Sequence[Claimed]) -> Iterator[Message | Suppressed]:
        for delivery in deliveries:
            yield delivery.message(subject=…, text=…, html=…, to_name=…)

A composer is given a handful of deliveries of its kind and yields one answer for each, in their
order; it reads the database but never writes. The same delivery must give the same message again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from crm.mail.message import Attached, Message, Share
from crm.mail.models import Purpose
from crm.mail.returns import addresses as returns


@dataclass(frozen=True, slots=True)
class Origin:
    """What every message of this house says of where it comes from."""

    address: str
    name: str
    reply_to: str
    base_url: str
    # The plain address that mail comes back to, and what its signed forms are made with.
    bounce_address: str = ""
    bounce_key: bytes = field(default=b"", repr=False)

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Claimed:
    """One delivery in a worker's hands, as composers see it."""

    id: int
    dispatch_id: int | None
    kind: str
    subject_id: int
    sequence: int
    address_id: int
    person_id: int | None
    purpose: str
    language: str
    facts: Mapping[str, Any]
    stamp: datetime
    message_id: str
    token: str = field(repr=False)
    attempts: int
    email: str
    origin: Origin

    @property
    def preferences_url(self) -> str:
        """Where the owner of the address chooses what to receive."""
        return f"{self.origin.base_url}/u/{self.token}"

    @property
    def unsubscribe_url(self) -> str:
        """What the one-click header names; service messages have none."""
        return "" if self.purpose == Purpose.SERVICE else self.preferences_url

    @property
    def return_path(self) -> str:
        """The signed address that this message comes back to, "" without a setting for it."""
        origin = self.origin
        if not origin.bounce_address:
            return ""
        return returns.written(origin.bounce_address, self.id, self.message_id, origin.bounce_key)

    def message(
        self,
        *,
        subject: str,
        text: str,
        html: str,
        to_name: str = "",
        sender_name: str = "",
        ics: bytes = b"",
        method: str = "",
        headers: tuple[tuple[str, str], ...] = (),
        files: tuple[Attached, ...] = (),
        share: Share | None = None,
    ) -> Message:
        """The message with everything that the delivery itself knows filled in."""
        return Message(
            to=self.email,
            to_name=to_name,
            subject=subject,
            text=text,
            html=html,
            sender=self.origin.address,
            sender_name=sender_name or self.origin.name,
            reply_to=self.origin.reply_to,
            message_id=f"{self.message_id}@{self.origin.domain}",
            sent_at=self.stamp,
            ics=ics,
            method=method,
            files=files,
            unsubscribe_url=self.unsubscribe_url,
            return_path=self.return_path,
            headers=headers,
            share=share,
        )


@dataclass(frozen=True, slots=True)
class Suppressed:
    """The composer's answer when there is nothing to say any more; `reason` is marked with N_."""

    reason: str


Composer = Callable[[Sequence[Claimed]], Iterator[Message | Suppressed]]
Entered = TypeVar("Entered", bound=Composer)
_COMPOSERS: dict[str, Composer] = {}
_CONFIDENTIAL: set[str] = set()


class NoComposer(LookupError):
    """A delivery is of a kind that nobody composes."""


def composes(kind: str, *, is_confidential: bool = False) -> Callable[[Entered], Entered]:
    """Enter the function as the composer of that kind.

    Confidential messages hold links that open an account: only those who manage accounts read them.
    """

    def enter(composer: Entered) -> Entered:
        _COMPOSERS[kind] = composer
        if is_confidential:
            _CONFIDENTIAL.add(kind)
        return composer

    return enter


def composer(kind: str) -> Composer:
    """Raises NoComposer."""
    try:
        return _COMPOSERS[kind]
    except KeyError:
        raise NoComposer(kind) from None


def confidential() -> frozenset[str]:
    """The kinds that only those who manage accounts may read."""
    return frozenset(_CONFIDENTIAL)

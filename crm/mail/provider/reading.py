"""Reading what the provider tells. Unknown fields are left alone, missing ones are empty."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from crm.mail.addresses import BadAddress, normalise
from crm.mail.models import BounceKind, DeliveryState
from crm.mail.returns.classes import classify, code_in
from crm.text import clean

MOST_EVENTS = 10_000
_TOKEN = re.compile(r"[0-9a-f]{40}")
_ID = re.compile(r"[\w.+=/-]{1,200}")
# Events that tell where the message stands.
STATES = {
    "processed": DeliveryState.ACCEPTED,
    "deferred": DeliveryState.ACCEPTED,
    "delivered": DeliveryState.DELIVERED,
    "open": DeliveryState.DELIVERED,
    "click": DeliveryState.DELIVERED,
    "spamreport": DeliveryState.DELIVERED,
    "unsubscribe": DeliveryState.DELIVERED,
    "group_unsubscribe": DeliveryState.DELIVERED,
    "bounce": DeliveryState.BOUNCED,
    "blocked": DeliveryState.BOUNCED,
    "dropped": DeliveryState.SUPPRESSED,
}
# Why the provider drops a message (its `reason`, in lower case), and what that says of the address.
_BOUNCED, _INVALID = "bounced address", "invalid"
_OBJECTED = ("unsubscribed address", "spam reporting address")


class Unreadable(ValueError):
    """The body is no list of events."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `message_id` is our own name of the message, `provider_ids` are its names there."""

    key: str
    kind: str
    at: datetime
    email: str
    message_id: str
    provider_ids: tuple[str, ...]
    status: str
    said: str
    bounce: BounceKind | None
    is_dead: bool
    told: dict[str, Any]

    @property
    def state(self) -> DeliveryState | None:
        return STATES.get(self.kind)

    @property
    def refuses_all(self) -> bool:
        """The owner of the address complained, or wants no mail at all through this provider."""
        is_dropped_for_it = self.kind == "dropped" and self.said.lower().startswith(_OBJECTED)
        return self.kind in ("spamreport", "unsubscribe") or is_dropped_for_it


def events(body: bytes) -> list[Event]:
    """The events of a call, those that say nothing left out. Raises Unreadable."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable(str(error)) from error
    if not isinstance(told, list) or len(told) > MOST_EVENTS:
        raise Unreadable("not a list of events")
    return [event for event in map(_event, told) if event is not None]


def _event(told: Any) -> Event | None:
    if not isinstance(told, dict):
        return None
    kind, at = text(told, "event").lower(), instant(told.get("timestamp"))
    try:
        email = normalise(text(told, "email"))
    except BadAddress:
        return None
    if not kind or at is None:
        return None
    named = text(told, "sg_message_id")
    if kind == "bounce" and text(told, "type").lower() == "blocked":
        kind = "blocked"
    said = text(told, "reason") or text(told, "response")
    bounce, is_dead = meaning(kind, text(told, "status"), said)
    return Event(
        # `sg_event_id` differs when an event is sent again.
        key=hashlib.sha256(f"{named}|{kind}|{int(at.timestamp())}|{email}".encode()).hexdigest(),
        kind=kind,
        at=at,
        email=email,
        message_id=_ours(told),
        provider_ids=_beginnings(named),
        status=code_in(text(told, "status"), said),
        said=said,
        bounce=bounce,
        is_dead=is_dead,
        told=told,
    )


def meaning(kind: str, status: str, said: str) -> tuple[BounceKind | None, bool]:
    """What an event says of the address, and whether nobody reads it."""
    if kind == "blocked":
        return BounceKind.BLOCKED, False
    if kind == "spamreport":
        return BounceKind.COMPLAINT, False
    if kind == "bounce":
        found = classify("failed", status, said) or BounceKind.UNKNOWN
        return found, found is BounceKind.HARD
    if kind == "dropped":
        reason = said.lower()
        if reason.startswith((_BOUNCED, _INVALID)):
            return BounceKind.HARD, True
        if reason.startswith(_OBJECTED):
            return None, False
        return BounceKind.BLOCKED, False
    return None, False


def text(told: Mapping[str, Any], name: str) -> str:
    """The field as one line, "" when it is missing or no text. Numbers are read as they are written."""
    value = told.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    # JSON may hold halves of characters, which no database takes.
    whole = str(value)[:2_000].encode("utf-8", "ignore").decode()
    return clean(whole.replace("\n", " "))[:500]


def instant(value: Any) -> datetime | None:
    """Seconds since 1970, as a number or in digits; None for what no clock shows."""
    try:
        return datetime.fromtimestamp(int(value), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _ours(told: dict[str, Any]) -> str:
    """What stands before the @ of our Message-ID: our own argument, else the header that was kept."""
    for name in ("message_id", "smtp-id"):
        local = text(told, name).strip("<>").partition("@")[0].lower()
        if _TOKEN.fullmatch(local):
            return local
    return ""


def _beginnings(named: str) -> tuple[str, ...]:
    """X-Message-Id is how sg_message_id begins, up to one of its first dots."""
    if not _ID.fullmatch(named):
        return ()
    pieces = named.split(".")[:6]
    return tuple(".".join(pieces[:number]) for number in range(1, len(pieces) + 1))

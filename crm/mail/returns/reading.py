"""Reading a report on deliveries: a mail with a part message/delivery-status (RFC 3464).

It is made by anybody: sizes and numbers are bounded, and nothing in it is believed before it is
matched with a message of ours.
"""

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesHeaderParser

from crm.mail.addresses import BadAddress, normalise
from crm.mail.incoming import headers
from crm.mail.models import BounceKind
from crm.mail.returns.classes import classify, code_in
from crm.text import clean

MOST_MAIL = 1024 * 1024  # octets
MOST_PARTS = 50
MOST_RECIPIENTS = 100
HEAD = 64 * 1024  # octets in which the headers of a mail stand
# Where servers write to whom they delivered, and to whom the report was sent.
_ADDRESSED = (
    "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-rcpt-to", "to", "received",
)  # fmt: skip
_ID = re.compile(r"<?([0-9a-f]{40})@", re.I)


@dataclass(frozen=True)
class Said:
    """What the report says of one recipient. `recipient` is in its compared form, "" without one."""

    recipient: str
    action: str
    status: str
    said: str
    kind: BounceKind

    @property
    def is_final(self) -> bool:
        return self.action != "delayed"


@dataclass
class Read:
    """What the mail says. `is_report` when it has a delivery-status; `original` names our message."""

    sender: str = ""
    subject: str = ""
    addressed: list[str] = field(default_factory=list)
    is_report: bool = False
    is_automatic: bool = False
    original: str = ""
    said: list[Said] = field(default_factory=list)


def head(raw: bytes) -> Read:
    """What the headers say."""
    message = BytesHeaderParser().parsebytes(raw[:HEAD])
    heads = headers.of(message)
    senders = headers.mailboxes(heads, ("from",))
    return Read(
        sender=senders[0]["email"] if senders else "",
        subject=clean(headers.first(heads, "subject").replace("\n", " "))[:300],
        addressed=[value for key, value in heads if key in _ADDRESSED],
        is_automatic=headers.is_automatic(message, heads),
    )


def read(raw: bytes) -> Read:
    """The whole mail. Whatever cannot be read leaves it no report."""
    told = head(raw)
    if b"delivery-status" not in raw.lower():
        return told
    for number, part in enumerate(email.message_from_bytes(raw).walk()):
        if number > MOST_PARTS:
            break
        kind = part.get_content_type()
        if kind in ("message/delivery-status", "message/global-delivery-status") and not told.is_report:
            told.is_report = True
            told.said = list(_recipients(part))
        elif kind in ("message/rfc822", "text/rfc822-headers", "message/global-headers", "message/global"):
            told.original = told.original or _original(part)
    return told


def _recipients(part: Message) -> Iterator[Said]:
    """Each block but the first, which is about the message (RFC 3464, 2.1)."""
    blocks = part.get_payload()
    if not isinstance(blocks, list):
        return
    for block in blocks[: MOST_RECIPIENTS + 1]:
        if not isinstance(block, Message) or not (block["Final-Recipient"] or block["Original-Recipient"]):
            continue
        action = _field(block, "Action").lower()
        diagnostic = _field(block, "Diagnostic-Code").partition(";")[2].strip()
        status = _field(block, "Status")
        kind = classify(action, status, diagnostic)
        if kind is None:
            continue
        yield Said(
            recipient=_address(_field(block, "Original-Recipient"))
            or _address(_field(block, "Final-Recipient")),
            action=action[:20],
            status=code_in(status, diagnostic),
            said=diagnostic[:500],
            kind=kind,
        )


def _field(block: Message, name: str) -> str:
    return clean(headers.words(block[name] or "").replace("\n", " ").replace("\r", " "))[:1000]


def _address(field: str) -> str:
    """`rfc822; ada@example.org`, in the form in which addresses are compared."""
    try:
        return normalise(field.rpartition(";")[2].strip().strip("<>"))
    except BadAddress:
        return ""


def _original(part: Message) -> str:
    """What stands before the @ of the Message-ID of the message that came back, when it may be ours."""
    payload = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Message):
        value = str(payload[0]["Message-ID"] or "")
    else:
        octets = part.get_payload(decode=True)
        quoted = octets if isinstance(octets, bytes) else b""
        value = str(BytesHeaderParser().parsebytes(quoted[:HEAD])["Message-ID"] or "")
    found = _ID.search(value)
    return found[1].lower() if found else ""

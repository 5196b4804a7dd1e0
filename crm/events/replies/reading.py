"""Reading an answer of a calendar: a mail with a METHOD:REPLY in it (RFC 5546, 6047), as programs send it.

Outlook writes `MAILTO:` and its own zone names, Google sends the same answer twice in one mail, some
leave the method out, or the organizer. The mail is made by anybody: sizes and numbers are bounded,
and whatever cannot be read is said so.
"""

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Any

from icalendar import Calendar

from crm.errors import CrmError
from crm.events.replies import addresses, proving
from crm.mail.addresses import BadAddress, normalise
from crm.mail.incoming import headers
from crm.text import N_, clean

MOST_MAIL = 2 * 1024 * 1024  # octets
MOST_CALENDAR = 512 * 1024  # octets
MOST_PARTS = 100
MOST_EVENTS = 10
HEAD = 64 * 1024  # octets in which the headers of a mail stand
ANSWERS = frozenset({"ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED"})
# Where servers write to whom they delivered, and where the sender did.
_ADDRESSED = (
    "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-rcpt-to", "to", "cc", "received",
)  # fmt: skip


class Unreadable(CrmError):
    text = N_("The calendar in this mail could not be read.")


class TooMany(CrmError):
    text = N_("It holds more events than an answer does.")


@dataclass(frozen=True)
class Said:
    """What one event of the calendar says. `starts` and `ends` are what a counter-proposal asks for."""

    method: str
    uid: str
    answer: str
    sequence: int
    stamp: datetime | None
    attendee: str
    attendee_name: str = ""
    sent_by: str = ""
    delegated_to: str = ""
    comment: str = ""
    starts: str = ""
    ends: str = ""


@dataclass
class Read:
    """What the mail says. `proven` are the domains that our own server found to be the sender's."""

    sender: str = ""
    sender_name: str = ""
    subject: str = ""
    sent_at: datetime | None = None
    tokens: list[str] = field(default_factory=list)
    is_addressed: bool = False
    is_automatic: bool = False
    proven: frozenset[str] = frozenset()
    calendar: str = ""
    said: list[Said] = field(default_factory=list)


def head(raw: bytes, *, base: str, authserv: str) -> Read:
    """What the headers say; `base` is the plain address that calendars answer to, `authserv` our server."""
    message = BytesHeaderParser().parsebytes(raw[:HEAD])
    heads = headers.of(message)
    senders = headers.mailboxes(heads, ("from",))
    one = senders[0] if len(senders) == 1 else {"email": "", "name": ""}
    written = "\n".join(value for key, value in heads if key in _ADDRESSED)
    return Read(
        sender=one["email"],
        sender_name=one["name"],
        subject=clean(headers.first(heads, "subject").replace("\n", " "))[:300],
        sent_at=headers.date(headers.first(heads, "date")),
        tokens=addresses.tokens_in(written, base) if base else [],
        is_addressed=bool(base) and _names(written, base),
        is_automatic=headers.is_automatic(message, heads),
        proven=proving.domains(heads, authserv),
    )


def _names(text: str, base: str) -> bool:
    local, _at, domain = base.partition("@")
    wanted = rf"(?<![\w.+-]){re.escape(local)}(?:\+[\w.-]*)?@{re.escape(domain)}(?![\w.-])"
    return re.search(wanted, text, re.I) is not None


def read(raw: bytes, told: Read) -> None:
    """Add what the calendars in the mail say. Raises Unreadable, TooMany."""
    try:
        message = email.message_from_bytes(raw)
        texts = [text for text in _calendars(message) if text.strip()]
        for text, hint in zip(texts, _methods(message), strict=False):
            _take(told, text, hint)
    except CrmError:
        raise
    except Exception as broken:
        # A mail is made by anybody: whatever it breaks here, the next one is read.
        raise Unreadable from broken


def answers_by_itself(raw: bytes) -> bool:
    """An absence note or a report of the post, whatever calendar it may carry along (RFC 3834, 3464)."""
    message = BytesHeaderParser().parsebytes(raw[:HEAD])
    heads = headers.of(message)
    submitted = headers.first(heads, "auto-submitted").split(";")[0].strip().lower()
    no_path = any(key == "return-path" and value.strip() == "<>" for key, value in heads)
    return submitted == "auto-replied" or no_path or message.get_content_type() == "multipart/report"


def _parts(message: Message) -> Iterator[Message]:
    """The parts that hold a calendar; mails inside the mail are not looked into."""
    left = MOST_PARTS
    waiting = [message]
    while waiting and left > 0:
        part, left = waiting.pop(0), left - 1
        kind = part.get_content_type()
        if kind == "message/rfc822":
            continue
        if part.is_multipart():
            waiting += [inner for inner in part.get_payload() if isinstance(inner, Message)]
        elif kind in ("text/calendar", "application/ics") or _is_ics(part):
            yield part


def _is_ics(part: Message) -> bool:
    return headers.words(part.get_filename() or "").lower().endswith(".ics")


def _calendars(message: Message) -> Iterator[str]:
    for part in _parts(message):
        payload = part.get_payload(decode=True)
        octets = payload if isinstance(payload, bytes) else b""
        if len(octets) > MOST_CALENDAR:
            raise TooMany
        yield headers.decoded(octets, part.get_content_charset() or "")


def _methods(message: Message) -> Iterator[str]:
    for part in _parts(message):
        yield str(part.get_param("method") or "").upper()


def _take(told: Read, text: str, hint: str) -> None:
    if text.upper().count("BEGIN:VEVENT") > MOST_EVENTS:
        raise TooMany
    calendars = Calendar.from_ical(text, multiple=True)
    if not calendars:
        raise Unreadable
    told.calendar = told.calendar or text[:MOST_CALENDAR]
    for calendar in calendars:
        method = str(calendar.get("METHOD") or hint or "").strip().upper()
        for event in calendar.walk("VEVENT"):
            for said in _said(event, method):
                if said not in told.said:
                    told.said.append(said)


def _said(event: Any, method: str) -> Iterator[Said]:
    attendees = event.get("ATTENDEE") or []
    attendees = attendees if isinstance(attendees, list) else [attendees]
    if not method and len(attendees) == 1 and _answer(attendees[0]) in ANSWERS:
        # Some relays strip the method; nothing else looks like this.
        method = "REPLY"
    if method not in ("REPLY", "COUNTER"):
        attendees = attendees[:1] or [None]
    for attendee in attendees[:MOST_EVENTS]:
        yield _one(event, method, attendee)


def _one(event: Any, method: str, attendee: Any) -> Said:
    counter = method == "COUNTER"
    return Said(
        method=method,
        uid=clean(str(event.get("UID") or ""))[:300],
        # Who asks for the entry answers nothing, whatever stands in it.
        answer="" if method == "REFRESH" else _answer(attendee),
        sequence=_whole(event.get("SEQUENCE")),
        stamp=_instant(event.get("DTSTAMP")),
        attendee=_address(attendee),
        attendee_name=clean(_param(attendee, "CN"))[:120],
        sent_by=_address(_param(attendee, "SENT-BY")),
        delegated_to=_address(_param(attendee, "DELEGATED-TO")),
        comment=_comment(event),
        starts=_told(event.get("DTSTART")) if counter else "",
        ends=_told(event.get("DTEND")) if counter else "",
    )


def _answer(attendee: Any) -> str:
    return _param(attendee, "PARTSTAT").upper()


def _param(attendee: Any, name: str) -> str:
    value = getattr(attendee, "params", {}).get(name, "")
    return str((value[0] if value else "") if isinstance(value, list) else value)


def _address(value: Any) -> str:
    """The address in its compared form; "" where there is none. `mailto:` comes in any case."""
    text = re.sub(r"^\s*mailto:", "", str(value or ""), flags=re.I).strip().strip("<>\"'")
    try:
        return normalise(text)
    except BadAddress:
        return ""


def _whole(value: Any) -> int:
    try:
        return min(max(int(value), 0), 1_000_000)
    except (TypeError, ValueError):
        return 0


def _instant(value: Any) -> datetime | None:
    moment = getattr(value, "dt", None)
    if isinstance(moment, datetime):
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return datetime.combine(moment, time(), UTC) if isinstance(moment, date) else None


def _told(value: Any) -> str:
    moment = _instant(value)
    return moment.isoformat() if moment is not None else ""


def _comment(event: Any) -> str:
    found = event.get("COMMENT") or ""
    found = found[0] if isinstance(found, list) else found
    return clean(str(found)).strip()[:1000]


def is_proven(told: Read, address: str) -> bool:
    """Whether our own server says that the mail really comes from that address."""
    domain = address.rpartition("@")[2]
    aligned = any(domain == known or domain.endswith(f".{known}") for known in told.proven)
    return bool(domain) and told.sender == address and aligned

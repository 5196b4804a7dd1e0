"""Reading a message back from its bytes, as the pages show it."""

import email.policy
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from pathlib import Path
from typing import Any, cast

import icalendar

SHOWN = ("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "List-Unsubscribe")


@dataclass(frozen=True)
class Entry:
    """One entry of the calendar that comes with a message, in plain words."""

    method: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Parts:
    """What a message consists of."""

    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    entries: tuple[Entry, ...]
    size: int


def subject(file: Path) -> str:
    """The subject alone; nothing when the file is gone."""
    try:
        with file.open("rb") as source:
            return str(BytesHeaderParser(policy=email.policy.default).parse(source)["Subject"] or "")
    except OSError:
        return ""


def parts(content: bytes) -> Parts:
    """The message taken apart."""
    message = BytesParser(policy=email.policy.default).parsebytes(content)
    return Parts(
        headers=tuple((name, str(message[name])) for name in SHOWN if message[name]),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        entries=tuple(_entries(message)),
        size=len(content),
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""


def _entries(message: EmailMessage) -> Iterable[Entry]:
    for part in message.walk():
        if part.get_content_type() != "text/calendar":
            continue
        calendar = icalendar.Calendar.from_ical(cast(bytes, part.get_payload(decode=True)))
        for event in calendar.walk("VEVENT"):
            yield Entry(str(calendar.get("METHOD", "")), tuple(_facts(event)))


def _facts(event: Any) -> Iterable[tuple[str, str]]:
    for name in (
        "SUMMARY",
        "DTSTART",
        "DTEND",
        "LOCATION",
        "ORGANIZER",
        "ATTENDEE",
        "SEQUENCE",
        "UID",
        "STATUS",
    ):
        value = event.get(name)
        if value is not None:
            moment = getattr(value, "dt", None)
            yield name, str(moment if moment is not None else value)

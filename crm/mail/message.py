"""One message for one person, and its bytes.

A `Message` holds every fact that any sender needs, so that the folder and SMTP senders write its
bytes and the SendGrid sender its fields. The same facts give the same bytes, so that a retry
cannot be told from the first try.

    mixed( alternative( text, html, text/calendar;method=X ), application/ics "invite.ics", files… )

is the shape of an invitation: Thunderbird and Outlook need the calendar inside the alternatives,
others take the attachment. Without a calendar and files the message is the alternative alone.

The bytes are put together by hand, several times faster than by `EmailMessage`; a test holds that
both are read back alike.
"""

import binascii
import email.policy
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from functools import cached_property, lru_cache
from typing import NamedTuple

from crm.errors import CrmError
from crm.mail import mailbox
from crm.text import N_

# RFC 5322 lets lines be 998 columns long. At the usual 78 `List-Unsubscribe` would be written as
# encoded words, which RFC 2047 forbids there and which no provider reads.
POLICY = email.policy.SMTP.clone(max_line_length=998)
# RFC 2047 lets encoded words be 75 long, and lines that hold one 76.
NARROW = email.policy.SMTP.clone(max_line_length=76)
CALENDAR_METHODS = frozenset({"REQUEST", "CANCEL", "PUBLISH"})

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_UNPRINTABLE_OCTETS = bytes({*range(32), 127} - {9, 10, 13})
_TOKEN = re.compile(r"[!#$%&'*+.0-9A-Z^_`a-z|~-]+")
_ID = re.compile(r"[!-;=?A-~]+@[!-;=?A-~]+")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,99}")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")
_URL = re.compile(r"https?://[!-;=?-~]+")
_OWN = frozenset({
    "to", "from", "sender", "cc", "bcc", "reply-to", "subject", "date", "message-id", "mime-version",
    "content-type", "content-transfer-encoding", "list-unsubscribe", "list-unsubscribe-post",
    "auto-submitted", "x-auto-response-suppress",
})  # fmt: skip


class BrokenHeader(CrmError):
    text = N_("The “%(header)s” of this message holds a line break or another sign that mail cannot carry.")


@dataclass(frozen=True)
class Attached:
    """A file that goes with a message; its name has plain letters, digits, dots and hyphens only."""

    name: str
    media_type: str
    content: bytes

    def __post_init__(self) -> None:
        if not _FILE_NAME.fullmatch(self.name) or not _MEDIA_TYPE.fullmatch(self.media_type):
            raise BrokenHeader(header="Content-Disposition")


class Cut(NamedTuple):
    """A letter cut at its places: words at even indexes, the names of what stands between at odd ones."""

    subject: tuple[str, ...]
    text: tuple[str, ...]
    html: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """The letter of which a message is one copy, and what stands in its places: as words, and as markup."""

    letter: Cut
    words: Mapping[str, str]
    markup: Mapping[str, str]

    @property
    def text(self) -> str:
        return filled(self.letter.text, self.words)

    @property
    def html(self) -> str:
        return filled(self.letter.html, self.markup)


def filled(cut: tuple[str, ...], values: Mapping[str, str]) -> str:
    """The cut with the values in its places. Raises KeyError for a place without one."""
    pieces = list(cut)
    pieces[1::2] = [values[name] for name in cut[1::2]]
    return "".join(pieces)


@dataclass(frozen=True)
class Message:
    """What one person receives.

    `to`, `sender` and `reply_to` are addresses and are kept in their form for the wire (domain in
    punycode); the names are cleaned of what clients stumble over. `message_id` comes with or
    without angle brackets. `sent_at` is the delivery's stamp, aware. `ics` are the bytes of a
    calendar and `method` its METHOD (REQUEST, CANCEL, PUBLISH). `unsubscribe_url` makes one-click
    unsubscribing (RFC 8058). `return_path` is the envelope's sender, where mail comes back to, when it
    is not `sender`; no header names it. `headers` are further ones, as pairs. `share` tells of which letter
    it is one copy, for senders that hand over many copies by one call.

    Raises BadMailbox, LocalPartNotAscii or BrokenHeader: a message that could not be written is
    never made.
    """

    to: str
    subject: str
    text: str
    html: str
    sender: str
    message_id: str
    sent_at: datetime
    to_name: str = ""
    sender_name: str = ""
    reply_to: str = ""
    ics: bytes = b""
    method: str = ""
    unsubscribe_url: str = ""
    return_path: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    files: tuple[Attached, ...] = ()
    share: Share | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        keep = object.__setattr__
        keep(self, "to", mailbox.wire(self.to))
        keep(self, "sender", mailbox.wire(self.sender))
        keep(self, "reply_to", mailbox.wire(self.reply_to) if self.reply_to else "")
        keep(self, "return_path", mailbox.wire(self.return_path) if self.return_path else "")
        keep(self, "to_name", mailbox.name(self.to_name))
        keep(self, "sender_name", mailbox.name(self.sender_name))
        keep(self, "message_id", self.message_id.removeprefix("<").removesuffix(">"))
        self._refuse_broken_headers()
        if bool(self.ics) != (self.method in CALENDAR_METHODS):
            raise ValueError("a calendar needs its method, and a method its calendar")
        if self.sent_at.tzinfo is None:
            raise ValueError("sent_at must be aware")

    def _refuse_broken_headers(self) -> None:
        if not _ID.fullmatch(self.message_id):
            raise BrokenHeader(header="Message-ID")
        if self.unsubscribe_url and not _URL.fullmatch(self.unsubscribe_url):
            raise BrokenHeader(header="List-Unsubscribe")
        if not _is_one_line(self.subject):
            raise BrokenHeader(header="Subject")
        for header, value in self.headers:
            if not _TOKEN.fullmatch(header) or header.lower() in _OWN or not _is_one_line(value):
                raise BrokenHeader(header=header)

    def as_bytes(self) -> bytes:
        """The message of RFC 5322, lines ended by CR LF; always the same for the same facts."""
        return self._bytes

    @cached_property
    def _bytes(self) -> bytes:
        # Written out once: it is sent, and kept.
        boundary = "=_" + hashlib.sha256(self.message_id.encode()).hexdigest()[:32]
        alternatives = [
            _text_part("plain", self.text),
            _text_part("html", self.html),
        ]
        files = [_file_part(file) for file in self.files]
        if not self.ics:
            if not files:
                return self._head() + _multipart("alternative", boundary, alternatives)
            inner = _multipart("alternative", boundary + "a", alternatives)
            return self._head() + _multipart("mixed", boundary, [inner, *files])
        calendar = _base64(self.ics)
        alternatives.append(
            b"Content-Type: text/calendar; charset=utf-8; method=%b\r\n" % self.method.encode()
            + b"Content-Transfer-Encoding: base64\r\n\r\n"
            + calendar
        )
        attachment = (
            b"Content-Type: application/ics\r\n"
            b"Content-Transfer-Encoding: base64\r\n"
            b'Content-Disposition: attachment; filename="invite.ics"\r\n\r\n' + calendar
        )
        inner = _multipart("alternative", boundary + "a", alternatives)
        return self._head() + _multipart("mixed", boundary, [inner, attachment, *files])

    def _head(self) -> bytes:
        """The headers, without those that describe the content."""
        lines = [
            _mailbox("From", self.sender, self.sender_name),
            f"To: {mailbox.mailbox(self.to, self.to_name)}\r\n",
            _subject(self.subject),
            f"Date: {format_datetime(self.sent_at)}\r\n",
            f"Message-ID: <{self.message_id}>\r\n",
        ]
        if self.reply_to:
            lines.append(f"Reply-To: {self.reply_to}\r\n")
        lines += [
            "Auto-Submitted: auto-generated\r\n",
            # Bounces (NDR) are wanted; receipts and absence notes are not.
            "X-Auto-Response-Suppress: OOF, AutoReply, RN, NRN\r\n",
        ]
        if self.unsubscribe_url:
            lines.append(f"List-Unsubscribe: <{self.unsubscribe_url}>\r\n")
            lines.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")
        lines += [_unstructured(header, value) for header, value in self.headers]
        lines.append("MIME-Version: 1.0\r\n")
        return "".join(lines).encode("ascii")


def _is_one_line(value: str) -> bool:
    return not _UNPRINTABLE.search(value) and len(value.splitlines()) < 2 and not value.endswith(("\r", "\n"))


@lru_cache(512)
def _mailbox(header: str, address: str, name: str) -> str:
    return f"{header}: {mailbox.mailbox(address, name)}\r\n"


@lru_cache(2048)
def _subject(value: str) -> str:
    if value.isascii():
        folded: str = NARROW.header_factory("Subject", value).fold(policy=NARROW)
        return folded
    # Policies lose the space at which they fold between two encoded words; here spaces are encoded too.
    words = Header(value, "utf-8", maxlinelen=NARROW.max_line_length, header_name="Subject")
    return "Subject: " + words.encode(linesep="\r\n") + "\r\n"


@lru_cache(512)
def _unstructured(header: str, value: str) -> str:
    """A further header, in one line if 998 columns hold it."""
    folded: str = POLICY.header_factory(header, value).fold(policy=POLICY)
    return folded


def _multipart(kind: str, boundary: str, parts: list[bytes]) -> bytes:
    """The content header and the parts. A boundary that starts with `=_` cannot occur in encoded parts."""
    edge = b"--" + boundary.encode()
    head = f'Content-Type: multipart/{kind};\r\n boundary="{boundary}"\r\n\r\n'.encode()
    pieces = [head]
    for part in parts:
        pieces += (edge, b"\r\n", part, b"\r\n")
    pieces += (edge, b"--\r\n")
    return b"".join(pieces)


def _text_part(subtype: str, text: str) -> bytes:
    """A text in UTF-8 and quoted-printable, whose lines are short and readable in the source."""
    bare = text.encode("utf-8", "ignore").translate(None, _UNPRINTABLE_OCTETS)
    lines = bare.replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip(b"\n").replace(b"\n", b"\r\n") + b"\r\n"
    return (
        f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode() + binascii.b2a_qp(lines)


def _file_part(file: Attached) -> bytes:
    head = (
        f"Content-Type: {file.media_type}\r\nContent-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment; filename="{file.name}"\r\n\r\n'
    )
    return head.encode() + _base64(file.content)


def _base64(content: bytes) -> bytes:
    """The bytes in base64 lines of 76."""
    run = binascii.b2a_base64(content, newline=False)
    return b"\r\n".join([run[i : i + 76] for i in range(0, len(run), 76)])

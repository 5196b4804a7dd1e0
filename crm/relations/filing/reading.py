"""Reading a mail that came in: who sent it to which secret address, what it says, whom it names.

Mail is read as it comes and never believed: a charset that does not exist, a header in raw octets, a
part without an end (RFC 5322, 2045 to 2047) give text with a sign for what could not be read.
"""

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message

from markupsafe import escape

from crm.errors import CrmError
from crm.mail.incoming import headers
from crm.text import N_, clean
from crm.web.richtext import flattened, plain, sanitise

MOST_PARTS = 200
MOST_TEXT = 100_000
# Of all texts of a mail together, before anything is left out.
MOST_READ = 5 * MOST_TEXT
MOST_NAMED = 60
# Where servers write to whom they delivered; a blind copy is named in no other header.
_DELIVERED = (
    "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-rcpt-to", "x-forwarded-to",
    "apparently-to", "bcc", "received",
)  # fmt: skip
_OPEN = ("to", "cc")
_ADDRESS = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_NAME_BEFORE = re.compile(r"([^<>\[\]\n@,;:\"(]{2,60})\"?\s*[<\[](?:mailto:)?$")
_FORWARDED = re.compile(r"\s*(?:fwd?|tr|wg|i)\s*:", re.I)
_PREFIXES = re.compile(r"(?:\s*(?:re|réf?|fwd?|tr|aw|wg)\s*(?:\[\d+\])?\s*:)+\s*", re.I)
_REPLY = re.compile(
    r"^(?:"
    r"(?:Le|On|Am|El)\s[^\n]{4,150}(?:\n[^\n]{0,150})?"
    r"(?:a écrit|wrote|schrieb|escribió)[ \u00a0\u202f]*:?[ \t]*$"
    r"|-{2,}[ ]*(?:Original Message|Message d[’']origine|Ursprüngliche Nachricht)[ ]*-{2,}"
    r"|\*?(?:De|From)[ \u00a0\u202f]*:[^\n]{1,300}\n\*?(?:Envoyé|Sent|Date|À|To)[^\n]{0,20}:"
    r")",
    re.M,
)
_HTML_REPLY = re.compile(
    r"<(?:div|blockquote|hr|span|p)\b[^<>]{0,300}"
    r"(?:gmail_quote|moz-cite-prefix|divRplyFwdMsg|appendonsend|yahoo_quoted|type=[\"']?cite)",
    re.I,
)


class Unreadable(CrmError):
    text = N_("It could not be read: it is damaged or no mail at all.")


@dataclass(frozen=True)
class Attachment:
    name: str
    content: bytes


@dataclass
class Read:
    """What a mail says. `token` is the secret part of the address it came to, "" without one.

    `named` are the addresses in its headers and text in their order: {"email", "name"}.
    """

    message_id: str = ""
    sender: str = ""
    token: str = ""
    is_open: bool = False
    is_automatic: bool = False
    subject: str = ""
    sent_at: datetime | None = None
    body: str = ""
    tail: str = ""
    named: list[dict[str, str]] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)


def read(raw: bytes, *, filing: str) -> Read:
    """The mail in these octets; `filing` is the address whose `+token` forms are secret.

    Raises Unreadable.
    """
    try:
        message = email.message_from_bytes(raw)
        if not message.keys():
            raise Unreadable
        return _read(message, filing)
    except Unreadable:
        raise
    except Exception as broken:
        # A mail is made by anybody: whatever it breaks here, the next one is read.
        raise Unreadable from broken


def bare_subject(subject: str) -> str:
    """Without “Re:” and “Fwd:”."""
    return _PREFIXES.sub("", subject, count=1).strip() if _PREFIXES.match(subject) else subject


def _read(message: Message, filing: str) -> Read:
    heads = headers.of(message)
    told = Read(
        message_id=headers.first(heads, "message-id").strip("<> \t")[:500],
        subject=clean(headers.first(heads, "subject").replace("\n", " "))[:300],
        sent_at=headers.date(headers.first(heads, "date")),
        is_automatic=headers.is_automatic(message, heads),
    )
    senders = [one["email"] for one in headers.mailboxes(heads, ("from",))]
    # Two senders are nobody: one of them would be believed for the other.
    told.sender = senders[0] if len(senders) == 1 else ""
    told.token, told.is_open = _token(heads, filing)
    parts = _Parts()
    parts.take(message)
    text, quoted = _split(parts, told.subject)
    told.body, told.tail = str(sanitise(text))[:MOST_TEXT], str(sanitise(quoted))[:MOST_TEXT]
    told.attachments = parts.attachments
    named = [*headers.mailboxes(heads, ("to", "cc", "from")), *parts.named]
    named += _in_text(plain(f"{told.body}\n{told.tail}"))
    local, _at, domain = filing.partition("@")
    told.named = [
        one
        for one in {one["email"]: one for one in reversed(named)}.values()
        if not (one["email"].startswith(f"{local}+") and one["email"].endswith(f"@{domain}"))
    ][::-1][:MOST_NAMED]
    return told


# Headers


def _token(heads: list[tuple[str, str]], filing: str) -> tuple[str, bool]:
    """The secret part, and whether others who got the mail could read it."""
    local, _at, domain = filing.partition("@")
    secret = re.compile(rf"{re.escape(local)}\+([0-9a-f]{{20}})@{re.escape(domain)}", re.I)
    in_open = [match[1].lower() for key, value in heads if key in _OPEN for match in secret.finditer(value)]
    hidden = [
        match[1].lower() for key, value in heads if key in _DELIVERED for match in secret.finditer(value)
    ]
    others = [one for one in headers.mailboxes(heads, _OPEN) if not secret.fullmatch(one["email"])]
    return next(iter([*hidden, *in_open]), ""), bool(in_open and others)


# Text


class _Parts:
    """The parts of a mail: its texts in order, what is attached, whom the mails inside it name."""

    def __init__(self) -> None:
        self.texts: list[tuple[str, str]] = []
        self.attachments: list[Attachment] = []
        self.named: list[dict[str, str]] = []
        self.has_mail_inside = False
        self._left = MOST_PARTS
        self._room = MOST_READ

    def take(self, part: Message) -> None:
        self._left -= 1
        if self._left < 0:
            return
        kind = part.get_content_type()
        name = headers.words(part.get_filename() or "")
        if kind == "message/rfc822" and part.is_multipart():
            self._inner(part.get_payload(0))  # type: ignore[arg-type]
        elif kind == "multipart/alternative":
            self._best(part)
        elif part.is_multipart():
            for inner in part.get_payload():
                self.take(inner)  # type: ignore[arg-type]
        elif kind in ("text/plain", "text/html") and not name and _disposition(part) != "attachment":
            self._say(kind, headers.decoded(_octets(part), part.get_content_charset() or ""))
        elif not _is_picture_of_text(part):
            self.attachments.append(Attachment(name or kind.replace("/", "."), _octets(part)))

    def _best(self, part: Message) -> None:
        """Of two forms of one text the plain one, unless it is empty."""
        forms: list[Message] = [one for one in part.get_payload() if isinstance(one, Message)]
        written = [one for one in forms if one.get_content_type() == "text/plain" and _octets(one).strip()]
        html = [one for one in forms if one.get_content_type() != "text/plain"]
        for chosen in (written or html)[:1]:
            self.take(chosen)
        for other in forms:
            if written and other.is_multipart():
                # Pictures of the other form are of no use; files beside it are.
                self._files(other)

    def _files(self, part: Message) -> None:
        for inner in part.walk():
            if _disposition(inner) == "attachment" and not inner.is_multipart():
                self.take(inner)

    def _inner(self, message: Message) -> None:
        heads = headers.of(message)
        self.has_mail_inside = True
        self.named += headers.mailboxes(heads, ("from", "to", "cc"))
        lines = [f"{key.title()}: {headers.first(heads, key)}" for key in ("from", "to", "date", "subject")]
        self._say("text/plain", "\n".join(lines))
        self.take(message)

    def _say(self, kind: str, text: str) -> None:
        """As much of the text as there is room for."""
        text = text[: self._room]
        self._room -= len(text)
        self.texts.append((kind, flattened(text) if kind == "text/html" else text))


def _is_picture_of_text(part: Message) -> bool:
    """A logo in a signature: shown inside the text and attached by nobody."""
    inside = part.get("Content-ID") and _disposition(part) != "attachment"
    return bool(inside) and part.get_content_maintype() == "image"


def _octets(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _disposition(part: Message) -> str:
    return str(part.get("Content-Disposition") or "").split(";")[0].strip().lower()


def _split(parts: _Parts, subject: str) -> tuple[str, str]:
    """What the sender wrote, and what stands below of earlier mails; a forwarded mail is no such tail."""
    keep = parts.has_mail_inside or bool(_FORWARDED.match(subject))
    bodies, tails = [], []
    for kind, text in parts.texts:
        own, quoted = _halves(kind, text, keep)
        bodies.append(own)
        tails.append(quoted)
    return "".join(bodies), "".join(tails)


def _halves(kind: str, text: str, keep: bool) -> tuple[str, str]:
    if kind == "text/html":
        cut = None if keep else _HTML_REPLY.search(text)
        at = cut.start() if cut and plain(str(sanitise(text[: cut.start()]))).strip() else len(text)
        return _rows_apart(text[:at]), _rows_apart(text[at:])
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    at = len(text) if keep else _where_reply_begins(text)
    return _as_html(text[:at]), _as_html(text[at:])


def _where_reply_begins(text: str) -> int:
    found = _REPLY.search(text)
    at = found.start() if found else len(text)
    lines, end = text[:at].split("\n"), at
    while lines and (not lines[-1].strip() or lines[-1].startswith(">")):
        end -= len(lines.pop()) + (1 if lines else 0)
    at = end if text[end:at].strip() else at
    return at if text[:at].strip() else len(text)


def _rows_apart(html: str) -> str:
    """Tables lose their frames: their cells are kept apart by spaces, their rows by lines."""
    return re.sub(r"</tr\s*>", "<br>", re.sub(r"</t[dh]\s*>", " ", html, flags=re.I), flags=re.I)


def _as_html(text: str) -> str:
    if not text.strip():
        return ""
    lines = [str(escape(clean(line))) for line in text.strip("\n").split("\n")]
    return f"<div>{'<br>'.join(lines)}</div>"


def _in_text(text: str) -> Iterator[dict[str, str]]:
    """The addresses in a text, with the name before each where there is one."""
    for match in _ADDRESS.finditer(text):
        before = _NAME_BEFORE.search(text[max(0, match.start() - 75) : match.start()])
        found = match[0].strip(".'")
        if headers.is_address(found):
            yield headers.named(found, before[1] if before else "")

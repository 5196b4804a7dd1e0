"""What the headers of a mail say. They are read as they come and never believed (RFC 5322, 2047, 3834)."""

import email
from datetime import UTC, datetime
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

from crm.mail import addresses
from crm.text import clean

Heads = list[tuple[str, str]]


def of(message: Message) -> Heads:
    """Each header, its name in lower case, its value in words."""
    return [(name.lower(), words(value)) for name, value in message.raw_items()]


def first(heads: Heads, name: str) -> str:
    """The first header of that name, "" without one."""
    return next((value for key, value in heads if key == name), "")


def words(value: object) -> str:
    """A header's value in words: encoded words read, raw octets taken for UTF-8, else Windows-1252."""
    octets = str(value).encode("utf-8", "surrogateescape")
    text = decoded(octets, "")
    if "=?" not in text:
        return text
    try:
        pieces = decode_header(text.replace("\r", "").replace("\n", ""))
    except (ValueError, email.errors.HeaderParseError):
        return text
    return "".join(
        decoded(piece, charset or "") if isinstance(piece, bytes) else piece for piece, charset in pieces
    )


def decoded(octets: bytes, charset: str) -> str:
    """The octets as text: as declared, else as UTF-8, else as Windows-1252."""
    for name in (charset, "utf-8"):
        try:
            return octets.decode(name) if name else octets.decode("ascii")
        except (LookupError, UnicodeError, ValueError):
            continue
    return octets.decode("cp1252", "replace")


def mailboxes(heads: Heads, names: tuple[str, ...]) -> list[dict[str, str]]:
    """The addresses in headers of these names, each with the name before it: {"email", "name"}.

    A header made to break whoever reads it, by comments within comments, names nobody.
    """
    values = [value.replace("\n", " ") for key, value in heads if key in names]
    try:
        found = getaddresses(values)
    except (RecursionError, IndexError):
        return []
    return [named(address, name) for name, address in found if is_address(address)]


def named(address: str, name: str = "") -> dict[str, str]:
    name = clean(name).strip("'\" ")[:120]
    return {"email": addresses.normalise(address), "name": "" if "@" in name else name}


def is_address(text: str) -> bool:
    try:
        addresses.normalise(text)
    except addresses.BadAddress:
        return False
    return True


def date(text: str) -> datetime | None:
    """The instant that a Date header tells, None when it tells none."""
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    try:
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def is_automatic(message: Message, heads: Heads) -> bool:
    """An absence note, a bounce, a bulk mail (RFC 3834, RFC 3464)."""
    submitted = first(heads, "auto-submitted").split(";")[0].strip().lower()
    bulk = first(heads, "precedence").strip().lower() in ("bulk", "junk", "auto_reply")
    empty_path = any(key == "return-path" and value.strip() == "<>" for key, value in heads)
    replied = any(key in ("x-autoreply", "x-autorespond") for key, _value in heads)
    is_report = message.get_content_type() == "multipart/report"
    return submitted not in ("", "no") or bulk or empty_path or replied or is_report

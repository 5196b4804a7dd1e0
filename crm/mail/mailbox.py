"""Mailboxes as mail and calendars write them: an address for the wire, a name that no client cuts."""

import base64
import re
import unicodedata
from functools import lru_cache

import idna

from crm.errors import CrmError
from crm.text import N_

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"(?=.{1,253}\Z)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9-]{1,63}")
_CUT_BY_SOME = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028\u2029"<>@:;,\\^\ud800-\udfff]+')
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?_`{|}~ -]*")
# 45 octets make 60 base64 characters: with `=?utf-8?b??=` the word stays within the 75 of RFC 2047.
_WORD_OCTETS = 45


class BadMailbox(CrmError):
    text = N_("“%(address)s” is not an e-mail address that mail can be sent to. Correct it, then try again.")


class LocalPartNotAscii(CrmError):
    text = N_(
        "“%(address)s” has accents or special characters before the @. Ask for an address without them."
    )


def wire(address: str) -> str:
    """The address as it travels: local part untouched, domain in ASCII (punycode).

    Raises LocalPartNotAscii, and BadMailbox for anything else that is not a plain address.
    """
    local, at, domain = address.rpartition("@")
    if not local.isascii() and domain:
        raise LocalPartNotAscii(address=address)
    if not at or len(local) > 64 or not _LOCAL.fullmatch(local):
        raise BadMailbox(address=address)
    try:
        return f"{local}@{_domain(domain)}"
    except idna.IDNAError:
        raise BadMailbox(address=address) from None


@lru_cache(4096)
def _domain(domain: str) -> str:
    if not domain.isascii():
        domain = idna.encode(domain, uts46=True).decode("ascii")
    if not _DOMAIN.fullmatch(domain):
        raise idna.IDNAError(domain)
    return domain


def name(text: str) -> str:
    """A display name without the signs at which mail and calendar clients cut it: `" < > @ : ; , \\ ^`."""
    return " ".join(_CUT_BY_SOME.sub(" ", unicodedata.normalize("NFC", text)).split())[:120].rstrip()


def mailbox(address: str, display: str = "") -> str:
    """`Ada Lovelace <ada@example.org>` for a header, of an address from `wire` and a name from `name`.

    Names beyond ASCII become encoded words (RFC 2047), one to a folded line.
    """
    if not display:
        return address
    if _ATOMS.fullmatch(display) and "=?" not in display:
        return f"{display} <{address}>"
    if display.isascii() and "=?" not in display:
        return f'"{display}" <{address}>'
    return f"{_encoded(display)} <{address}>"


def _encoded(display: str) -> str:
    """The name in encoded words, none of which splits a character."""
    words, octets = [], b""
    for letter in display:
        piece = letter.encode()
        if len(octets) + len(piece) > _WORD_OCTETS:
            words.append(octets)
            octets = b""
        octets += piece
    words.append(octets)
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(word).decode()}?=" for word in words)

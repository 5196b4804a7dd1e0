"""Words: marking them for translation, folding them for search, cleaning what strangers type."""

import re
import unicodedata
from functools import lru_cache

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_MARKS = re.compile(r"[\u0300-\u036f]")
_NOT_A_WORD = re.compile(r"[\W_]+")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d"})


def N_(message: str) -> str:
    """Mark a sentence for the catalogues; it is translated where it is shown."""
    return message


def fold(text: str | None) -> str:
    """Lower case without accents, every run of other signs one space: what searches compare.

    >>> fold("Saint-Étienne-d’Œuvre")
    'saint etienne d oeuvre'
    """
    return _folded(text) if text else ""


# Long lists compare the same words again and again.
@lru_cache(maxsize=16_384)
def _folded(text: str) -> str:
    bare = text.lower()
    if not bare.isascii():
        bare = _unaccented(bare)
    if bare.isascii() and bare.isalnum():
        return bare
    return _NOT_A_WORD.sub(" ", bare).strip()


def _unaccented(text: str) -> str:
    """The text without its marks, ligatures written out."""
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", text))
    if bare.isascii():
        # Nearly every French text.
        return bare
    apart = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    return "".join([c for c in apart if not unicodedata.combining(c)])


def clean(text: str | None) -> str:
    """One typed value without control characters, outer or repeated white space, in NFC."""
    if text and text.isprintable() and "  " not in text and unicodedata.is_normalized("NFC", text):
        # Nearly every value. White space that can be printed is the plain space alone.
        return text.strip()
    bare = _CONTROL.sub("", unicodedata.normalize("NFC", text or "").replace("\t", " "))
    return re.sub(r"[^\S\n]+", " ", bare).strip()


def slug(text: str) -> str:
    """A part of an address for people: `2026-03-29-open-data-day`."""
    return fold(text).replace(" ", "-")[:80].strip("-") or "x"


def like(word: str) -> str:
    """A LIKE pattern (escape `\\`) for rows that contain the word."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"

"""Words: marking them for translation, folding them for search, cleaning what strangers type."""

import re
import unicodedata
from functools import lru_cache

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
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
    if bare.isascii():
        if bare.isalnum():
            return bare
    else:
        apart = unicodedata.normalize("NFKD", bare.translate(_LIGATURES))
        bare = "".join([c for c in apart if not unicodedata.combining(c)])
    return _NOT_A_WORD.sub(" ", bare).strip()


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

"""Typing errors: the words that records have and that somebody may have meant."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from crm.db import is_sqlite
from crm.index import postgres, sqlite

LATIN = "abcdefghijklmnopqrstuvwxyz"
# Shorter words have too many neighbours.
SHORTEST, LONG = 4, 7
MOST = 6


def is_known(session: Session, word: str) -> bool:
    """Whether some record has a word that begins so; of numbers and very short words nothing is known."""
    engine = sqlite if is_sqlite(session) else postgres
    return len(word) < SHORTEST or word.isdigit() or bool(engine.known(session, [word]))


def respelled(session: Session, word: str) -> list[str]:
    """Other spellings of the word that begin a word of some record, the likeliest first.

    One error (a letter left out, added, mistaken, or two changed about) in words of four letters and
    more, two in words of seven and more. Numbers are left alone.
    """
    if len(word) < SHORTEST or word.isdigit():
        return []
    engine = sqlite if is_sqlite(session) else postgres
    variants = list(dict.fromkeys(_one_error(word)))
    found = set(engine.known(session, variants))
    near = [variant for variant in variants if variant in found]
    if len(word) >= LONG:
        near += [
            other for other in _two_errors(word, engine.similar(session, word, 60)) if other not in found
        ]
    return near[:MOST]


def _one_error(word: str) -> Iterator[str]:
    """Every text one error away, the commonest errors first."""
    alphabet = LATIN if word[0] in LATIN else "".join(chr(n) for n in _script(word[0]))
    halves = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    yield from (a + b[1] + b[0] + b[2:] for a, b in halves if len(b) > 1 and b[0] != b[1])
    yield from (a + letter + b for a, b in halves if a for letter in alphabet)
    yield from (a + b[1:] for a, b in halves if a and b)
    yield from (a + letter + b[1:] for a, b in halves if a and b for letter in alphabet if letter != b[0])
    first, rest = word[0], word[1:]
    yield from (letter + rest for letter in alphabet if letter != first)
    yield from (letter + word for letter in alphabet)
    yield rest


def _script(letter: str) -> range:
    """The small letters of the alphabet that the letter is of, as far as it is Greek or Cyrillic."""
    return range(0x3B1, 0x3CA) if letter < "\u0400" else range(0x430, 0x450)


def _two_errors(word: str, candidates: list[str]) -> list[str]:
    from rapidfuzz.distance import OSA

    far = {other: OSA.distance(word, other, score_cutoff=2) for other in candidates if other != word}
    return sorted((other for other in far if far[other] <= 2), key=lambda other: far[other])

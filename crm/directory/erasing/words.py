"""The words that tell who somebody is, found in any text however they are written there, and taken out."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from crm.text import fold

HIDDEN = "•"
# What may stand between two words of a name: signs of a sentence, of a file's name, of HTML.
_BETWEEN = r"(?:[\s\u00a0\u202f\-‐‑'’.,_+]|&nbsp;|&#\d+;|</?\w+>)+"
_NOT_AFTER, _NOT_BEFORE = r"(?<![^\W_])(?<!@)", r"(?![^\W_]|@)"
_IN_NUMBER = r"[\s\u00a0\u202f.\-/()]*"
_MARKS = re.compile(r"[\u0300-\u036f]")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d"})
_ACCENTED = "aceinouy"


@dataclass(frozen=True)
class Words:
    """`names` are pairs of given and family name, present and former; addresses and phones are theirs alone.

    Where the family name or the given name stands alone it may mean another: it counts (`alone`) only in
    rows that concern the person. `others` are longer names of somebody else, which hold theirs and stay:
    Jean Petit-Lambert is not Jean Petit.
    """

    names: Sequence[tuple[str, str]] = ()
    others: Sequence[tuple[str, str]] = ()
    alone: Sequence[str] = ()
    emails: Sequence[str] = ()
    phones: Sequence[tuple[str, str]] = ()

    def redacted(self, text: str) -> str:
        """The text with a bullet in place of each of the words; the very text where there is none."""
        plain = self._numbers.sub(HIDDEN, text) if self._numbers else text
        if self._names is None or not self._may_hold_names(plain):
            return plain
        bare, places = _bare(plain)
        # There may be hundreds of others, whom nearly no text concerns.
        if self._names.search(bare) is None:
            return plain
        pieces, upto = [], 0
        for found in self._around.finditer(bare):
            if found["another"]:
                continue
            begin, end = places[found.start()], places[found.end() - 1] + 1
            pieces += [plain[upto:begin], HIDDEN]
            # Marks that stand on the last letter.
            upto = max(end, places[found.end()])
        return "".join([*pieces, plain[upto:]]) if pieces else plain

    def redacted_value(self, value: Any) -> Any:
        """The same for what JSON holds."""
        if isinstance(value, str):
            return self.redacted(value)
        if isinstance(value, dict):
            return {self.redacted(name): self.redacted_value(one) for name, one in value.items()}
        return [self.redacted_value(one) for one in value] if isinstance(value, list) else value

    def is_alone(self, name: str) -> bool:
        """Whether that is the whole name of somebody who has but one; no sentence is searched for it."""
        return fold(name) in self._single

    @cached_property
    def _single(self) -> list[str]:
        return several(fold("".join(pair)) for pair in self.names if not all(pair))

    def patterns(self, *, is_json: bool) -> list[str]:
        """LIKE patterns (no escape) of texts that may hold any of the words; more than do."""
        asked = [_loosely(email, is_json) for email in self.emails]
        for country, number in self.phones:
            del country
            asked.append(
                "%" + "%".join(number[at : at + 2] for at in range(len(number) % 2, len(number), 2)) + "%"
            )
        for given, family in self.names:
            longest = max(fold(f"{given} {family}").split(), key=len)
            asked.append(_loosely(longest, is_json))
            asked += [_loosely(word, is_json) for word in (given, family) if _longest_is(word, longest)]
        return list(dict.fromkeys(asked))

    def _may_hold_names(self, text: str) -> bool:
        """Whether the last words of names stand there at all: for nearly every text the whole answer."""
        bare = unicodedata.normalize("NFKD", text.lower().translate(_LIGATURES))
        bare = bare if bare.isascii() else _MARKS.sub("", bare)
        return any(word in bare for word in self._rarest)

    @cached_property
    def _rarest(self) -> list[str]:
        """Of each name that is looked for its longest word."""
        names = [*(fold(" ".join(pair)) for pair in self.names), *(fold(word) for word in self.alone)]
        return several(max(name.split(), key=len, default="") for name in names)

    @cached_property
    def _names(self) -> re.Pattern[str] | None:
        """Names as they stand in lower case without accents."""
        return re.compile(f"{_NOT_AFTER}(?:{self._asked}){_NOT_BEFORE}") if self._asked else None

    @cached_property
    def _around(self) -> re.Pattern[str]:
        """The same, and before them the names that stay."""
        stay = "|".join(_wholes(self.others)) or "(?!)"
        return re.compile(f"{_NOT_AFTER}(?:(?P<another>{stay})|{self._asked}){_NOT_BEFORE}")

    @cached_property
    def _asked(self) -> str:
        """What is looked for, whole names first."""
        return "|".join([*_wholes(self.names), *(_words(word) for word in self.alone if _words(word))])

    @cached_property
    def _numbers(self) -> re.Pattern[str] | None:
        """Addresses and phone numbers, which bear no accents."""
        asked = [rf"(?<![\w.+-]){re.escape(email)}(?![\w-])" for email in self.emails]
        for country, number in self.phones:
            digits = _IN_NUMBER.join(number)
            asked.append(
                rf"(?<!\d)(?:(?:\+|00){country}{_IN_NUMBER}(?:0{_IN_NUMBER})?|0{_IN_NUMBER})?{digits}(?!\d)"
            )
        return re.compile("|".join(asked), re.IGNORECASE) if asked else None


def _wholes(names: Iterable[tuple[str, str]]) -> list[str]:
    """Patterns of the names that have two parts, in either order."""
    wholes = []
    for name in names:
        given, family = (_words(part) for part in name)
        if given and family:
            wholes += [given + _BETWEEN + family, family + _BETWEEN + given]
    return wholes


def _words(name: str) -> str:
    return _BETWEEN.join(re.escape(word) for word in fold(name).split())


def _longest_is(name: str, longest: str) -> bool:
    return not name.isascii() and longest in fold(name).split()


def _loosely(word: str, is_json: bool) -> str:
    """A pattern for the word with and without accents; JSON writes them as escapes of six signs."""
    signs = []
    for sign in word.lower():
        if not sign.isascii() or sign in "%_\\":
            signs.append("%")
        else:
            signs.append("_" if sign in _ACCENTED and not is_json and "@" not in word else sign)
    return f"%{''.join(signs)}%"


def _bare(text: str) -> tuple[str, list[int]]:
    """The text in lower case without accents, and from which sign of it each of these comes."""
    if text.isascii():
        return text.lower(), list(range(len(text) + 1))
    signs: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        for one in _folded(sign):
            signs.append(one)
            places.append(place)
    return "".join(signs), [*places, len(text)]


@lru_cache(maxsize=4_096)
def _folded(sign: str) -> str:
    """One sign in lower case without accents; a mark is nothing, what is no letter stays as it is."""
    return fold(sign) or ("" if _MARKS.match(sign) else sign)


def several(values: Iterable[str]) -> list[str]:
    """Each once, without the empty ones."""
    return [value for value in dict.fromkeys(values) if value]

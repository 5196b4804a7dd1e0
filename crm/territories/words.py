"""How a territory is found by what people type: its words, its codes, its name without its kind."""

import re
from collections.abc import Iterable
from functools import lru_cache

from crm.text import fold

RULES = 1
"""Raised when a rule of this module changes, so that what was loaded under the old one is loaded again."""

_SPELLED = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
_SHORT = (
    ("communaute de communes", "cc"),
    ("communaute d agglomeration", "ca"),
    ("communaute d agglo", "ca"),
    ("communaute urbaine", "cu"),
)
_TITLES = re.compile(
    r"\s*(?:conseil\s+(?:régional|regional|départemental|departemental|municipal)|région|region"
    r"|collectivité(?:\s+territoriale)?|département|departement|mairie|(?:commune|ville)(?=\s+d))"
    r"\s+(?:(?:du|des|de)\s+|d['’]\s*)?(?=\w)",
    re.IGNORECASE,
)
_NATURES = re.compile(r"^(?:cc|ca|cu|ept) (?=\w)")
_ARTICLES = re.compile(r"^(?:de la|de l|de|du|des|d|la|le|les|l) (?=\w)")
_ELISION = re.compile(r"(?:^| )([dl]) (\w+)")
_SPACED_SIREN = re.compile(r"\s*(\d{3})\s?(\d{3})\s?(\d{3})\s*")


def spelled(text: str) -> str:
    """The folded text with abbreviations written out: `St-Brieuc` is `saint brieuc`."""
    return " ".join(_SPELLED.get(word, word) for word in _shortened(fold(text)).split())


def _shortened(folded: str) -> str:
    """As the reference names them: `CC`, `CA` and `CU` for the three kinds of communauté."""
    for long, short in _SHORT:
        folded = folded.replace(long, short)
    return folded


@lru_cache(maxsize=16_384)
def name_key(name: str) -> str:
    """The name without its nature and article, folded: what two ways of writing it share.

    >>> name_key("Communauté d'agglomération du Grand Chambéry"), name_key("La Roche-sur-Yon")
    ('grand chambery', 'roche sur yon')
    """
    return _ARTICLES.sub("", _NATURES.sub("", spelled(name)))


def untitled(text: str) -> str:
    """What is typed for an authority without its title: `Ville de Nantes` is `Nantes`."""
    return _TITLES.sub("", text, count=1) if _TITLES.match(text) else text


def search_text(name: str, codes: Iterable[str]) -> str:
    """All that a search may type, each word between spaces: ` l abergement labergement 01001 01400 `."""
    folded = spelled(name)
    joined = ["".join(pair) for pair in _ELISION.findall(folded)]
    return f" {' '.join([folded, *joined, *(code.lower() for code in codes if code)])} "


def asked(text: str) -> list[tuple[str, ...]]:
    """The words of a search, each with the forms it may have in `search_text`.

    `st` may be a saint or the beginning of a word. A SIREN typed in groups of three is one word.
    """
    siren = _SPACED_SIREN.fullmatch(text)
    if siren:
        return [("".join(siren.groups()),)]
    folded = _shortened(fold(untitled(text)))
    return [(word, _SPELLED[word]) if word in _SPELLED else (word,) for word in folded.split()]

"""Words that ask for more than an event needs: data of special categories (RGPD, art. 9), dates of birth.

A warning, not a judgement: whoever writes the question knows what it is for.
"""

from collections.abc import Iterable
from enum import StrEnum

from crm.text import fold


class Subject(StrEnum):
    HEALTH = "health"
    UNION = "union"
    OPINION = "opinion"
    BELIEF = "belief"
    ORIGIN = "origin"
    SEX_LIFE = "sex_life"
    BIRTH = "birth"


# As `fold` leaves them; a word that ends in * is the beginning of a word.
_WORDS = {
    Subject.HEALTH: (
        "sante", "maladie*", "medica*", "medecin*", "allerg*", "handicap*", "pmr", "regime alimentaire",
        "regimes alimentaires", "intoleran*", "gluten*", "diabet*", "grossesse", "enceinte", "vaccin*",
        "health", "illness*", "disease*", "disab*", "diet*", "pregnan*", "wheelchair", "fauteuil roulant",
        "mobilite reduite",
    ),
    Subject.UNION: ("syndic*", "syndiq*", "trade union*", "trade unions", "union membership", "union member"),
    Subject.OPINION: (
        "parti politique", "opinion*", "etiquette politique", "couleur politique", "vote pour", "political*",
        "politically", "appartenance politique", "convictions politiques",
    ),
    Subject.BELIEF: (
        "religi*", "croyance*", "confession*", "casher", "kosher", "halal", "belief*", "faith", "philosophi*",
    ),
    Subject.ORIGIN: ("origine ethnique", "ethni*", "race", "racial*", "nationalite", "nationality"),
    Subject.SEX_LIFE: ("orientation sexuelle", "sexual*", "sexualite", "vie sexuelle"),
    Subject.BIRTH: (
        "date de naissance", "ne le", "nee le", "jour de naissance", "annee de naissance", "birth*",
        "date of birth", "quel age", "votre age", "your age", "how old",
    ),
}  # fmt: skip


def subjects(texts: Iterable[str]) -> list[Subject]:
    """What these words ask about that needs a reason of its own, in the order above."""
    said = f" {' '.join(fold(text) for text in texts)} "
    return [subject for subject, words in _WORDS.items() if any(_stands_in(word, said) for word in words)]


def _stands_in(word: str, said: str) -> bool:
    return f" {word[:-1]}" in said if word.endswith("*") else f" {word} " in said

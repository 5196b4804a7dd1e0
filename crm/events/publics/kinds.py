"""The five sides from which a public is looked at, and how each is written in addresses."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

NONE = "none"
YES, NO = "yes", "no"
# Inhabitants, from the first number on; 3,500 is where authorities must open their data (CRPA, L312-1-1).
BANDS = (0, 1_000, 3_500, 10_000, 50_000, 200_000)
_MOST = 40


class By(StrEnum):
    """`KIND` of the organisation, `POPULATION` and `DEPARTMENT` of its territory, `CATEGORY` of the role held
    that day, `MEMBER` whether the organisation was a member on the day of the event."""

    KIND = "kind"
    POPULATION = "population"
    DEPARTMENT = "department"
    CATEGORY = "category"
    MEMBER = "member"


@dataclass(frozen=True)
class Public:
    """One type of public: the key is a slug, a band's lower edge, a code, a category, yes or no; or NONE."""

    by: By
    key: str

    def __str__(self) -> str:
        return f"{self.by}:{self.key}"


def read(texts: Iterable[str]) -> tuple[Public, ...]:
    """The publics that an address names (`kind:commune`); what cannot be one is left out."""
    found: dict[Public, None] = {}
    for text in texts:
        by, colon, key = text.partition(":")
        if colon and by in list(By) and 0 < len(key) <= 100 and "\0" not in key:
            found[Public(By(by), key)] = None
    return tuple(found)[:_MOST]

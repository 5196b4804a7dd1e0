"""What is indexed, and the words asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, field

# For each word that was typed, the spellings of it that count.
Groups = Sequence[Sequence[str]]


@dataclass
class Memo:
    """What one search found out about its words, for the next kind that is searched for them."""

    # By the word, and whether it may stand inside: what it stands for in the index.
    terms: dict[tuple[str, bool], list[str]] = field(default_factory=dict)
    # Whether the planner was told to go by the indexes (PostgreSQL).
    is_steered: bool = False


@dataclass(frozen=True)
class Wanted:
    """So many rows at most; of the newest so many are enough."""

    limit: int
    enough: int


@dataclass(frozen=True)
class Kind:
    """A table of which one column is indexed: by its words, or by any three signs in a row.

    A small one has some thousand rows at most, which are read as they are. On PostgreSQL short texts are
    indexed by their trigrams too, long ones (exchanges) by their words alone.
    """

    table: str
    column: str = "search"
    has_bin: bool = False
    by_words: bool = True
    is_small: bool = False
    by_trigrams: bool = False

    @property
    def index(self) -> str:
        """The FTS5 table, on SQLite."""
        return f"search_{self.table}"


KINDS = {
    kind.table: kind
    for kind in (
        Kind("people", has_bin=True, by_trigrams=True),
        Kind("organisations", has_bin=True, by_trigrams=True),
        Kind("interactions", has_bin=True),
        Kind("bodies", has_bin=True, is_small=True),
        Kind("events", is_small=True),
        Kind("mailings", is_small=True),
        Kind("kits", is_small=True),
        Kind("addresses", "email", by_words=False),
        Kind("phones", "number", by_words=False),
    )
}


def trigrams(word: str) -> list[str]:
    return list(dict.fromkeys(word[at : at + 3] for at in range(len(word) - 2)))


def is_described(name: str | None, kind: str, _of: object) -> bool:
    """For Alembic: what models say nothing of is the index's own, and no table or index too many."""
    if kind not in ("table", "index") or not name:
        return True
    return not name.startswith("search_") or name in ("search_words", "search_pending", "search_marks")

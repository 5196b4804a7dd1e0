"""What is indexed, and the words asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

# For each word that was typed, the spellings of it that count.
Groups = Sequence[Sequence[str]]
# What was looked up about the words, for the other kinds of one search.
Memo = dict[tuple[str, bool], list[str]]


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

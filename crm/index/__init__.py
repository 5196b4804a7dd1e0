"""The search index: which records have these words. SQLite's FTS5 and PostgreSQL's trigrams behind one door.

What is indexed is the folded text that each table keeps of its rows (`search`; `email` and `number` for
addresses and phones). Triggers made by the migration see every change, bulk inserts too.

* SQLite: rows above the mark of their kind are new (`search_marks`), changed ones are noted by triggers in
  `search_pending`; the end of the unit of work takes both into FTS5 tables, all at once, for row by row that
  costs ten times as much. What waits is found too.
  What the index proposes is always compared with the row itself, so the index may hold too much, never lie.
* PostgreSQL: `pg_trgm` indexes over the columns; triggers only keep the words.

`search_words` has each word once, on both engines: parts of words and typing errors are looked up there.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

from sqlalchemy import ColumnElement, Select, event, text, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from crm.db import is_sqlite
from crm.index import postgres, sqlite
from crm.index.kinds import KINDS, Groups, Kind, Memo, Wanted, is_described
from crm.index.spelling import is_known, respelled

__all__ = [
    "KINDS",
    "Groups",
    "Kind",
    "Memo",
    "beginning",
    "compact",
    "containing",
    "forget",
    "having",
    "is_described",
    "is_known",
    "merge",
    "problems",
    "rebuild",
    "respelled",
    "searching",
]


@contextmanager
def searching(session: Session) -> Iterator[Memo]:
    """One search, of several kinds for the same words: what is found out about them is found out once."""
    memo = Memo()
    yield memo
    _engine(session).end(session, memo)


def beginning(
    session: Session,
    kind: str,
    groups: Groups,
    *,
    limit: int,
    enough: int | None = None,
    memo: Memo | None = None,
) -> dict[int, str]:
    """Kept records that have, for each group, a word that begins with one of its words.

    Their keys with the text that is indexed of them, newest first, `limit` at most. Where the newest
    records give `enough`, older ones are added only when they have the very words (PostgreSQL).
    """
    with _known(session, memo) as known:
        wanted = Wanted(limit, enough or limit)
        return _engine(session).beginning(session, KINDS[kind], groups, wanted, known)


def containing(
    session: Session,
    kind: str,
    groups: Groups,
    *,
    limit: int,
    enough: int | None = None,
    memo: Memo | None = None,
) -> dict[int, str]:
    """The same with one of the words as any part of any word.

    A word of one or two signs must begin a word.
    """
    with _known(session, memo) as known:
        wanted = Wanted(limit, enough or limit)
        return _engine(session).containing(session, KINDS[kind], groups, wanted, known)


def _known(session: Session, memo: Memo | None) -> AbstractContextManager[Memo]:
    return searching(session) if memo is None else nullcontext(memo)


def having(
    session: Session, kind: str, key: InstrumentedAttribute[int], words: Sequence[str]
) -> list[ColumnElement[bool]]:
    """For a list that shows all rows with these parts of words: what makes comparing them quick, if anything.

    Goes beside the comparison, not in its place.
    """
    found = _engine(session).having(session, KINDS[kind], words)
    return [key.in_(union_all(*found))] if found else []


def merge(session: Session) -> None:
    """Take what this unit of work changed into the index (SQLite; elsewhere there is nothing to do)."""
    if is_sqlite(session):
        sqlite.merge(session)


def forget(session: Session, words: Iterable[str]) -> None:
    """Let go those of the words that no record has any more: somebody was erased."""
    merge(session)
    for word in sorted(set(" ".join(words).split())):
        asked = {"word": word}
        if any(session.scalar(text(_having(kind)), {"like": f"% {word} %"}) for kind in KINDS.values()):
            continue
        if is_sqlite(session):
            session.execute(text(sqlite.UNSPELL), asked)
        session.execute(text("DELETE FROM search_words WHERE word = :word"), asked)


def compact(session: Session) -> None:
    """Write the index anew without what it let go, which an FTS5 table keeps for long (SQLite)."""
    if is_sqlite(session):
        for name in ("search_spellings", *(kind.index for kind in KINDS.values())):
            session.execute(text(f"INSERT INTO {name} ({name}) VALUES ('optimize')"))


def _having(kind: Kind) -> str:
    return f"SELECT 1 FROM {kind.table} WHERE ' ' || {kind.column} || ' ' LIKE :like LIMIT 1"


def rebuild(session: Session) -> None:
    """Make the index anew from the records; on PostgreSQL also what lacked while there was no `pg_trgm`."""
    _engine(session).rebuild(session)


def problems(session: Session) -> list[str]:
    """What keeps the index from being true or quick, a sentence each."""
    return _engine(session).problems(session)


class Engine(Protocol):
    """What either module offers."""

    def beginning(
        self, session: Session, kind: Kind, groups: Groups, wanted: Wanted, memo: Memo
    ) -> dict[int, str]: ...
    def containing(
        self, session: Session, kind: Kind, groups: Groups, wanted: Wanted, memo: Memo
    ) -> dict[int, str]: ...
    def having(self, session: Session, kind: Kind, words: Sequence[str]) -> list[Select[int]]: ...
    def end(self, session: Session, memo: Memo) -> None: ...
    def rebuild(self, session: Session) -> None: ...
    def problems(self, session: Session) -> list[str]: ...


def _engine(session: Session) -> Engine:
    return sqlite if is_sqlite(session) else postgres


@event.listens_for(Session, "before_commit")
def _merge(session: Session) -> None:
    if session.get_nested_transaction() is None and session.is_active and session.in_transaction():
        session.flush()
        merge(session)

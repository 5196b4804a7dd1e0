"""The index on PostgreSQL: trigram indexes (`pg_trgm`) over the columns themselves."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from crm.index.kinds import KINDS, Groups, Kind, Memo

MISSING = (
    "PostgreSQL lacks the extension pg_trgm: searching reads whole tables and forgives fewer typing errors. "
    "Install the server's contrib package, run CREATE EXTENSION pg_trgm in this database as its owner or a "
    "superuser, then `flask search rebuild`."
)


def beginning(session: Session, kind: Kind, groups: Groups, limit: int, memo: Memo) -> dict[int, str]:
    return _found(session, kind, groups, limit, at_beginning=kind.by_words)


def containing(session: Session, kind: Kind, groups: Groups, limit: int, memo: Memo) -> dict[int, str]:
    return _found(session, kind, groups, limit, at_beginning=False)


def _found(session: Session, kind: Kind, groups: Groups, limit: int, *, at_beginning: bool) -> dict[int, str]:
    asked, given = [], {}
    for place, group in enumerate(groups):
        parts = []
        for number, word in enumerate(group):
            name = f"w{place}_{number}"
            if kind.by_words and (at_beginning or len(word) < 3):
                given[name], given[f"{name}_first"] = f"% {word}%", f"{word}%"
                parts += [f"{kind.column} LIKE :{name}", f"{kind.column} LIKE :{name}_first"]
            else:
                given[name] = f"%{word}%"
                parts.append(f"{kind.column} LIKE :{name}")
        asked.append(f"({' OR '.join(parts)})")
    if kind.has_bin:
        asked.append("binned_at IS NULL")
    statement = (
        f"SELECT id, {kind.column} FROM {kind.table} WHERE {' AND '.join(asked)} ORDER BY id DESC LIMIT :most"
    )
    rows = session.execute(text(statement), {**given, "most": limit})
    return {row[0]: row[1] for row in rows}


def known(session: Session, words: Sequence[str]) -> list[str]:
    """Which of these some record has a word of, or a word that begins so."""
    statement = """
        SELECT asked.word FROM unnest(CAST(:words AS varchar[])) AS asked(word)
        WHERE EXISTS (
            SELECT 1 FROM search_words AS w
            WHERE w.word >= asked.word COLLATE "C" AND w.word < (asked.word || chr(65535)) COLLATE "C"
        )
    """
    return list(session.scalars(text(statement), {"words": list(words)}))


def similar(session: Session, word: str, limit: int) -> list[str]:
    """Words that share many of the word's trigrams, the nearest first."""
    if not _has_trigrams(session):
        return []
    statement = """
        SELECT word FROM search_words WHERE word % :word AND length(word) BETWEEN :short AND :long
        GROUP BY word ORDER BY max(similarity(word, :word)) DESC LIMIT :most
    """
    given = {"word": word, "short": len(word) - 2, "long": len(word) + 2, "most": limit}
    return list(session.scalars(text(statement), given))


def _has_trigrams(session: Session) -> bool:
    return bool(session.scalar(text("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")))


# Keeping it


def rebuild(session: Session) -> None:
    session.execute(text("DELETE FROM search_words"))
    for kind in KINDS.values():
        if kind.by_words:
            session.execute(
                text(
                    "INSERT INTO search_words (word) SELECT DISTINCT w FROM "
                    f"{kind.table}, unnest(string_to_array({kind.column}, ' ')) AS w "
                    "WHERE length(w) BETWEEN 3 AND 40 AND (w ~ '[^0-9]' OR length(w) < 5) "
                    "AND NOT EXISTS (SELECT 1 FROM search_words AS k WHERE k.word = w)"
                )
            )
    try:
        with session.begin_nested():
            session.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
    except DBAPIError:
        return
    for table, column in ((kind.table, kind.column) for kind in KINDS.values()):
        _index(session, table, column)
    _index(session, "search_words", "word")


def _index(session: Session, table: str, column: str) -> None:
    name = f"search_{table}_{column}_trigrams"
    session.execute(text(f"CREATE INDEX IF NOT EXISTS {name} ON {table} USING gin ({column} gin_trgm_ops)"))


def problems(session: Session) -> list[str]:
    if not _has_trigrams(session):
        return [MISSING]
    there = set(
        session.scalars(text("SELECT indexname FROM pg_indexes WHERE indexname LIKE 'search%trigrams'"))
    )
    wanted = {f"search_{kind.table}_{kind.column}_trigrams" for kind in KINDS.values()}
    missing = sorted({*wanted, "search_search_words_word_trigrams"} - there)
    return (
        [f"The search lacks its indexes {', '.join(missing)}: run `flask search rebuild`."] if missing else []
    )

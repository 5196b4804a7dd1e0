"""The index on SQLite: an FTS5 table for each kind, filled at the end of each unit of work.

Rows with keys above the kind's mark are new to it; of those below, `search_pending` has what changed since.
"""

import json
from collections.abc import Sequence

from sqlalchemy import Integer, Select, String, TableClause, column, func, literal_column, select, text
from sqlalchemy.orm import Session

from crm.index.kinds import KINDS, Groups, Kind, Memo, Wanted, trigrams
from crm.index.models import SearchMark, SearchPending

# Parts stand inside so many different words at most; the shortest words come first.
MOST_WORDS = 60
# Of more words that begin so the first three signs are asked for.
MOST_BEGUN = 120
# A list asks for all rows: of parts inside more words than this, reading the rows is quicker.
MOST_LISTED = 400


def beginning(session: Session, kind: Kind, groups: Groups, wanted: Wanted, memo: Memo) -> dict[int, str]:
    if not kind.by_words or kind.is_small:
        return containing(session, kind, groups, wanted, memo)
    match = _match(session, groups, memo, inside=False)
    return _found(session, kind, match, _compared(kind, groups, at_beginning=True), wanted.limit)


def containing(session: Session, kind: Kind, groups: Groups, wanted: Wanted, memo: Memo) -> dict[int, str]:
    if kind.is_small:
        return _read(session, kind, groups, wanted.limit)
    if kind.by_words:
        match = _match(session, groups, memo, inside=True)
    else:
        match = " AND ".join(f'"{three}"' for (word, *_others) in groups for three in trigrams(word))
    return _found(session, kind, match, _compared(kind, groups, at_beginning=False), wanted.limit)


def end(session: Session, memo: Memo) -> None:
    """Nothing was told to the planner."""


def _match(session: Session, groups: Groups, memo: Memo, *, inside: bool) -> str:
    """What FTS5 is asked for: of each group one word that begins so, or that has it inside."""
    asked = []
    for group in groups:
        terms = [term for word in group for term in _terms(session, word, memo, inside=inside)]
        if terms:
            asked.append(f"({' OR '.join(terms)})")
    return " AND ".join(asked)


def _terms(session: Session, word: str, memo: Memo, *, inside: bool) -> list[str]:
    """The terms that stand for a word; none for a single letter, which only the rows are asked about.

    Whole words are read as they go, and beginnings of two or three signs have an index of their own; FTS5
    gathers all rows of any other beginning before it gives the first, so the words are looked up here.
    """
    known = memo.terms.get((word, inside))
    if known is not None:
        return known
    if len(word) < 2:
        terms = []
    elif len(word) < 4:
        terms = [f'"{word}" *']
    else:
        begun = session.scalars(
            text("SELECT word FROM search_words WHERE word >= :word AND word < :end LIMIT :most"),
            {"word": word, "end": f"{word}\uffff", "most": MOST_BEGUN},
        ).all()
        terms = [f'"{other}"' for other in begun] or [f'"{word}" *']
        if len(begun) == MOST_BEGUN:
            terms = [f'"{word[:3]}" *']
    if inside:
        terms += [f'"{other}"' for other in _words_with(session, [word], MOST_WORDS)]
    memo.terms[word, inside] = terms
    return terms


def _compared(kind: Kind, groups: Groups, *, at_beginning: bool) -> tuple[str, dict[str, str]]:
    """The same asked of the row itself, with its parameters."""
    column = f"(' ' || t.{kind.column})" if kind.by_words else f"t.{kind.column}"
    asked, given = [], {}
    for place, group in enumerate(groups):
        parts = []
        for number, word in enumerate(group):
            name = f"w{place}_{number}"
            whole = kind.by_words and (at_beginning or len(word) < 3)
            given[name] = f"% {word}%" if whole else f"%{word}%"
            parts.append(f"{column} LIKE :{name}")
        asked.append(f"({' OR '.join(parts)})")
    if kind.has_bin:
        asked.append("t.binned_at IS NULL")
    return " AND ".join(asked), given


def _found(
    session: Session, kind: Kind, match: str, compared: tuple[str, dict[str, str]], limit: int
) -> dict[int, str]:
    if not match:
        return {}
    condition, given = compared
    statement = f"""
        SELECT id, words FROM (
            SELECT t.id, t.{kind.column} AS words
            FROM {kind.index} AS f CROSS JOIN {kind.table} AS t ON t.id = f.rowid
            WHERE f.{kind.index} MATCH :match AND {condition} ORDER BY f.rowid DESC LIMIT :most
        )
        UNION ALL
        SELECT id, words FROM (
            SELECT t.id, t.{kind.column} AS words
            FROM search_pending AS q CROSS JOIN {kind.table} AS t ON t.id = q.record_id
            WHERE q.kind = :kind AND {condition} ORDER BY t.id DESC LIMIT :most
        )
        UNION ALL
        SELECT id, words FROM (
            SELECT t.id, t.{kind.column} AS words FROM {kind.table} AS t
            WHERE t.id > {_MARK} AND {condition} ORDER BY t.id DESC LIMIT :most
        )
    """
    rows = session.execute(text(statement), {**given, "match": match, "kind": kind.table, "most": limit})
    return {row[0]: row[1] for row in rows}


def _read(session: Session, kind: Kind, groups: Groups, limit: int) -> dict[int, str]:
    """Read the whole of a small table: no index would be quicker."""
    condition, given = _compared(kind, groups, at_beginning=False)
    rows = f"SELECT t.id, t.{kind.column} FROM {kind.table} AS t WHERE {condition}"
    statement = f"{rows} ORDER BY t.id DESC LIMIT :most"
    return {row[0]: row[1] for row in session.execute(text(statement), {**given, "most": limit})}


def having(session: Session, kind: Kind, words: Sequence[str]) -> list[Select[int]]:
    """Keys of all rows that may have these parts of words; nothing of parts that very many words have.

    Of a word of more than forty signs only the beginning is known.
    """
    asked = []
    for word in words:
        like = _words_with(session, [word], MOST_LISTED + 1, at=1) if len(word) > 2 else []
        if len(word) > 2 and len(like) <= MOST_LISTED:
            asked.append("(" + " OR ".join([f'"{word}" *', *(f'"{other}"' for other in like)]) + ")")
    if not asked or not kind.by_words:
        return []
    index = literal_column(kind.index, String)
    found = select(literal_column("rowid", Integer)).select_from(TableClause(kind.index))
    changed = select(SearchPending.record_id).where(SearchPending.kind == kind.table)
    mark = select(SearchMark.upto).where(SearchMark.kind == kind.table).scalar_subquery()
    records = TableClause(kind.table, column("id", Integer))
    new = select(records.c.id).where(records.c.id > func.coalesce(mark, 0))
    return [found.where(index.op("MATCH")(" AND ".join(asked))), changed, new]


def _words_with(session: Session, group: Sequence[str], most: int, at: int = 2) -> list[str]:
    """Words that have one of these inside, from that sign on: the second, not at their beginning."""
    found: list[str] = []
    for part in group:
        if len(part) < 3:
            continue
        found += session.scalars(
            text(
                "SELECT w.word FROM search_spellings AS s CROSS JOIN search_words AS w ON w.id = s.rowid "
                "WHERE s.search_spellings MATCH :match AND instr(w.word, :part) >= :at "
                "ORDER BY length(w.word) LIMIT :most"
            ),
            {
                "match": " AND ".join(f'"{three}"' for three in trigrams(part)),
                "part": part,
                "most": most,
                "at": at,
            },
        )
    return found


def known(session: Session, words: Sequence[str]) -> list[str]:
    """Which of these some record has a word of, or a word that begins so."""
    # No letter comes after U+FFFF among the scripts in use.
    statement = """
        SELECT asked.value FROM json_each(:words) AS asked
        WHERE EXISTS (
            SELECT 1 FROM search_words AS w
            WHERE w.word >= asked.value AND w.word < asked.value || char(65535)
        )
    """
    return list(session.scalars(text(statement), {"words": json.dumps(words)}))


def similar(session: Session, word: str, limit: int) -> list[str]:
    """Words that share many of the word's trigrams, the nearest first."""
    shared = trigrams(word)
    ored = " OR ".join(f'"{three}"' for three in shared)
    rows = session.scalars(
        text(
            "SELECT w.word FROM search_spellings AS s CROSS JOIN search_words AS w ON w.id = s.rowid "
            "WHERE s.search_spellings MATCH :match AND length(w.word) BETWEEN :short AND :long LIMIT 4000"
        ),
        {"match": ored, "short": len(word) - 2, "long": len(word) + 2},
    )
    number_of = {found: sum(three in found for three in shared) for found in rows}
    return sorted(number_of, key=lambda found: -number_of[found])[:limit]


# Keeping it


_MARK = "coalesce((SELECT upto FROM search_marks WHERE kind = :kind), 0)"
_LATEST = " UNION ALL ".join(f"SELECT '{name}', max(id) FROM {name}" for name in KINDS)


def merge(session: Session) -> None:
    marks = {row[0]: row[1] for row in session.execute(text("SELECT kind, upto FROM search_marks"))}
    latest = {row[0]: row[1] or 0 for row in session.execute(text(_LATEST))}
    fresh = [name for name in KINDS if latest[name] > marks.get(name, 0)]
    changed = session.scalars(text("SELECT DISTINCT kind FROM search_pending")).all()
    if not fresh and not changed:
        return
    last = session.scalar(text("SELECT max(id) FROM search_words")) or 0
    for name in changed:
        for statement in _renewing(KINDS[name]):
            session.execute(text(statement), {"kind": name})
    for name in fresh:
        for statement in _adding(KINDS[name], f"FROM {name} AS t WHERE t.id > {_MARK}"):
            session.execute(text(statement), {"kind": name})
        mark(session, name, latest[name])
    session.execute(
        text(
            "INSERT INTO search_spellings (rowid, words) SELECT id, word FROM search_words WHERE id > :last"
        ),
        {"last": last},
    )
    session.execute(text("DELETE FROM search_pending"))


def mark(session: Session, name: str, upto: int) -> None:
    """Keep that the index has taken in the rows of the table up to that key."""
    setting = "INSERT OR REPLACE INTO search_marks (kind, upto) VALUES (:kind, :upto)"
    session.execute(text(setting), {"kind": name, "upto": upto})


def _renewing(kind: Kind) -> list[str]:
    """Take the words that the index knows of the pending rows out of it, and those that they have in."""
    pending = f"search_pending AS q CROSS JOIN {kind.table} AS t ON t.id = q.record_id"
    return [
        f"INSERT INTO {kind.index} ({kind.index}, rowid, words) SELECT 'delete', record_id, was "
        f"FROM search_pending WHERE kind = :kind AND was <> '' AND record_id <= {_MARK}",
        *_adding(kind, f"FROM {pending} WHERE q.kind = :kind AND t.id <= {_MARK}"),
    ]


def _adding(kind: Kind, source: str) -> list[str]:
    added = f"INSERT INTO {kind.index} (rowid, words) SELECT t.id, t.{kind.column} {source}"
    return [added, _learning(kind, source)] if kind.by_words else [added]


def _learning(kind: Kind, source: str) -> str:
    """Add the words that are new: those of three signs and more."""
    return (
        "INSERT INTO search_words (word) SELECT DISTINCT j.value FROM (SELECT t.search AS search "
        f"{source}) AS r CROSS JOIN json_each('[\"' || replace(r.search, ' ', '\",\"') || '\"]') AS j "
        "WHERE length(j.value) BETWEEN 3 AND 40 "
        "AND NOT EXISTS (SELECT 1 FROM search_words AS w WHERE w.word = j.value)"
    )


def rebuild(session: Session) -> None:
    for table in ("search_words", "search_pending", "search_marks"):
        session.execute(text(f"DELETE FROM {table}"))
    indexes = ("search_spellings", *(kind.index for kind in KINDS.values()))
    for index in indexes:
        session.execute(text(f"INSERT INTO {index} ({index}) VALUES ('delete-all')"))
    # Without marks, all rows are new.
    merge(session)
    for index in indexes:
        session.execute(text(f"INSERT INTO {index} ({index}) VALUES ('optimize')"))


# Takes a word out of those that typing errors are compared with.
UNSPELL = """
    INSERT INTO search_spellings (search_spellings, rowid, words)
    SELECT 'delete', id, word FROM search_words WHERE word = :word
"""


def triggers() -> set[str]:
    """The names of the triggers that the migration makes."""
    return {f"{kind.index}_{act}" for kind in KINDS.values() for act in ("made", "changed", "removed")}


def problems(session: Session) -> list[str]:
    there = set(session.scalars(text("SELECT name FROM sqlite_master WHERE type IN ('trigger', 'table')")))
    missing = sorted({*triggers(), *(kind.index for kind in KINDS.values()), "search_spellings"} - there)
    if not missing:
        return []
    return [f"The search index lacks {', '.join(missing)}: what changes is not found."]

"""The index on PostgreSQL: indexes over the columns themselves, by word and by trigram (`pg_trgm`)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from crm.index.kinds import KINDS, Groups, Kind, Memo, Wanted

MISSING = (
    "PostgreSQL lacks the extension pg_trgm: searching reads whole tables and forgives fewer typing errors. "
    "Install the server's contrib package, run CREATE EXTENSION pg_trgm in this database as its owner or a "
    "superuser, then `flask search rebuild`."
)

# What is found: records of any age, by the beginning of any word, however short or common. When the newest
# rows alone have enough of them, older ones are added only where they have the very words (the box shows a
# few, the lists show all). Parts inside words too; of exchanges, where very many words have the part, by some
# of these words: enough for a box that shows a few, for none of them is frequent among the newest.

# More words that begin so, or have it inside, are not asked for one by one.
MOST_WORDS = 150
NEWEST = 3_000
# Of the words that are too many or too short to be asked for, the index knows so many signs.
BEGUN = 3
SIGNS = "abcdefghijklmnopqrstuvwxyz0123456789"


def _words(column: str) -> str:
    """The words of a row, as the index has them."""
    return f"string_to_array(CAST({column} AS text), ' ')"


def _beginnings(column: str) -> str:
    """The first three signs of each of its words, as the index has them."""
    return f"string_to_array(regexp_replace(CAST({column} AS text), '(\\S{{1,3}})\\S*', '\\1', 'g'), ' ')"


# What the migrations make: name, table, what is indexed. Words and their beginnings are found among all rows;
# trigrams serve parts of words in short texts, and the words themselves.
INDEXES = (
    *(
        (f"search_{table}_begun", table, f"({_words('search')}), ({_beginnings('search')})")
        for table in ("people", "organisations", "interactions")
    ),
    *(
        (f"search_{table}_trigrams", table, f"{column} gin_trgm_ops")
        for table, column in (
            ("people", "search"),
            ("organisations", "search"),
            ("addresses", "email"),
            ("phones", "number"),
            ("search_words", "word"),
        )
    ),
)


def beginning(session: Session, kind: Kind, groups: Groups, wanted: Wanted, memo: Memo) -> dict[int, str]:
    if not kind.by_words or kind.is_small:
        return containing(session, kind, groups, wanted, memo)
    return _found(session, kind, groups, wanted, memo, inside=False)


def containing(session: Session, kind: Kind, groups: Groups, wanted: Wanted, memo: Memo) -> dict[int, str]:
    if kind.by_words and not kind.is_small:
        return _found(session, kind, groups, wanted, memo, inside=True)
    condition, given = _compared(kind, groups, inside=True)
    return _rows(session, kind, f"{kind.table} WHERE {condition} ORDER BY id DESC", given, wanted.limit)


def having(session: Session, kind: Kind, words: Sequence[str]) -> list[Select[int]]:
    """Nothing beforehand: comparing the rows goes by the trigrams."""
    return []


def end(session: Session, memo: Memo) -> None:
    """Leave the planner to itself again."""
    if memo.is_steered:
        session.execute(text("SET LOCAL enable_seqscan = on"))
        memo.is_steered = False


def _found(
    session: Session, kind: Kind, groups: Groups, wanted: Wanted, memo: Memo, *, inside: bool
) -> dict[int, str]:
    condition, given = _compared(kind, groups, inside=inside)
    # Common words stand in the newest rows already; the index would gather all the others first.
    newest = f"(SELECT * FROM {kind.table} ORDER BY id DESC LIMIT {NEWEST}) AS newest"
    found = _rows(session, kind, f"{newest} WHERE {condition} ORDER BY id DESC", given, wanted.limit)
    if len(found) >= wanted.enough:
        return found | _whole(session, kind, groups, found, (condition, given), wanted.limit, memo)
    # What the newest rows hardly have, few of the others have: all of them are asked for.
    asked: list[str] = []
    _look_up(session, [word for group in groups for word in group], memo, inside=inside)
    for place, group in enumerate(groups):
        terms, keys = _terms(kind, group, memo, inside=inside)
        if keys is not None:
            given[f"a{place}"] = keys
            asked.append(f"{terms} && CAST(:a{place} AS text[])")
            if not keys:
                return found
    if not asked and not kind.by_trigrams:
        some = [word for typed in groups[0] for word in memo.terms.get((typed, inside), ())]
        given["some"] = some
        asked.append(f"{_words(kind.column)} && CAST(:some AS text[])")
    return found | _indexed(session, kind, [*asked, condition], given, wanted.limit, memo)


def _terms(kind: Kind, group: Sequence[str], memo: Memo, *, inside: bool) -> tuple[str, list[str] | None]:
    """What the index is asked of a group: in which terms, and for which; None when it knows nothing."""
    like = [_words_like(word, memo, inside=inside) for word in group]
    if None not in like:
        return _words(kind.column), [word for words in like for word in words or ()]
    if inside and any(len(word) >= BEGUN for word in group):
        return "", None
    begun = (
        [word[:BEGUN]] if len(word) >= BEGUN else [*_short(word), *memo.terms[word, inside]] for word in group
    )
    return _beginnings(kind.column), list(dict.fromkeys(key for keys in begun for key in keys))


def _short(word: str) -> list[str]:
    """The words of one or two signs that begin so: of these no list is kept."""
    return [word, *(word + sign for sign in SIGNS)] if len(word) == 1 else [word]


def _whole(
    session: Session,
    kind: Kind,
    groups: Groups,
    found: dict[int, str],
    compared: tuple[str, dict[str, Any]],
    limit: int,
    memo: Memo,
) -> dict[int, str]:
    """Rows of any age with the very words, unless one was found: they are the best and few."""
    condition, given = compared
    typed = [group[0] for group in groups]
    if any(set(typed) <= set(text.split()) for text in found.values()):
        return {}
    asked = [f"{_words(kind.column)} @> CAST(:whole AS text[])", condition]
    return _indexed(session, kind, asked, {**given, "whole": typed}, limit, memo)


def _indexed(
    session: Session, kind: Kind, asked: Sequence[str], given: dict[str, Any], limit: int, memo: Memo
) -> dict[int, str]:
    """The rows by the indexes over words and trigrams, whatever the planner thinks of them."""
    if not memo.is_steered:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        memo.is_steered = True
    # Not `id` alone: its index would be followed through the whole table.
    source = f"{kind.table} WHERE {' AND '.join(asked)} ORDER BY id + 0 DESC"
    return _rows(session, kind, source, given, limit)


def _rows(session: Session, kind: Kind, source: str, given: dict[str, Any], limit: int) -> dict[int, str]:
    statement = f"SELECT id, {kind.column} FROM {source} LIMIT :most"
    return {row[0]: row[1] for row in session.execute(text(statement), {**given, "most": limit})}


def _compared(kind: Kind, groups: Groups, *, inside: bool) -> tuple[str, dict[str, Any]]:
    """What is asked of each row, with its parameters."""
    asked: list[str] = []
    given: dict[str, Any] = {}
    for place, group in enumerate(groups):
        parts: list[str] = []
        for number, word in enumerate(group):
            name = f"w{place}_{number}"
            if kind.by_words and (not inside or len(word) < 3):
                given[name], given[f"{name}_first"] = f"% {word}%", f"{word}%"
                parts.append(f"{kind.column} LIKE :{name} OR {kind.column} LIKE :{name}_first")
            else:
                given[name] = f"%{word}%"
                parts.append(f"{kind.column} LIKE :{name}")
        asked.append(f"({' OR '.join(parts)})")
    if kind.has_bin:
        asked.append("binned_at IS NULL")
    return " AND ".join(asked), given


def _look_up(session: Session, words: Sequence[str], memo: Memo, *, inside: bool) -> None:
    """Note, of all these at once, which words begin so or have them inside, up to a number of each.

    Of one or two signs what is noted are the beginnings of three that begin so; three are one themselves.
    """
    new = [
        word
        for word in dict.fromkeys(words)
        if (word, inside) not in memo.terms and (inside or len(word) != BEGUN)
    ]
    begins = 'k.word >= asked.word COLLATE "C" AND k.word < (asked.word || chr(65535)) COLLATE "C"'
    known = "k.word LIKE '%' || asked.word || '%'" if inside else begins
    for is_short, told, condition, most in (
        (False, "k.word", known, MOST_WORDS),
        (True, f"DISTINCT left(k.word, {BEGUN})", begins, None),
    ):
        some = [word for word in new if (len(word) < BEGUN) is is_short]
        if some:
            statement = f"""
                SELECT asked.word, array(SELECT {told} FROM search_words AS k WHERE {condition} LIMIT :most)
                FROM unnest(CAST(:words AS varchar[])) AS asked(word)
            """
            for word, like in session.execute(text(statement), {"words": some, "most": most}):
                memo.terms[word, inside] = like


def _words_like(word: str, memo: Memo, *, inside: bool) -> list[str] | None:
    """The words that begin so or have it inside; None when they are too many or too short to be known."""
    if len(word) < BEGUN or (len(word) == BEGUN and not inside):
        return None
    words = memo.terms[word, inside]
    return list(dict.fromkeys(words)) if len(words) < MOST_WORDS else None


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
    # Of a million exchanges it takes minutes.
    session.execute(text("SET LOCAL statement_timeout = 0"))
    session.execute(text("DELETE FROM search_words"))
    for kind in KINDS.values():
        if kind.by_words:
            session.execute(
                text(
                    "INSERT INTO search_words (word) SELECT DISTINCT w FROM "
                    f"{kind.table}, unnest(string_to_array({kind.column}, ' ')) AS w "
                    "WHERE length(w) BETWEEN 3 AND 40 "
                    "AND NOT EXISTS (SELECT 1 FROM search_words AS k WHERE k.word = w)"
                )
            )
    try:
        with session.begin_nested():
            session.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
    except DBAPIError:
        return
    for name, table, method in INDEXES:
        session.execute(text(f"CREATE INDEX IF NOT EXISTS {name} ON {table} USING gin ({method})"))


def problems(session: Session) -> list[str]:
    if not _has_trigrams(session):
        return [MISSING]
    rows = text("SELECT indexname FROM pg_indexes WHERE indexname LIKE 'search%'")
    missing = sorted({name for name, _table, _method in INDEXES} - set(session.scalars(rows)))
    return (
        [f"The search lacks its indexes {', '.join(missing)}: run `flask search rebuild`."] if missing else []
    )

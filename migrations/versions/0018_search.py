"""One index of everything that the search box finds.

SQLite: an FTS5 table for each kind of record, and triggers that note in `search_pending` what changed (the
application takes it into the index at the end of its unit of work). **A later migration that makes one of the
tables of KINDS anew (`batch_alter_table` does, unless it only adds columns) loses the table's triggers and must
make them again, with the statements of `_triggers`**; tests/search/test_index.py holds that they are there, and
`flask doctor` says when they are not.

PostgreSQL: indexes by word and by trigram. Where the extension `pg_trgm` cannot be made, the migration goes on without them:
searching works, more slowly, until `flask search rebuild` could make them; `flask doctor` says what is needed.
"""

import html
import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0018_search"
down_revision = "0017_roles_in_time"

WORDS = ("people", "organisations", "interactions", "events", "mailings", "kits")
KINDS = {**dict.fromkeys(WORDS, "search"), "addresses": "email", "phones": "number"}
TRIGRAMS = {
    "people": "search",
    "organisations": "search",
    "addresses": "email",
    "phones": "number",
    "search_words": "word",
}
LONGEST = 2_000


def upgrade() -> None:
    for table in ("interactions", "mailings"):
        op.add_column(table, sa.Column("search", sa.String(), nullable=False, server_default=""))
    op.create_table(
        "search_words",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("word", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_words")),
    )
    op.create_index("ix_search_words_word", "search_words", ["word"], unique=False)
    op.create_table(
        "search_pending",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("record_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("was", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "record_id", name=op.f("pk_search_pending")),
    )
    _fold_what_is_there()
    if op.get_bind().dialect.name == "sqlite":
        _sqlite()
    else:
        _postgresql()


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in (*KINDS, "spellings"):
            op.execute(f"DROP TABLE search_{name}")
        for table in KINDS:
            for act in ("made", "changed", "removed"):
                op.execute(f"DROP TRIGGER search_{table}_{act}")
    else:
        for table in TRIGRAMS:
            op.execute(f"DROP INDEX IF EXISTS search_{table}_trigrams")
        for table in ("people", "organisations", "interactions"):
            op.execute(f"DROP INDEX search_{table}_words")
        for table in WORDS:
            for act in ("made", "changed"):
                op.execute(f"DROP TRIGGER search_{table}_{act} ON {table}")
        op.execute("DROP FUNCTION search_learn()")
    op.drop_table("search_pending")
    op.drop_index("ix_search_words_word", table_name="search_words")
    op.drop_table("search_words")
    for table in ("mailings", "interactions"):
        op.drop_column(table, "search")


# SQLite


def _sqlite() -> None:
    for table, column in KINDS.items():
        by_words = table in WORDS
        tokens = "unicode61 remove_diacritics 0" if by_words else "trigram case_sensitive 1"
        prefixes = ", prefix='2 3'" if by_words else ""
        op.execute(
            f"CREATE VIRTUAL TABLE search_{table} USING "
            f"fts5(words, content='', columnsize=0, detail=none, tokenize='{tokens}'{prefixes})"
        )
        op.execute(f"INSERT INTO search_{table} (rowid, words) SELECT id, {column} FROM {table}")
        for statement in _triggers(table, column):
            op.execute(statement)
    op.execute(
        "CREATE VIRTUAL TABLE search_spellings USING "
        "fts5(words, content='', columnsize=0, detail=none, tokenize='trigram case_sensitive 1')"
    )
    for table in WORDS:
        op.execute(
            "INSERT INTO search_words (word) SELECT DISTINCT j.value FROM "
            f"{table} AS t CROSS JOIN json_each('[\"' || replace(t.search, ' ', '\",\"') || '\"]') AS j "
            "WHERE length(j.value) BETWEEN 3 AND 40 "
            "AND NOT EXISTS (SELECT 1 FROM search_words AS w WHERE w.word = j.value)"
        )
    op.execute("INSERT INTO search_spellings (rowid, words) SELECT id, word FROM search_words")


def _triggers(table: str, column: str) -> list[str]:
    """The three triggers of a table: each changed row is noted once, with the text that the index knows."""
    note = "INSERT OR IGNORE INTO search_pending (kind, record_id, was) VALUES"
    return [
        f"CREATE TRIGGER search_{table}_made AFTER INSERT ON {table} "
        f"BEGIN {note} ('{table}', new.id, NULL); END",
        f"CREATE TRIGGER search_{table}_changed AFTER UPDATE OF {column} ON {table} "
        f"WHEN old.{column} IS NOT new.{column} BEGIN {note} ('{table}', old.id, old.{column}); END",
        f"CREATE TRIGGER search_{table}_removed AFTER DELETE ON {table} "
        f"BEGIN {note} ('{table}', old.id, old.{column}); END",
    ]


# PostgreSQL


def _postgresql() -> None:
    op.execute(
        """
        CREATE FUNCTION search_learn() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            -- No unique word: two transactions that learn the same one do not wait for each other.
            INSERT INTO search_words (word)
            SELECT DISTINCT w FROM changed, unnest(string_to_array(changed.search, ' ')) AS w
            WHERE length(w) BETWEEN 3 AND 40
            AND NOT EXISTS (SELECT 1 FROM search_words AS k WHERE k.word = w);
            RETURN NULL;
        END $$
        """
    )
    for table in WORDS:
        op.execute(
            "INSERT INTO search_words (word) SELECT DISTINCT w FROM "
            f"{table} AS t, unnest(string_to_array(t.search, ' ')) AS w "
            "WHERE length(w) BETWEEN 3 AND 40 "
            "AND NOT EXISTS (SELECT 1 FROM search_words AS k WHERE k.word = w)"
        )
        for act, when in (("made", "INSERT"), ("changed", "UPDATE")):
            op.execute(
                f"CREATE TRIGGER search_{table}_{act} AFTER {when} ON {table} "
                "REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION search_learn()"
            )
    for table in ("people", "organisations", "interactions"):
        op.execute(
            f"CREATE INDEX search_{table}_words ON {table} "
            "USING gin (string_to_array(CAST(search AS text), ' '))"
        )
    try:
        with op.get_bind().begin_nested():
            op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except sa.exc.DBAPIError:
        return
    for table, column in TRIGRAMS.items():
        op.execute(f"CREATE INDEX search_{table}_trigrams ON {table} USING gin ({column} gin_trgm_ops)")


# What was written before its words were kept


def _fold_what_is_there() -> None:
    connection = op.get_bind()
    for table, columns in (("interactions", "title, body"), ("mailings", "subject_fr, subject_en")):
        last = 0
        while rows := connection.execute(
            sa.text(f"SELECT id, {columns} FROM {table} WHERE id > :last ORDER BY id LIMIT 1000"), {"last": last}
        ).all():
            connection.execute(
                sa.text(f"UPDATE {table} SET search = :search WHERE id = :key"),
                [{"key": row[0], "search": _folded(" ".join(map(str, row[1:])))} for row in rows],
            )
            last = rows[-1][0]


def _folded(text: str) -> str:
    bare = html.unescape(re.sub(r"<[^>]*>", " ", text)).lower()
    apart = unicodedata.normalize("NFKD", bare.translate(str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss"})))
    bare = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return re.sub(r"[\W_]+", " ", bare).strip()[:LONGEST]

"""On PostgreSQL the index of words also knows the first three signs of each.

Very short words, and those that very many words begin with, were looked for among the newest records alone.
SQLite's index has such beginnings already.
"""

from alembic import op

revision = "0027_search_by_beginnings"
down_revision = "0026_search_marks"

TABLES = ("people", "organisations", "interactions")
WORDS = "string_to_array(CAST(search AS text), ' ')"
BEGINNINGS = r"string_to_array(regexp_replace(CAST(search AS text), '(\S{1,3})\S*', '\1', 'g'), ' ')"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in TABLES:
        op.execute(f"DROP INDEX IF EXISTS search_{table}_words")
        op.execute(f"CREATE INDEX search_{table}_begun ON {table} USING gin (({WORDS}), ({BEGINNINGS}))")


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in TABLES:
        op.execute(f"DROP INDEX search_{table}_begun")
        op.execute(f"CREATE INDEX search_{table}_words ON {table} USING gin ({WORDS})")

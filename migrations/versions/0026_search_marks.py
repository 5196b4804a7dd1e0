"""On SQLite the search index keeps, for each kind of record, up to which key it has taken them in.

Rows above the mark are new to the index: bulk inserts note nothing row by row. The triggers of
0018_search are made again, so that they note only rows that the index knows. **A later migration that makes
one of the tables of KINDS anew makes its triggers again with the statements of `_triggers` below.**
"""

import sqlalchemy as sa
from alembic import op

revision = "0026_search_marks"
down_revision = "0025_programme_series_templates"

WORDS = ("people", "organisations", "interactions", "events", "mailings", "kits", "bodies")
KINDS = {**dict.fromkeys(WORDS, "search"), "addresses": "email", "phones": "number"}


def upgrade() -> None:
    op.create_table(
        "search_marks",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("upto", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_search_marks")),
    )
    if op.get_bind().dialect.name != "sqlite":
        return
    for table, column in KINDS.items():
        # What waits in `search_pending` is below the mark, and is taken in from there as before.
        op.execute(f"INSERT INTO search_marks (kind, upto) SELECT '{table}', coalesce(max(id), 0) FROM {table}")
        _drop_triggers(table)
        for statement in _triggers(table, column):
            op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table, column in KINDS.items():
            op.execute(
                "INSERT OR IGNORE INTO search_pending (kind, record_id, was) "
                f"SELECT '{table}', t.id, NULL FROM {table} AS t WHERE NOT {_is_known('t', table)}"
            )
            _drop_triggers(table)
            for statement in _triggers(table, column):
                op.execute(statement.replace(_is_known("new", table), "1").replace(_is_known("old", table), "1"))
    op.drop_table("search_marks")


def _drop_triggers(table: str) -> None:
    for act in ("made", "changed", "removed"):
        op.execute(f"DROP TRIGGER IF EXISTS search_{table}_{act}")


def _triggers(table: str, column: str) -> list[str]:
    """The three triggers of a table: each row that the index knows is noted once, with the text it knows."""
    note = "INSERT OR IGNORE INTO search_pending (kind, record_id, was) VALUES"
    return [
        f"CREATE TRIGGER search_{table}_made AFTER INSERT ON {table} "
        f"WHEN {_is_known('new', table)} BEGIN {note} ('{table}', new.id, NULL); END",
        f"CREATE TRIGGER search_{table}_changed AFTER UPDATE OF {column} ON {table} "
        f"WHEN old.{column} IS NOT new.{column} AND {_is_known('old', table)} "
        f"BEGIN {note} ('{table}', old.id, old.{column}); END",
        f"CREATE TRIGGER search_{table}_removed AFTER DELETE ON {table} "
        f"WHEN {_is_known('old', table)} BEGIN {note} ('{table}', old.id, old.{column}); END",
    ]


def _is_known(row: str, table: str) -> str:
    return f"{row}.id <= (SELECT upto FROM search_marks WHERE kind = '{table}')"

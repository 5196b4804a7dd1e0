"""Merged records, pairs that may be one, and pairs that are not the same.

A record that was merged into another stays as a row in the bin and names the one it became. On
SQLite the column is added in place: making the table anew would empty those that hang on it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010_merging"
down_revision = "0009_imports_can_be_undone"

OPEN = sa.text("settled_at IS NULL")


def upgrade() -> None:
    for table in ("people", "organisations"):
        name = f"fk_{table}_merged_into_id_{table}"
        if op.get_bind().dialect.name == "sqlite":
            op.execute(
                f"ALTER TABLE {table} ADD COLUMN merged_into_id INTEGER CONSTRAINT {name} REFERENCES {table} (id)"
            )
        else:
            op.add_column(table, sa.Column("merged_into_id", sa.Integer(), nullable=True))
            op.create_foreign_key(name, table, table, ["merged_into_id"], ["id"])
        op.create_index(f"ix_{table}_merged_into_id", table, ["merged_into_id"])
    op.create_index("ix_phones_number", "phones", ["number"])
    op.create_table(
        "merges",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("kept_id", sa.Integer(), nullable=False),
        sa.Column("gone_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("snapshot", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(), nullable=True),
        sa.Column("left", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_merges"),
    )
    op.create_index("ix_merges_kind_kept_id", "merges", ["kind", "kept_id"])
    op.create_index("ix_merges_kind_gone_id", "merges", ["kind", "gone_id"])
    op.create_table(
        "former_tokens",
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("merge_id", sa.Integer(), nullable=False),
        sa.Column("of", sa.String(), nullable=False),
        sa.Column("now_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["merge_id"], ["merges.id"], name="fk_former_tokens_merge_id_merges"),
        sa.PrimaryKeyConstraint("token", name="pk_former_tokens"),
    )
    op.create_index("ix_former_tokens_merge_id", "former_tokens", ["merge_id"])
    op.create_table(
        "pairs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("one_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("strength", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_pairs"),
        sa.UniqueConstraint("kind", "one_id", "other_id", name="uq_pairs_kind_one_id_other_id"),
    )
    op.create_index(
        "ix_pairs_of_open", "pairs", ["kind", "strength", "id"], sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.create_table(
        "scans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_scans"),
    )
    op.create_index("ix_scans_kind", "scans", ["kind"])


def downgrade() -> None:
    for table in ("scans", "pairs", "former_tokens", "merges"):
        op.drop_table(table)
    op.drop_index("ix_phones_number", table_name="phones")
    for table in ("organisations", "people"):
        op.drop_index(f"ix_{table}_merged_into_id", table_name=table)
        if op.get_bind().dialect.name != "sqlite":
            op.drop_constraint(f"fk_{table}_merged_into_id_{table}", table, type_="foreignkey")
        op.execute(f"ALTER TABLE {table} DROP COLUMN merged_into_id")

"""The bin is read by when something was put there, each kind of record by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0016_bin_and_history"
down_revision = "0015_interactions_in_full"

TABLES = ("organisations", "people", "interactions")


def upgrade() -> None:
    binned = sa.text("binned_at IS NOT NULL")
    for table in TABLES:
        op.create_index(
            f"ix_{table}_of_binned",
            table,
            ["binned_at", "id"],
            sqlite_where=binned,
            postgresql_where=binned,
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_index(f"ix_{table}_of_binned", table_name=table)

"""Indexes that bulk writes paid for and no query needed.

What a record was merged into and who succeeds a role is told of a few: only those are indexed. Roles of an
organisation are found by the index that also has their last day.
"""

import sqlalchemy as sa
from alembic import op

revision = "0041_lighter_indexes"
down_revision = "0040_subscription_forms"

SELDOM_TOLD = (("people", "merged_into_id"), ("organisations", "merged_into_id"), ("roles", "succeeded_by_id"))


def upgrade() -> None:
    op.drop_index("ix_roles_organisation_id", table_name="roles")
    for table, column in SELDOM_TOLD:
        told = sa.text(f"{column} IS NOT NULL")
        op.drop_index(f"ix_{table}_{column}", table_name=table)
        op.create_index(f"ix_{table}_{column}", table, [column], sqlite_where=told, postgresql_where=told)


def downgrade() -> None:
    for table, column in SELDOM_TOLD:
        op.drop_index(f"ix_{table}_{column}", table_name=table)
        op.create_index(f"ix_{table}_{column}", table, [column])
    op.create_index("ix_roles_organisation_id", "roles", ["organisation_id"])

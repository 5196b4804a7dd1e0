"""Addresses that were erased at their owner's wish: since when; a seal stands in place of the address."""

import sqlalchemy as sa
from alembic import op

revision = "0050_erased_addresses"
down_revision = "0049_names_let_go"


def upgrade() -> None:
    op.add_column("addresses", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    some = sa.text("erased_at IS NOT NULL")
    op.create_index(
        "ix_addresses_erased_at", "addresses", ["erased_at"], sqlite_where=some, postgresql_where=some
    )


def downgrade() -> None:
    op.drop_index("ix_addresses_erased_at", table_name="addresses")
    op.drop_column("addresses", "erased_at")

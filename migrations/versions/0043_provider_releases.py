"""Holds that were lifted, and of which the provider is to be told."""

import sqlalchemy as sa
from alembic import op

revision = "0043_provider_releases"
down_revision = "0042_kept_messages"


def upgrade() -> None:
    op.create_table(
        "provider_releases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("said", sa.String(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["address_id"], ["addresses.id"], name=op.f("fk_provider_releases_address_id_addresses")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_releases")),
    )
    op.create_index(op.f("ix_provider_releases_address_id"), "provider_releases", ["address_id"])
    op.create_index(op.f("ix_provider_releases_done_at"), "provider_releases", ["done_at"])


def downgrade() -> None:
    op.drop_table("provider_releases")

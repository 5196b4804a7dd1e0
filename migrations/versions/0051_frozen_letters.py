"""The letter of each mailing as it left, in each of its languages."""

import sqlalchemy as sa
from alembic import op

revision = "0051_frozen_letters"
down_revision = "0050_erased_addresses"


def upgrade() -> None:
    op.create_table(
        "mailing_letters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mailing_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("cut", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mailing_id"],
            ["mailings.id"],
            name=op.f("fk_mailing_letters_mailing_id_mailings"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing_letters")),
        sa.UniqueConstraint("mailing_id", "language", name=op.f("uq_mailing_letters_mailing_id_language")),
    )


def downgrade() -> None:
    op.drop_table("mailing_letters")

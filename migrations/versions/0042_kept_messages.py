"""The bytes of each message as it left, kept for a set time: what its dispatch has in common apart."""

import sqlalchemy as sa
from alembic import op

revision = "0042_kept_messages"
down_revision = "0041_lighter_indexes"


def upgrade() -> None:
    op.create_table(
        "kept_forms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dispatch_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dispatch_id"], ["dispatches.id"], name=op.f("fk_kept_forms_dispatch_id_dispatches")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_forms")),
    )
    op.create_index(
        "ix_kept_forms_dispatch_id_kind_language", "kept_forms", ["dispatch_id", "kind", "language"]
    )
    op.create_table(
        "kept_messages",
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.Integer(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["deliveries.id"],
            name=op.f("fk_kept_messages_delivery_id_deliveries"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["form_id"], ["kept_forms.id"], name=op.f("fk_kept_messages_form_id_kept_forms")
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_kept_messages")),
    )
    op.create_index(op.f("ix_kept_messages_form_id"), "kept_messages", ["form_id"])
    op.create_index(op.f("ix_kept_messages_at"), "kept_messages", ["at"])


def downgrade() -> None:
    op.drop_table("kept_messages")
    op.drop_table("kept_forms")

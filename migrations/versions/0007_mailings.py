"""Mailings."""

import sqlalchemy as sa
from alembic import op

revision = "0007_mailings"
down_revision = "0006_events"


def upgrade() -> None:
    op.create_table(
        "mailings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "service",
                "invitation",
                "newsletter",
                "mobilisation",
                name="purpose",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft", "scheduled", "left", "cancelled", name="mailingstate", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("subject_fr", sa.String(), nullable=False),
        sa.Column("body_fr", sa.String(), nullable=False),
        sa.Column("subject_en", sa.String(), nullable=False),
        sa.Column("body_en", sa.String(), nullable=False),
        sa.Column("audience", sa.String(), nullable=True),
        sa.Column("subject_ref", sa.String(), nullable=True),
        sa.Column("leaves_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dispatch_id", sa.Integer(), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["accounts.id"], name=op.f("fk_mailings_created_by_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["dispatch_id"], ["dispatches.id"], name=op.f("fk_mailings_dispatch_id_dispatches")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailings")),
    )
    op.create_index(op.f("ix_mailings_leaves_at"), "mailings", ["leaves_at"], unique=False)
    op.create_index(op.f("ix_mailings_subject_ref"), "mailings", ["subject_ref"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_mailings_subject_ref"), table_name="mailings")
    op.drop_index(op.f("ix_mailings_leaves_at"), table_name="mailings")
    op.drop_table("mailings")

"""Acts on many records at once, which can be undone."""

import sqlalchemy as sa
from alembic import op

revision = "0013_bulk_acts"
down_revision = "0012_own_fields"


def upgrade() -> None:
    op.create_table(
        "bulk_acts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("of", sa.String(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("chosen", sa.String(), nullable=False),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "asked",
                "running",
                "done",
                "stopped",
                "undo_asked",
                "undoing",
                "undone",
                name="bulkstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("undone", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_acts")),
    )
    op.create_index(op.f("ix_bulk_acts_state"), "bulk_acts", ["state"], unique=False)
    op.create_table(
        "bulk_rows",
        sa.Column("bulk_act_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("asked", "done", "left", "undone", "kept", name="rowstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("before", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["bulk_act_id"],
            ["bulk_acts.id"],
            name=op.f("fk_bulk_rows_bulk_act_id_bulk_acts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("bulk_act_id", "record_id", name=op.f("pk_bulk_rows")),
    )
    op.create_index(
        "ix_bulk_rows_bulk_act_id_state", "bulk_rows", ["bulk_act_id", "state", "record_id"], unique=False
    )


def downgrade() -> None:
    op.drop_table("bulk_rows")
    op.drop_table("bulk_acts")

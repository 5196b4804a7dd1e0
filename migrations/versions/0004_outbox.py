"""The outbox: what leaves together, and one row for each message."""

import sqlalchemy as sa
from alembic import op

revision = "0004_outbox"
down_revision = "0003_directory"


def upgrade() -> None:
    op.create_table(
        "channels",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("rests_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("needs_person", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("said", sa.String(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_channels")),
    )
    op.create_table(
        "dispatches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
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
            sa.Enum("leaving", "paused", "cancelled", name="dispatchstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("pause_reason", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatches")),
    )
    op.create_index(op.f("ix_dispatches_subject"), "dispatches", ["subject"], unique=False)
    op.create_table(
        "workers",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_workers")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dispatch_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
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
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("stamp", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "sending",
                "accepted",
                "delivered",
                "bounced",
                "failed",
                "uncertain",
                "suppressed",
                "cancelled",
                name="deliverystate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("said", sa.String(), nullable=True),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["address_id"], ["addresses.id"], name=op.f("fk_deliveries_address_id_addresses")
        ),
        sa.ForeignKeyConstraint(
            ["dispatch_id"], ["dispatches.id"], name=op.f("fk_deliveries_dispatch_id_dispatches")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_deliveries_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint(
            "kind",
            "subject_id",
            "address_id",
            "sequence",
            name=op.f("uq_deliveries_kind_subject_id_address_id_sequence"),
        ),
        sa.UniqueConstraint("message_id", name=op.f("uq_deliveries_message_id")),
        sa.UniqueConstraint("token", name=op.f("uq_deliveries_token")),
    )
    op.create_index(op.f("ix_deliveries_address_id"), "deliveries", ["address_id"], unique=False)
    op.create_index(
        "ix_deliveries_dispatch_id_state",
        "deliveries",
        ["dispatch_id", "state", "not_before", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_deliveries_person_id"), "deliveries", ["person_id"], unique=False)
    op.create_index("ix_deliveries_state_lease_until", "deliveries", ["state", "lease_until"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_deliveries_state_lease_until", table_name="deliveries")
    op.drop_index(op.f("ix_deliveries_person_id"), table_name="deliveries")
    op.drop_index("ix_deliveries_dispatch_id_state", table_name="deliveries")
    op.drop_index(op.f("ix_deliveries_address_id"), table_name="deliveries")
    op.drop_table("deliveries")
    op.drop_table("workers")
    op.drop_index(op.f("ix_dispatches_subject"), table_name="dispatches")
    op.drop_table("dispatches")
    op.drop_table("channels")

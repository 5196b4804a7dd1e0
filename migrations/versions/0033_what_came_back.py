"""What came back of mail that left, as servers and the provider told it; and how fast mail may leave."""

import sqlalchemy as sa
from alembic import op

revision = "0033_what_came_back"
down_revision = "0032_platform_files"

KINDS = ("hard", "blocked", "permanent", "transient", "unknown", "complaint")


def upgrade() -> None:
    op.create_table(
        "buckets",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("tokens", sa.Double(), nullable=False),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_buckets"),
    )
    op.create_table(
        "reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column(
            "source",
            sa.Enum("mail", "webhook", "lists", name="reportsource", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("came_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reports"),
        sa.UniqueConstraint("key", name="uq_reports_key"),
    )
    op.create_index("ix_reports_came_at", "reports", ["came_at"])
    op.create_table(
        "bounces",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=True),
        sa.Column("address_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind", sa.Enum(*KINDS, name="bouncekind", native_enum=False, length=32), nullable=False
        ),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="fk_bounces_report_id_reports"),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name="fk_bounces_delivery_id_deliveries"),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], name="fk_bounces_address_id_addresses"),
        sa.PrimaryKeyConstraint("id", name="pk_bounces"),
    )
    op.create_index("ix_bounces_report_id", "bounces", ["report_id"])
    op.create_index("ix_bounces_delivery_id", "bounces", ["delivery_id"])
    op.create_index("ix_bounces_address_id_id", "bounces", ["address_id", "id"])
    op.create_table(
        "provider_events",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_provider_events"),
    )
    op.create_index("ix_provider_events_at", "provider_events", ["at"])
    op.create_index("ix_deliveries_provider_id", "deliveries", ["provider_id"])
    for name in ("lists_read_at", "lists_tried_at"):
        op.add_column("channels", sa.Column(name, sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for name in ("lists_read_at", "lists_tried_at"):
        op.drop_column("channels", name)
    op.drop_index("ix_deliveries_provider_id", "deliveries")
    for table in ("provider_events", "bounces", "reports", "buckets"):
        op.drop_table(table)

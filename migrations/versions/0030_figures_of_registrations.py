"""What an event's page counts of its registrations is counted from an index alone."""

from alembic import op

revision = "0030_figures_of_registrations"
down_revision = "0029_answers_are_found"


def upgrade() -> None:
    op.create_index("ix_registrations_figures", "registrations", ["event_id", "seat", "mode", "attendance"])


def downgrade() -> None:
    op.drop_index("ix_registrations_figures", table_name="registrations")

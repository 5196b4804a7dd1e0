"""Doors count who is in after each arrival: from indexes alone, also with tens of thousands registered."""

from alembic import op

revision = "0031_counting_at_doors"
down_revision = "0030_figures_of_registrations"


def upgrade() -> None:
    op.create_index(
        "ix_registrations_event_id_attendance_seat", "registrations", ["event_id", "attendance", "seat"]
    )
    op.create_index("ix_passages_event_id_act_day", "passages", ["event_id", "act", "day"])


def downgrade() -> None:
    op.drop_index("ix_passages_event_id_act_day", table_name="passages")
    op.drop_index("ix_registrations_event_id_attendance_seat", table_name="registrations")

"""Whom one means to invite to an event, chosen beforehand: nobody is written to until they are sent."""

import sqlalchemy as sa
from alembic import op

revision = "0044_prepared_invitations"
down_revision = "0043_provider_releases"


def upgrade() -> None:
    op.create_table(
        "prepared_invitations",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("prepared_by", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_prepared_invitations_event_id_events")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_prepared_invitations_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prepared_invitations")),
        sa.UniqueConstraint("event_id", "person_id", name=op.f("uq_prepared_invitations_event_id_person_id")),
    )
    op.create_index(op.f("ix_prepared_invitations_person_id"), "prepared_invitations", ["person_id"])


def downgrade() -> None:
    op.drop_table("prepared_invitations")

"""Partnerships by stage, agreements, what goes cold."""

revision = "0014_partnerships"
down_revision = "0013_bulk_acts"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass

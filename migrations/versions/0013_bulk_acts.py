"""Acts on many records at once, which can be undone."""

revision = "0013_bulk_acts"
down_revision = "0012_own_fields"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass

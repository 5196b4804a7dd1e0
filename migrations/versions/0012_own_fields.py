"""Fields that the association adds to people and organisations."""

revision = "0012_own_fields"
down_revision = "0011_saved_views"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass

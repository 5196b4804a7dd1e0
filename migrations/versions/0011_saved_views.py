"""Views of people and organisations, saved under a name."""

revision = "0011_saved_views"
down_revision = "0010_merging"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass

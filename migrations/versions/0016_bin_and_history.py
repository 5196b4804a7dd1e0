"""What the bin and the history of records keep."""

revision = "0016_bin_and_history"
down_revision = "0015_interactions_in_full"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass

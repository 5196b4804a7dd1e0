"""Who takes over from whom."""

revision = "0017_roles_in_time"
down_revision = "0016_bin_and_history"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass

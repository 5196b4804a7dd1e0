"""Merged records, pairs that may be one, and pairs that are not the same."""

revision = "0010_merging"
down_revision = "0009_imports_can_be_undone"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass

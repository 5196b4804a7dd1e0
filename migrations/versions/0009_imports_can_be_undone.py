"""What an import did to each record, so that it can be undone."""

revision = "0009_imports_can_be_undone"
down_revision = "0008_kits"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass

"""One index of everything that the search box finds."""

revision = "0018_search"
down_revision = "0017_roles_in_time"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass

"""Follow-ups that repeat, mentions, quotes, mail filed with an organisation."""

revision = "0015_interactions_in_full"
down_revision = "0014_partnerships"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass

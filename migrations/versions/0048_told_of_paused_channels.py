"""When administrators were told by another way that the mail provider refuses our account."""

import sqlalchemy as sa
from alembic import op

revision = "0048_told_of_paused_channels"
down_revision = "0047_places_of_domains"


def upgrade() -> None:
    op.add_column("channels", sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("channels", "noticed_at")

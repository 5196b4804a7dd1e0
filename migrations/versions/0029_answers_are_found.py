"""What people type into a registration form is found by its words."""

import sqlalchemy as sa
from alembic import op

revision = "0029_answers_are_found"
down_revision = "0028_readers_of_kits"


def upgrade() -> None:
    op.add_column("event_answers", sa.Column("folded", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("event_answers", "folded")

"""How many people a mailing left out, and why, for when their names are let go."""

import sqlalchemy as sa
from alembic import op

revision = "0049_names_let_go"
down_revision = "0048_told_of_paused_channels"


def upgrade() -> None:
    op.add_column("mailings", sa.Column("let_go", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("mailings", "let_go")

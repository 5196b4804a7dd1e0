"""Logos that organisations give with their signature of a kit, with who allowed to show them and when."""

import sqlalchemy as sa
from alembic import op

revision = "0046_logos_of_signatures"
down_revision = "0045_counted_links"

TABLES = ("cosignatories", "kit_signings")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("logo", sa.String(), nullable=True))
        op.add_column(table, sa.Column("logo_width", sa.Integer(), server_default="0", nullable=False))
        op.add_column(table, sa.Column("logo_height", sa.Integer(), server_default="0", nullable=False))
        op.add_column(table, sa.Column("logo_alt", sa.String(), server_default="", nullable=False))
        op.add_column(table, sa.Column("logo_allowed_by", sa.String(), server_default="", nullable=False))
        op.add_column(table, sa.Column("logo_allowed_on", sa.Date(), nullable=True))


def downgrade() -> None:
    for table in TABLES:
        for name in ("allowed_on", "allowed_by", "alt", "height", "width"):
            op.drop_column(table, f"logo_{name}")
        op.drop_column(table, "logo")

"""Each export says what it was for, a signed one by which digest it is known; columns are kept under a name."""

import sqlalchemy as sa
from alembic import op

revision = "0034_exports_for_a_purpose"
down_revision = "0033_what_came_back"


def upgrade() -> None:
    op.add_column("exports", sa.Column("purpose", sa.String(), server_default="", nullable=False))
    op.add_column("exports", sa.Column("digest", sa.String(), nullable=True))
    op.create_table(
        "column_sets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_column_sets")),
        sa.UniqueConstraint("name", name=op.f("uq_column_sets_name")),
    )


def downgrade() -> None:
    op.drop_table("column_sets")
    with op.batch_alter_table("exports") as exports:
        exports.drop_column("digest")
        exports.drop_column("purpose")

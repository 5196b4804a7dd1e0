"""People who were erased for good: their row stays, empty, and who did it, when and why is written down."""

import sqlalchemy as sa
from alembic import op

revision = "0052_erased_people"
down_revision = "0051_frozen_letters"


def upgrade() -> None:
    op.add_column("people", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    some = sa.text("erased_at IS NOT NULL")
    op.create_index(
        "ix_people_erased_at", "people", ["erased_at"], sqlite_where=some, postgresql_where=some
    )
    op.create_table(
        "erasures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("leavings", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_erasures_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
        sa.UniqueConstraint("person_id", name=op.f("uq_erasures_person_id")),
    )


def downgrade() -> None:
    op.drop_table("erasures")
    op.drop_index("ix_people_erased_at", table_name="people")
    op.drop_column("people", "erased_at")

"""Places at which workers write to one domain at the same time, shared by all of them."""

import sqlalchemy as sa
from alembic import op

revision = "0047_places_of_domains"
down_revision = "0046_logos_of_signatures"


def upgrade() -> None:
    op.create_table(
        "domain_places",
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("domain", "slot", name=op.f("pk_domain_places")),
    )
    op.create_index(op.f("ix_domain_places_worker"), "domain_places", ["worker"])


def downgrade() -> None:
    op.drop_table("domain_places")

"""Deputies and senators as the chambers publish them, the files they come from, and which commune votes where."""

import sqlalchemy as sa
from alembic import op

revision = "0023_parliament"
down_revision = "0022_places"

CHAMBER = sa.Enum("assembly", "senate", name="chamber", native_enum=False, length=32)


def upgrade() -> None:
    op.create_table(
        "roster_loads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stored_as", sa.String(), nullable=False),
        sa.Column("chamber", CHAMBER, nullable=True),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("licence", sa.String(), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=True),
        sa.Column("legislature", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("checked", "taken", name="loadstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_loads")),
    )
    op.create_table(
        "parliamentarians",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("chamber", CHAMBER, nullable=False),
        sa.Column("source_key", sa.String(), nullable=False),
        sa.Column("civility", sa.String(), nullable=False),
        sa.Column("given_name", sa.String(), nullable=False),
        sa.Column("family_name", sa.String(), nullable=False),
        sa.Column("sort", sa.String(), nullable=False),
        sa.Column("search", sa.String(), nullable=False),
        sa.Column("seat", sa.String(), nullable=False),
        sa.Column("group", sa.String(), nullable=False),
        sa.Column("group_name", sa.String(), nullable=False),
        sa.Column("committee", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("website", sa.String(), nullable=False),
        sa.Column("began_on", sa.Date(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("is_invented", sa.Boolean(), nullable=False),
        sa.Column("load_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["load_id"], ["roster_loads.id"], name=op.f("fk_parliamentarians_load_id_roster_loads")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parliamentarians")),
        sa.UniqueConstraint("chamber", "source_key", name=op.f("uq_parliamentarians_chamber_source_key")),
    )
    op.create_index(op.f("ix_parliamentarians_load_id"), "parliamentarians", ["load_id"])
    op.create_index("ix_parliamentarians_seat_left_on", "parliamentarians", ["seat", "left_on"])
    op.create_index("ix_parliamentarians_sort_id", "parliamentarians", ["sort", "id"])
    op.create_table(
        "commune_seats",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("commune", sa.String(), nullable=False),
        sa.Column("constituency", sa.String(), nullable=False),
        sa.Column("is_partial", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commune_seats")),
        sa.UniqueConstraint(
            "commune", "constituency", name=op.f("uq_commune_seats_commune_constituency")
        ),
    )
    op.create_index(op.f("ix_commune_seats_constituency"), "commune_seats", ["constituency"])


def downgrade() -> None:
    op.drop_table("commune_seats")
    op.drop_table("parliamentarians")
    op.drop_table("roster_loads")

"""The official reference of territories."""

import sqlalchemy as sa
from alembic import op

revision = "0002_territories"
down_revision = "0001_accounts_and_association"


def upgrade() -> None:
    op.create_table(
        "reference_loads",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("updated", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("ended", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference_loads")),
    )
    op.create_table(
        "territories",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "region",
                "department",
                "collectivity",
                "epci",
                "commune",
                name="territorykind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("search", sa.String(), nullable=False),
        sa.Column("nature", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("siren", sa.String(), nullable=True),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("postcodes", sa.String(), nullable=False),
        sa.Column("other_codes", sa.String(), nullable=False),
        sa.Column("region_code", sa.String(), nullable=True),
        sa.Column("department_code", sa.String(), nullable=True),
        sa.Column("epci_code", sa.String(), nullable=True),
        sa.Column("ept_code", sa.String(), nullable=True),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_territories")),
        sa.UniqueConstraint("kind", "code", name=op.f("uq_territories_kind_code")),
    )
    op.create_index(
        op.f("ix_territories_department_code"),
        "territories",
        ["department_code"],
        unique=False,
    )
    op.create_index(
        op.f("ix_territories_epci_code"), "territories", ["epci_code"], unique=False
    )
    op.create_index(
        "ix_territories_kind_name_key",
        "territories",
        ["kind", "name_key"],
        unique=False,
    )
    op.create_index(
        op.f("ix_territories_siren"), "territories", ["siren"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_territories_siren"), table_name="territories")
    op.drop_index("ix_territories_kind_name_key", table_name="territories")
    op.drop_index(op.f("ix_territories_epci_code"), table_name="territories")
    op.drop_index(op.f("ix_territories_department_code"), table_name="territories")
    op.drop_table("territories")
    op.drop_table("reference_loads")

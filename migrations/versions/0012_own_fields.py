"""Fields that the association adds to people and organisations."""

import sqlalchemy as sa
from alembic import op

revision = "0012_own_fields"
down_revision = "0011_saved_views"


def upgrade() -> None:
    op.create_table(
        "own_fields",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("of", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "text", "number", "date", "choice", "yes_no", name="ownkind", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("name_fr", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_archived", sa.Boolean(), nullable=False),
        sa.Column("binned_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_own_fields")),
        sa.UniqueConstraint("of", "key", name=op.f("uq_own_fields_of_key")),
    )
    op.create_table(
        "organisation_values",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("folded", sa.String(), nullable=True),
        sa.Column("number", sa.Float(precision=53), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("choice", sa.String(), nullable=True),
        sa.Column("yes", sa.Boolean(), nullable=True),
        sa.Column("field_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["field_id"],
            ["own_fields.id"],
            name=op.f("fk_organisation_values_field_id_own_fields"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_values_organisation_id_organisations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "field_id", name=op.f("pk_organisation_values")),
    )
    op.create_index(
        "ix_organisation_values_field_id_choice",
        "organisation_values",
        ["field_id", "choice", "organisation_id"],
        unique=False,
        sqlite_where=sa.text("choice IS NOT NULL"),
        postgresql_where=sa.text("choice IS NOT NULL"),
    )
    op.create_index(
        "ix_organisation_values_field_id_day",
        "organisation_values",
        ["field_id", "day", "organisation_id"],
        unique=False,
        sqlite_where=sa.text("day IS NOT NULL"),
        postgresql_where=sa.text("day IS NOT NULL"),
    )
    op.create_index(
        "ix_organisation_values_field_id_folded",
        "organisation_values",
        ["field_id", "folded", "organisation_id"],
        unique=False,
        sqlite_where=sa.text("folded IS NOT NULL"),
        postgresql_where=sa.text("folded IS NOT NULL"),
    )
    op.create_index(
        "ix_organisation_values_field_id_number",
        "organisation_values",
        ["field_id", "number", "organisation_id"],
        unique=False,
        sqlite_where=sa.text("number IS NOT NULL"),
        postgresql_where=sa.text("number IS NOT NULL"),
    )
    op.create_index(
        "ix_organisation_values_field_id_yes",
        "organisation_values",
        ["field_id", "yes", "organisation_id"],
        unique=False,
        sqlite_where=sa.text("yes IS NOT NULL"),
        postgresql_where=sa.text("yes IS NOT NULL"),
    )
    op.create_table(
        "person_values",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("folded", sa.String(), nullable=True),
        sa.Column("number", sa.Float(precision=53), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("choice", sa.String(), nullable=True),
        sa.Column("yes", sa.Boolean(), nullable=True),
        sa.Column("field_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["field_id"],
            ["own_fields.id"],
            name=op.f("fk_person_values_field_id_own_fields"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_person_values_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "field_id", name=op.f("pk_person_values")),
    )
    op.create_index(
        "ix_person_values_field_id_choice",
        "person_values",
        ["field_id", "choice", "person_id"],
        unique=False,
        sqlite_where=sa.text("choice IS NOT NULL"),
        postgresql_where=sa.text("choice IS NOT NULL"),
    )
    op.create_index(
        "ix_person_values_field_id_day",
        "person_values",
        ["field_id", "day", "person_id"],
        unique=False,
        sqlite_where=sa.text("day IS NOT NULL"),
        postgresql_where=sa.text("day IS NOT NULL"),
    )
    op.create_index(
        "ix_person_values_field_id_folded",
        "person_values",
        ["field_id", "folded", "person_id"],
        unique=False,
        sqlite_where=sa.text("folded IS NOT NULL"),
        postgresql_where=sa.text("folded IS NOT NULL"),
    )
    op.create_index(
        "ix_person_values_field_id_number",
        "person_values",
        ["field_id", "number", "person_id"],
        unique=False,
        sqlite_where=sa.text("number IS NOT NULL"),
        postgresql_where=sa.text("number IS NOT NULL"),
    )
    op.create_index(
        "ix_person_values_field_id_yes",
        "person_values",
        ["field_id", "yes", "person_id"],
        unique=False,
        sqlite_where=sa.text("yes IS NOT NULL"),
        postgresql_where=sa.text("yes IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("person_values")
    op.drop_table("organisation_values")
    op.drop_table("own_fields")

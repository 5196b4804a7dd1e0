"""People and organisations, their roles, and the addresses they read."""

import sqlalchemy as sa
from alembic import op

revision = "0003_directory"
down_revision = "0002_territories"


def upgrade() -> None:
    op.create_table(
        "addresses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("held_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hold_reason", sa.String(), nullable=True),
        sa.Column("last_contact_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addresses")),
        sa.UniqueConstraint("email", name=op.f("uq_addresses_email")),
    )
    op.create_table(
        "imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("stored_as", sa.String(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("refused_as", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_table(
        "organisation_kinds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name_fr", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_archived", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_kinds")),
        sa.UniqueConstraint("slug", name=op.f("uq_organisation_kinds_slug")),
    )
    op.create_table(
        "tags",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tags")),
        sa.UniqueConstraint("name", name=op.f("uq_tags_name")),
    )
    op.create_table(
        "objections",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "service",
                "invitation",
                "newsletter",
                "mobilisation",
                name="purpose",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["address_id"], ["addresses.id"], name=op.f("fk_objections_address_id_addresses")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objections")),
        sa.UniqueConstraint("address_id", "purpose", name=op.f("uq_objections_address_id_purpose")),
    )
    op.create_table(
        "organisations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("acronym", sa.String(), nullable=False),
        sa.Column("aliases", sa.String(), nullable=False),
        sa.Column("kind_id", sa.Integer(), nullable=True),
        sa.Column("siren", sa.String(), nullable=True),
        sa.Column("siret", sa.String(), nullable=True),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("territory_id", sa.Integer(), nullable=True),
        sa.Column("street", sa.String(), nullable=False),
        sa.Column("postcode", sa.String(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("website", sa.String(), nullable=False),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("followed_by_id", sa.Integer(), nullable=True),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("search", sa.String(), nullable=False),
        sa.Column("sort", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("binned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["followed_by_id"], ["accounts.id"], name=op.f("fk_organisations_followed_by_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name=op.f("fk_organisations_import_id_imports")
        ),
        sa.ForeignKeyConstraint(
            ["kind_id"], ["organisation_kinds.id"], name=op.f("fk_organisations_kind_id_organisation_kinds")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["organisations.id"], name=op.f("fk_organisations_parent_id_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territories.id"], name=op.f("fk_organisations_territory_id_territories")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
        sa.UniqueConstraint("siren", name=op.f("uq_organisations_siren")),
        sa.UniqueConstraint("siret", name=op.f("uq_organisations_siret")),
        sa.UniqueConstraint("territory_id", name=op.f("uq_organisations_territory_id")),
    )
    op.create_index(
        "ix_organisations_created_at_id",
        "organisations",
        ["created_at", "id"],
        unique=False,
        sqlite_where=sa.text("binned_at IS NULL"),
        postgresql_where=sa.text("binned_at IS NULL"),
    )
    op.create_index(
        op.f("ix_organisations_followed_by_id"), "organisations", ["followed_by_id"], unique=False
    )
    op.create_index(op.f("ix_organisations_import_id"), "organisations", ["import_id"], unique=False)
    op.create_index(op.f("ix_organisations_kind_id"), "organisations", ["kind_id"], unique=False)
    op.create_index(op.f("ix_organisations_parent_id"), "organisations", ["parent_id"], unique=False)
    op.create_index(
        "ix_organisations_sort_id_search",
        "organisations",
        ["sort", "id", "search"],
        unique=False,
        sqlite_where=sa.text("binned_at IS NULL"),
        postgresql_where=sa.text("binned_at IS NULL"),
    )
    op.create_index(
        "ix_organisations_updated_at_id",
        "organisations",
        ["updated_at", "id"],
        unique=False,
        sqlite_where=sa.text("binned_at IS NULL"),
        postgresql_where=sa.text("binned_at IS NULL"),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "civility",
            sa.Enum("mme", "m", "none", name="civility", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("given_name", sa.String(), nullable=False),
        sa.Column("family_name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("search", sa.String(), nullable=False),
        sa.Column("sort", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("binned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name=op.f("fk_people_import_id_imports")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
    )
    op.create_index(
        "ix_people_created_at_id",
        "people",
        ["created_at", "id"],
        unique=False,
        sqlite_where=sa.text("binned_at IS NULL"),
        postgresql_where=sa.text("binned_at IS NULL"),
    )
    op.create_index(op.f("ix_people_import_id"), "people", ["import_id"], unique=False)
    op.create_index(
        "ix_people_sort_id_search",
        "people",
        ["sort", "id", "search"],
        unique=False,
        sqlite_where=sa.text("binned_at IS NULL"),
        postgresql_where=sa.text("binned_at IS NULL"),
    )
    op.create_index(
        "ix_people_updated_at_id",
        "people",
        ["updated_at", "id"],
        unique=False,
        sqlite_where=sa.text("binned_at IS NULL"),
        postgresql_where=sa.text("binned_at IS NULL"),
    )
    op.create_table(
        "organisation_addresses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["address_id"], ["addresses.id"], name=op.f("fk_organisation_addresses_address_id_addresses")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_addresses_organisation_id_organisations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_addresses")),
        sa.UniqueConstraint(
            "organisation_id", "address_id", name=op.f("uq_organisation_addresses_organisation_id_address_id")
        ),
    )
    op.create_index(
        op.f("ix_organisation_addresses_address_id"), "organisation_addresses", ["address_id"], unique=False
    )
    op.create_table(
        "organisation_tags",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_tags_organisation_id_organisations"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tags.id"], name=op.f("fk_organisation_tags_tag_id_tags"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("organisation_id", "tag_id", name=op.f("pk_organisation_tags")),
    )
    op.create_index(op.f("ix_organisation_tags_tag_id"), "organisation_tags", ["tag_id"], unique=False)
    op.create_table(
        "person_addresses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["address_id"], ["addresses.id"], name=op.f("fk_person_addresses_address_id_addresses")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["people.id"],
            name=op.f("fk_person_addresses_person_id_people"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_addresses")),
        sa.UniqueConstraint("person_id", "address_id", name=op.f("uq_person_addresses_person_id_address_id")),
    )
    op.create_index(op.f("ix_person_addresses_address_id"), "person_addresses", ["address_id"], unique=False)
    op.create_table(
        "person_tags",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_person_tags_person_id_people"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tags.id"], name=op.f("fk_person_tags_tag_id_tags"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "tag_id", name=op.f("pk_person_tags")),
    )
    op.create_index(op.f("ix_person_tags_tag_id"), "person_tags", ["tag_id"], unique=False)
    op.create_table(
        "phones",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_phones_person_id_people"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phones")),
    )
    op.create_index(op.f("ix_phones_person_id"), "phones", ["person_id"], unique=False)
    op.create_table(
        "roles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("function", sa.String(), nullable=False),
        sa.Column(
            "category",
            sa.Enum("elected", "officer", "other", name="rolecategory", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("is_main", sa.Boolean(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.CheckConstraint("ends_on >= begins_on", name=op.f("ck_roles_ends_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_roles_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_roles_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roles")),
    )
    op.create_index(op.f("ix_roles_category"), "roles", ["category"], unique=False)
    op.create_index(op.f("ix_roles_organisation_id"), "roles", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_roles_person_id"), "roles", ["person_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_roles_person_id"), table_name="roles")
    op.drop_index(op.f("ix_roles_organisation_id"), table_name="roles")
    op.drop_index(op.f("ix_roles_category"), table_name="roles")
    op.drop_table("roles")
    op.drop_index(op.f("ix_phones_person_id"), table_name="phones")
    op.drop_table("phones")
    op.drop_index(op.f("ix_person_tags_tag_id"), table_name="person_tags")
    op.drop_table("person_tags")
    op.drop_index(op.f("ix_person_addresses_address_id"), table_name="person_addresses")
    op.drop_table("person_addresses")
    op.drop_index(op.f("ix_organisation_tags_tag_id"), table_name="organisation_tags")
    op.drop_table("organisation_tags")
    op.drop_index(op.f("ix_organisation_addresses_address_id"), table_name="organisation_addresses")
    op.drop_table("organisation_addresses")
    op.drop_index(
        "ix_people_updated_at_id",
        table_name="people",
        sqlite_where=sa.text("binned_at IS NULL"),
        postgresql_where=sa.text("binned_at IS NULL"),
    )
    op.drop_index(
        "ix_people_sort_id_search",
        table_name="people",
        sqlite_where=sa.text("binned_at IS NULL"),
        postgresql_where=sa.text("binned_at IS NULL"),
    )
    op.drop_index(op.f("ix_people_import_id"), table_name="people")
    op.drop_index(
        "ix_people_created_at_id",
        table_name="people",
        sqlite_where=sa.text("binned_at IS NULL"),
        postgresql_where=sa.text("binned_at IS NULL"),
    )
    op.drop_table("people")
    op.drop_index(
        "ix_organisations_updated_at_id",
        table_name="organisations",
        sqlite_where=sa.text("binned_at IS NULL"),
        postgresql_where=sa.text("binned_at IS NULL"),
    )
    op.drop_index(
        "ix_organisations_sort_id_search",
        table_name="organisations",
        sqlite_where=sa.text("binned_at IS NULL"),
        postgresql_where=sa.text("binned_at IS NULL"),
    )
    op.drop_index(op.f("ix_organisations_parent_id"), table_name="organisations")
    op.drop_index(op.f("ix_organisations_kind_id"), table_name="organisations")
    op.drop_index(op.f("ix_organisations_import_id"), table_name="organisations")
    op.drop_index(op.f("ix_organisations_followed_by_id"), table_name="organisations")
    op.drop_index(
        "ix_organisations_created_at_id",
        table_name="organisations",
        sqlite_where=sa.text("binned_at IS NULL"),
        postgresql_where=sa.text("binned_at IS NULL"),
    )
    op.drop_table("organisations")
    op.drop_table("objections")
    op.drop_table("tags")
    op.drop_table("organisation_kinds")
    op.drop_table("imports")
    op.drop_table("addresses")

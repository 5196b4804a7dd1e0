"""What an import did to each record, so that it can be undone; own references; names of former communes."""

import sqlalchemy as sa
from alembic import op

revision = "0009_imports_can_be_undone"
down_revision = "0008_kits"

_REFERENCED = sa.text("reference IS NOT NULL")


def upgrade() -> None:
    with op.batch_alter_table("imports") as imports:
        imports.add_column(sa.Column("name", sa.String(), server_default="", nullable=False))
        imports.add_column(sa.Column("mode", sa.String(), server_default="fill", nullable=False))
        imports.add_column(sa.Column("merge_key", sa.String(), server_default="any", nullable=False))
        imports.add_column(sa.Column("read_upto", sa.Integer(), server_default="0", nullable=False))
        imports.add_column(sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))
        imports.add_column(sa.Column("undone_by", sa.String(), nullable=True))
    for table in ("organisations", "people"):
        op.add_column(table, sa.Column("reference", sa.String(), nullable=True))
        op.create_index(
            f"ix_{table}_reference",
            table,
            ["reference"],
            sqlite_where=_REFERENCED,
            postgresql_where=_REFERENCED,
        )
    op.add_column("territories", sa.Column("former", sa.String(), server_default="", nullable=False))
    op.create_table(
        "import_mappings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("merge_key", sa.String(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_import_mappings"),
        sa.UniqueConstraint("name", name="uq_import_mappings_name"),
    )
    op.create_table(
        "import_parts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name="fk_import_parts_import_id_imports", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_import_parts"),
        sa.UniqueConstraint("import_id", "number", name="uq_import_parts_import_id_number"),
    )
    op.create_table(
        "import_reviews",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("candidates", sa.JSON(), nullable=False),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["imports.id"], name="fk_import_reviews_import_id_imports", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_import_reviews"),
    )
    op.create_index("ix_import_reviews_import_id", "import_reviews", ["import_id"])
    for table, key, records in (
        ("import_people", "person_id", "people"),
        ("import_organisations", "organisation_id", "organisations"),
    ):
        op.create_table(
            table,
            sa.Column("import_id", sa.Integer(), nullable=False),
            sa.Column(key, sa.Integer(), nullable=False),
            sa.Column("act", sa.String(), nullable=False),
            sa.Column("version", sa.Integer(), nullable=False),
            sa.Column("was", sa.JSON(none_as_null=True), nullable=True),
            sa.ForeignKeyConstraint(
                ["import_id"], ["imports.id"], name=f"fk_{table}_import_id_imports", ondelete="CASCADE"
            ),
            sa.ForeignKeyConstraint(
                [key], [f"{records}.id"], name=f"fk_{table}_{key}_{records}", ondelete="CASCADE"
            ),
            sa.PrimaryKeyConstraint("import_id", key, name=f"pk_{table}"),
        )
        op.create_index(f"ix_{table}_{key}", table, [key])


def downgrade() -> None:
    for table in ("import_organisations", "import_people", "import_reviews", "import_parts"):
        op.drop_table(table)
    op.drop_table("import_mappings")
    with op.batch_alter_table("territories") as territories:
        territories.drop_column("former")
    for table in ("people", "organisations"):
        op.drop_index(f"ix_{table}_reference", table)
        with op.batch_alter_table(table) as records:
            records.drop_column("reference")
    with op.batch_alter_table("imports") as imports:
        for name in ("undone_by", "undone_at", "read_upto", "merge_key", "mode", "name"):
            imports.drop_column(name)

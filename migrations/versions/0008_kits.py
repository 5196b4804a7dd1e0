"""Mobilisation kits."""

import sqlalchemy as sa
from alembic import op

revision = "0008_kits"
down_revision = "0007_mailings"


def upgrade() -> None:
    op.create_table(
        "kits",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("objective", sa.String(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=True),
        sa.Column("deadline", sa.Date(), nullable=True),
        sa.Column("lead_id", sa.Integer(), nullable=True),
        sa.Column("call", sa.String(), nullable=False),
        sa.Column("letter_subject", sa.String(), nullable=False),
        sa.Column("letter_body", sa.String(), nullable=False),
        sa.Column("letter_short", sa.String(), nullable=False),
        sa.Column("amendment", sa.String(), nullable=False),
        sa.Column("press_release", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("search", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("draft", "published", "closed", name="kitstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("deadline >= begins_on", name=op.f("ck_kits_deadline_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["organisations.id"], name=op.f("fk_kits_lead_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kits")),
        sa.UniqueConstraint("slug", name=op.f("uq_kits_slug")),
    )
    op.create_index(op.f("ix_kits_lead_id"), "kits", ["lead_id"], unique=False)
    op.create_table(
        "cosignatories",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kit_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("signer", sa.String(), nullable=False),
        sa.Column("signer_function", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["kit_id"], ["kits.id"], name=op.f("fk_cosignatories_kit_id_kits")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_cosignatories_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cosignatories")),
        sa.UniqueConstraint(
            "kit_id", "organisation_id", name=op.f("uq_cosignatories_kit_id_organisation_id")
        ),
    )
    op.create_index(
        op.f("ix_cosignatories_organisation_id"), "cosignatories", ["organisation_id"], unique=False
    )
    op.create_table(
        "kit_resources",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kit_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("stored_as", sa.String(), nullable=True),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["kit_id"], ["kits.id"], name=op.f("fk_kit_resources_kit_id_kits")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit_resources")),
        sa.UniqueConstraint("stored_as", name=op.f("uq_kit_resources_stored_as")),
    )
    op.create_index(op.f("ix_kit_resources_kit_id"), "kit_resources", ["kit_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_kit_resources_kit_id"), table_name="kit_resources")
    op.drop_table("kit_resources")
    op.drop_index(op.f("ix_cosignatories_organisation_id"), table_name="cosignatories")
    op.drop_table("cosignatories")
    op.drop_index(op.f("ix_kits_lead_id"), table_name="kits")
    op.drop_table("kits")

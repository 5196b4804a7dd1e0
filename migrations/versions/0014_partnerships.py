"""Partnerships by stage, agreements, what goes cold."""

import sqlalchemy as sa
from alembic import op

revision = "0014_partnerships"
down_revision = "0013_bulk_acts"


def upgrade() -> None:
    with op.batch_alter_table("interaction_kinds") as batch:
        batch.add_column(sa.Column("counts", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.create_table(
        "partnership_stages",
        sa.Column("rhythm_days", sa.Integer(), nullable=True),
        sa.Column("tone", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name_fr", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_archived", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partnership_stages")),
        sa.UniqueConstraint("slug", name=op.f("uq_partnership_stages_slug")),
    )
    op.create_table(
        "agreements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "sent",
                "signed",
                "ended",
                "terminated",
                name="agreementstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("our_signatory", sa.String(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("begins_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("terminated_on", sa.Date(), nullable=True),
        sa.Column("notice_days", sa.Integer(), nullable=False),
        sa.Column("renewal_months", sa.Integer(), nullable=True),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("binned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends_on >= begins_on", name=op.f("ck_agreements_ends_after_it_begins")),
        sa.CheckConstraint("renewal_months > 0", name=op.f("ck_agreements_renewed_for_some_months")),
        sa.ForeignKeyConstraint(["owner_id"], ["accounts.id"], name=op.f("fk_agreements_owner_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
    )
    op.create_index(op.f("ix_agreements_ends_on"), "agreements", ["ends_on"], unique=False)
    op.create_index(op.f("ix_agreements_owner_id"), "agreements", ["owner_id"], unique=False)
    op.create_index(op.f("ix_agreements_state"), "agreements", ["state"], unique=False)
    op.create_table(
        "monday_mails",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column(
            "whose", sa.Enum("mine", "all", name="whose", native_enum=False, length=32), nullable=False
        ),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_monday_mails_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_monday_mails")),
        sa.UniqueConstraint("account_id", name=op.f("uq_monday_mails_account_id")),
    )
    op.create_table(
        "agreement_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("stored_as", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"],
            ["agreements.id"],
            name=op.f("fk_agreement_files_agreement_id_agreements"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_files")),
        sa.UniqueConstraint("stored_as", name=op.f("uq_agreement_files_stored_as")),
    )
    op.create_index(
        op.f("ix_agreement_files_agreement_id"), "agreement_files", ["agreement_id"], unique=False
    )
    op.create_table(
        "agreement_organisations",
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"],
            ["agreements.id"],
            name=op.f("fk_agreement_organisations_agreement_id_agreements"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_agreement_organisations_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("agreement_id", "organisation_id", name=op.f("pk_agreement_organisations")),
    )
    op.create_index(
        op.f("ix_agreement_organisations_organisation_id"),
        "agreement_organisations",
        ["organisation_id"],
        unique=False,
    )
    op.create_table(
        "leaves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["accounts.id"], name=op.f("fk_leaves_by_id_accounts")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_leaves_organisation_id_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leaves")),
    )
    op.create_index("ix_leaves_organisation_id_until", "leaves", ["organisation_id", "until"], unique=False)
    op.create_table(
        "partnerships",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("stage_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("rhythm_days", sa.Integer(), nullable=True),
        sa.Column("aim", sa.String(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("binned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("rhythm_days > 0", name=op.f("ck_partnerships_rhythm_is_some_days")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_partnerships_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["accounts.id"], name=op.f("fk_partnerships_owner_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["stage_id"], ["partnership_stages.id"], name=op.f("fk_partnerships_stage_id_partnership_stages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partnerships")),
        sa.UniqueConstraint("organisation_id", name=op.f("uq_partnerships_organisation_id")),
    )
    op.create_index(op.f("ix_partnerships_owner_id"), "partnerships", ["owner_id"], unique=False)
    op.create_index(op.f("ix_partnerships_stage_id"), "partnerships", ["stage_id"], unique=False)
    op.create_table(
        "agreement_reminders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("follow_up_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"],
            ["agreements.id"],
            name=op.f("fk_agreement_reminders_agreement_id_agreements"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["follow_up_id"], ["follow_ups.id"], name=op.f("fk_agreement_reminders_follow_up_id_follow_ups")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_reminders")),
        sa.UniqueConstraint(
            "agreement_id", "ends_on", name=op.f("uq_agreement_reminders_agreement_id_ends_on")
        ),
    )
    op.create_table(
        "agreement_signers",
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agreement_id"],
            ["agreements.id"],
            name=op.f("fk_agreement_signers_agreement_id_agreements"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_agreement_signers_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_agreement_signers_person_id_people")
        ),
        sa.ForeignKeyConstraint(["role_id"], ["roles.id"], name=op.f("fk_agreement_signers_role_id_roles")),
        sa.PrimaryKeyConstraint("agreement_id", "person_id", name=op.f("pk_agreement_signers")),
    )
    op.create_index(
        op.f("ix_agreement_signers_organisation_id"), "agreement_signers", ["organisation_id"], unique=False
    )
    op.create_index(op.f("ix_agreement_signers_person_id"), "agreement_signers", ["person_id"], unique=False)
    op.create_table(
        "partnership_moves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("partnership_id", sa.Integer(), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=True),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["accounts.id"], name=op.f("fk_partnership_moves_by_id_accounts")),
        sa.ForeignKeyConstraint(
            ["from_id"],
            ["partnership_stages.id"],
            name=op.f("fk_partnership_moves_from_id_partnership_stages"),
        ),
        sa.ForeignKeyConstraint(
            ["partnership_id"],
            ["partnerships.id"],
            name=op.f("fk_partnership_moves_partnership_id_partnerships"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["to_id"], ["partnership_stages.id"], name=op.f("fk_partnership_moves_to_id_partnership_stages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partnership_moves")),
    )
    op.create_index(
        op.f("ix_partnership_moves_partnership_id"), "partnership_moves", ["partnership_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_partnership_moves_partnership_id"), table_name="partnership_moves")
    op.drop_table("partnership_moves")
    op.drop_index(op.f("ix_agreement_signers_person_id"), table_name="agreement_signers")
    op.drop_index(op.f("ix_agreement_signers_organisation_id"), table_name="agreement_signers")
    op.drop_table("agreement_signers")
    op.drop_table("agreement_reminders")
    op.drop_index(op.f("ix_partnerships_stage_id"), table_name="partnerships")
    op.drop_index(op.f("ix_partnerships_owner_id"), table_name="partnerships")
    op.drop_table("partnerships")
    op.drop_index("ix_leaves_organisation_id_until", table_name="leaves")
    op.drop_table("leaves")
    op.drop_index(op.f("ix_agreement_organisations_organisation_id"), table_name="agreement_organisations")
    op.drop_table("agreement_organisations")
    op.drop_index(op.f("ix_agreement_files_agreement_id"), table_name="agreement_files")
    op.drop_table("agreement_files")
    op.drop_table("monday_mails")
    op.drop_index(op.f("ix_agreements_state"), table_name="agreements")
    op.drop_index(op.f("ix_agreements_owner_id"), table_name="agreements")
    op.drop_index(op.f("ix_agreements_ends_on"), table_name="agreements")
    op.drop_table("agreements")
    op.drop_table("partnership_stages")
    with op.batch_alter_table("interaction_kinds") as batch:
        batch.drop_column("counts")

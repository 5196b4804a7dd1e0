"""Exchanges, what was promised, and the notes the house writes by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0005_relations"
down_revision = "0004_outbox"


def upgrade() -> None:
    op.create_table(
        "interaction_kinds",
        sa.Column("icon", sa.String(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name_fr", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_archived", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interaction_kinds")),
        sa.UniqueConstraint("slug", name=op.f("uq_interaction_kinds_slug")),
    )
    op.create_table(
        "interactions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_all_day", sa.Boolean(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("binned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["accounts.id"], name=op.f("fk_interactions_created_by_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["kind_id"], ["interaction_kinds.id"], name=op.f("fk_interactions_kind_id_interaction_kinds")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interactions")),
    )
    op.create_index(op.f("ix_interactions_created_by_id"), "interactions", ["created_by_id"], unique=False)
    op.create_index(op.f("ix_interactions_happened_at"), "interactions", ["happened_at"], unique=False)
    op.create_index(op.f("ix_interactions_kind_id"), "interactions", ["kind_id"], unique=False)
    op.create_table(
        "follow_ups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("interaction_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("assigned_to_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assigned_to_id"], ["accounts.id"], name=op.f("fk_follow_ups_assigned_to_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["done_by_id"], ["accounts.id"], name=op.f("fk_follow_ups_done_by_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["interaction_id"], ["interactions.id"], name=op.f("fk_follow_ups_interaction_id_interactions")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_follow_ups_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_ups")),
    )
    op.create_index(
        "ix_follow_ups_assigned_to_id_due_on", "follow_ups", ["assigned_to_id", "due_on"], unique=False
    )
    op.create_index("ix_follow_ups_done_at_id", "follow_ups", ["done_at", "id"], unique=False)
    op.create_index(
        "ix_follow_ups_due_on_of_open",
        "follow_ups",
        ["due_on"],
        unique=False,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_index(op.f("ix_follow_ups_interaction_id"), "follow_ups", ["interaction_id"], unique=False)
    op.create_index(op.f("ix_follow_ups_organisation_id"), "follow_ups", ["organisation_id"], unique=False)
    op.create_table(
        "interaction_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("interaction_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("stored_as", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["interactions.id"],
            name=op.f("fk_interaction_files_interaction_id_interactions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interaction_files")),
        sa.UniqueConstraint("stored_as", name=op.f("uq_interaction_files_stored_as")),
    )
    op.create_index(
        op.f("ix_interaction_files_interaction_id"), "interaction_files", ["interaction_id"], unique=False
    )
    op.create_table(
        "interaction_organisations",
        sa.Column("interaction_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["interactions.id"],
            name=op.f("fk_interaction_organisations_interaction_id_interactions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_interaction_organisations_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint(
            "interaction_id", "organisation_id", name=op.f("pk_interaction_organisations")
        ),
    )
    op.create_index(
        op.f("ix_interaction_organisations_organisation_id"),
        "interaction_organisations",
        ["organisation_id"],
        unique=False,
    )
    op.create_table(
        "interaction_staff",
        sa.Column("interaction_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_interaction_staff_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["interactions.id"],
            name=op.f("fk_interaction_staff_interaction_id_interactions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("interaction_id", "account_id", name=op.f("pk_interaction_staff")),
    )
    op.create_table(
        "last_exchanges",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("interaction_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["interactions.id"],
            name=op.f("fk_last_exchanges_interaction_id_interactions"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_last_exchanges_organisation_id_organisations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_last_exchanges")),
    )
    op.create_index(op.f("ix_last_exchanges_at"), "last_exchanges", ["at"], unique=False)
    op.create_index(
        op.f("ix_last_exchanges_interaction_id"), "last_exchanges", ["interaction_id"], unique=False
    )
    op.create_table(
        "notes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "act",
            sa.Enum(
                "invited",
                "registered",
                "withdrew",
                "attended",
                "mailed",
                "kit_mailed",
                "cosigned",
                name="act",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_notes_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_notes_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
        sa.UniqueConstraint("subject", "act", "person_id", name=op.f("uq_notes_subject_act_person_id")),
    )
    op.create_index(
        "ix_notes_organisation_id_subject_at", "notes", ["organisation_id", "subject", "at"], unique=False
    )
    op.create_index("ix_notes_person_id_subject_at", "notes", ["person_id", "subject", "at"], unique=False)
    op.create_index(
        "uq_notes_of_organisations",
        "notes",
        ["subject", "act", "organisation_id"],
        unique=True,
        sqlite_where=sa.text("person_id IS NULL"),
        postgresql_where=sa.text("person_id IS NULL"),
    )
    op.create_table(
        "interaction_people",
        sa.Column("interaction_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["interactions.id"],
            name=op.f("fk_interaction_people_interaction_id_interactions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_interaction_people_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_interaction_people_person_id_people")
        ),
        sa.ForeignKeyConstraint(["role_id"], ["roles.id"], name=op.f("fk_interaction_people_role_id_roles")),
        sa.PrimaryKeyConstraint("interaction_id", "person_id", name=op.f("pk_interaction_people")),
    )
    op.create_index(
        op.f("ix_interaction_people_organisation_id"), "interaction_people", ["organisation_id"], unique=False
    )
    op.create_index(
        op.f("ix_interaction_people_person_id"), "interaction_people", ["person_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_interaction_people_person_id"), table_name="interaction_people")
    op.drop_index(op.f("ix_interaction_people_organisation_id"), table_name="interaction_people")
    op.drop_table("interaction_people")
    op.drop_index(
        "uq_notes_of_organisations",
        table_name="notes",
        sqlite_where=sa.text("person_id IS NULL"),
        postgresql_where=sa.text("person_id IS NULL"),
    )
    op.drop_index("ix_notes_person_id_subject_at", table_name="notes")
    op.drop_index("ix_notes_organisation_id_subject_at", table_name="notes")
    op.drop_table("notes")
    op.drop_index(op.f("ix_last_exchanges_interaction_id"), table_name="last_exchanges")
    op.drop_index(op.f("ix_last_exchanges_at"), table_name="last_exchanges")
    op.drop_table("last_exchanges")
    op.drop_table("interaction_staff")
    op.drop_index(
        op.f("ix_interaction_organisations_organisation_id"), table_name="interaction_organisations"
    )
    op.drop_table("interaction_organisations")
    op.drop_index(op.f("ix_interaction_files_interaction_id"), table_name="interaction_files")
    op.drop_table("interaction_files")
    op.drop_index(op.f("ix_follow_ups_organisation_id"), table_name="follow_ups")
    op.drop_index(op.f("ix_follow_ups_interaction_id"), table_name="follow_ups")
    op.drop_index(
        "ix_follow_ups_due_on_of_open",
        table_name="follow_ups",
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.drop_index("ix_follow_ups_done_at_id", table_name="follow_ups")
    op.drop_index("ix_follow_ups_assigned_to_id_due_on", table_name="follow_ups")
    op.drop_table("follow_ups")
    op.drop_index(op.f("ix_interactions_kind_id"), table_name="interactions")
    op.drop_index(op.f("ix_interactions_happened_at"), table_name="interactions")
    op.drop_index(op.f("ix_interactions_created_by_id"), table_name="interactions")
    op.drop_table("interactions")
    op.drop_table("interaction_kinds")

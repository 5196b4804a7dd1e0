"""Follow-ups that repeat, mentions, quotes, mail filed with an organisation."""

import sqlalchemy as sa
from alembic import op

revision = "0015_interactions_in_full"
down_revision = "0014_partnerships"


def upgrade() -> None:
    op.create_table(
        "filing_addresses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_filing_addresses_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filing_addresses")),
        sa.UniqueConstraint("account_id", name=op.f("uq_filing_addresses_account_id")),
        sa.UniqueConstraint("token", name=op.f("uq_filing_addresses_token")),
    )
    op.create_table(
        "minutes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind_id", sa.Integer(), nullable=True),
        sa.Column("name_fr", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("body_fr", sa.String(), nullable=False),
        sa.Column("body_en", sa.String(), nullable=False),
        sa.Column("is_archived", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["kind_id"], ["interaction_kinds.id"], name=op.f("fk_minutes_kind_id_interaction_kinds")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_minutes")),
    )
    with op.batch_alter_table("minutes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_minutes_kind_id"), ["kind_id"], unique=False)

    op.create_table(
        "filed_mails",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("waiting", "filed", "discarded", "refused", name="filing", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("came_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("tail", sa.String(), nullable=False),
        sa.Column("named", sa.JSON(), nullable=False),
        sa.Column("left_out", sa.JSON(), nullable=False),
        sa.Column("interaction_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_filed_mails_account_id_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["interaction_id"], ["interactions.id"], name=op.f("fk_filed_mails_interaction_id_interactions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filed_mails")),
        sa.UniqueConstraint("interaction_id", name=op.f("uq_filed_mails_interaction_id")),
        sa.UniqueConstraint("key", name=op.f("uq_filed_mails_key")),
    )
    with op.batch_alter_table("filed_mails", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_filed_mails_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_filed_mails_came_at"), ["came_at"], unique=False)
        batch_op.create_index("ix_filed_mails_state_id", ["state", "id"], unique=False)

    op.create_table(
        "interaction_mentions",
        sa.Column("interaction_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["interaction_id"],
            ["interactions.id"],
            name=op.f("fk_interaction_mentions_interaction_id_interactions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_interaction_mentions_person_id_people")
        ),
        sa.PrimaryKeyConstraint("interaction_id", "person_id", name=op.f("pk_interaction_mentions")),
    )
    with op.batch_alter_table("interaction_mentions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_interaction_mentions_person_id"), ["person_id"], unique=False)

    op.create_table(
        "quotes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("interaction_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("printed_as", sa.String(), nullable=False),
        sa.Column(
            "agreement",
            sa.Enum(
                "not_asked", "asked", "yes", "no", "withdrawn", name="consent", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("agreed_on", sa.Date(), nullable=True),
        sa.Column("agreed_how", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("binned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["interaction_id"], ["interactions.id"], name=op.f("fk_quotes_interaction_id_interactions")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_quotes_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotes")),
    )
    with op.batch_alter_table("quotes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quotes_agreement"), ["agreement"], unique=False)
        batch_op.create_index(batch_op.f("ix_quotes_interaction_id"), ["interaction_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_quotes_person_id"), ["person_id"], unique=False)

    op.create_table(
        "filed_mail_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mail_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("stored_as", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mail_id"],
            ["filed_mails.id"],
            name=op.f("fk_filed_mail_files_mail_id_filed_mails"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_filed_mail_files")),
        sa.UniqueConstraint("stored_as", name=op.f("uq_filed_mail_files_stored_as")),
    )
    with op.batch_alter_table("filed_mail_files", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_filed_mail_files_mail_id"), ["mail_id"], unique=False)

    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("mails_reminders", sa.Boolean(), server_default=sa.true(), nullable=False)
        )

    with op.batch_alter_table("follow_ups", schema=None) as batch_op:
        batch_op.add_column(sa.Column("person_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("repeat_every", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "repeat_unit",
                sa.Enum("weeks", "months", name="every", native_enum=False, length=32),
                nullable=True,
            )
        )
        batch_op.add_column(sa.Column("repeat_from", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("repeat_until", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("follows_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("reminded_for", sa.Date(), nullable=True))
        batch_op.create_index(batch_op.f("ix_follow_ups_person_id"), ["person_id"], unique=False)
        batch_op.create_unique_constraint(batch_op.f("uq_follow_ups_follows_id"), ["follows_id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_follow_ups_person_id_people"), "people", ["person_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_follow_ups_follows_id_follow_ups"), "follow_ups", ["follows_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("follow_ups", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_follow_ups_follows_id_follow_ups"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_follow_ups_person_id_people"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_follow_ups_follows_id"), type_="unique")
        batch_op.drop_index(batch_op.f("ix_follow_ups_person_id"))
        batch_op.drop_column("reminded_for")
        batch_op.drop_column("follows_id")
        batch_op.drop_column("repeat_until")
        batch_op.drop_column("repeat_from")
        batch_op.drop_column("repeat_unit")
        batch_op.drop_column("repeat_every")
        batch_op.drop_column("person_id")

    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_column("mails_reminders")

    with op.batch_alter_table("filed_mail_files", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_filed_mail_files_mail_id"))

    op.drop_table("filed_mail_files")
    with op.batch_alter_table("quotes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_quotes_person_id"))
        batch_op.drop_index(batch_op.f("ix_quotes_interaction_id"))
        batch_op.drop_index(batch_op.f("ix_quotes_agreement"))

    op.drop_table("quotes")
    with op.batch_alter_table("interaction_mentions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_interaction_mentions_person_id"))

    op.drop_table("interaction_mentions")
    with op.batch_alter_table("filed_mails", schema=None) as batch_op:
        batch_op.drop_index("ix_filed_mails_state_id")
        batch_op.drop_index(batch_op.f("ix_filed_mails_came_at"))
        batch_op.drop_index(batch_op.f("ix_filed_mails_account_id"))

    op.drop_table("filed_mails")
    with op.batch_alter_table("minutes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_minutes_kind_id"))

    op.drop_table("minutes")
    op.drop_table("filing_addresses")

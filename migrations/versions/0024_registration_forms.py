"""Registration forms ask questions of their own; events say who may register: hours, closed list, secret links, approval.

Columns are added to events one by one, for to make that table anew would lose its search triggers.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024_registration_forms"
down_revision = "0023_parliament"


def upgrade() -> None:
    op.create_table(
        "question_sets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_sets")),
        sa.UniqueConstraint("name", name=op.f("uq_question_sets_name")),
    )
    op.create_table(
        "event_questions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("set_id", sa.Integer(), nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "text",
                "long_text",
                "number",
                "choice",
                "choices",
                "yes_no",
                "file",
                "consent",
                name="asks",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title_fr", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), nullable=False),
        sa.Column("help_fr", sa.String(), nullable=False),
        sa.Column("help_en", sa.String(), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("depends_on", sa.String(), nullable=False),
        sa.Column("depends_values", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("keep_days", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("redacted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(event_id IS NULL) <> (set_id IS NULL)", name=op.f("ck_event_questions_belongs_to_one_form")
        ),
        sa.CheckConstraint("keep_days >= 0", name=op.f("ck_event_questions_is_kept_some_days")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_event_questions_event_id_events"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["set_id"],
            ["question_sets.id"],
            name=op.f("fk_event_questions_set_id_question_sets"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_questions")),
        sa.UniqueConstraint("event_id", "key", name=op.f("uq_event_questions_event_id_key")),
        sa.UniqueConstraint("set_id", "key", name=op.f("uq_event_questions_set_id_key")),
    )
    op.create_table(
        "listed_addresses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_listed_addresses_event_id_events"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listed_addresses")),
        sa.UniqueConstraint("event_id", "email", name=op.f("uq_listed_addresses_event_id_email")),
    )
    op.create_table(
        "private_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_private_links_event_id_events"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_private_links")),
        sa.UniqueConstraint("token", name=op.f("uq_private_links_token")),
    )
    with op.batch_alter_table("private_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_private_links_event_id"), ["event_id"], unique=False)

    op.create_table(
        "event_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("number", sa.Float(precision=53), nullable=True),
        sa.Column("stored_as", sa.String(), nullable=True),
        sa.Column("media_type", sa.String(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("asked_fr", sa.String(), nullable=False),
        sa.Column("asked_en", sa.String(), nullable=False),
        sa.Column("said_fr", sa.String(), nullable=False),
        sa.Column("said_en", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["event_questions.id"],
            name=op.f("fk_event_answers_question_id_event_questions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_event_answers_registration_id_registrations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_answers")),
        sa.UniqueConstraint(
            "registration_id",
            "question_id",
            "slot",
            name=op.f("uq_event_answers_registration_id_question_id_slot"),
        ),
        sa.UniqueConstraint("stored_as", name=op.f("uq_event_answers_stored_as")),
    )
    with op.batch_alter_table("event_answers", schema=None) as batch_op:
        batch_op.create_index(
            "ix_event_answers_question_id_value", ["question_id", "value", "registration_id"], unique=False
        )

    op.add_column("events", sa.Column("opens_wall", sa.DateTime(), nullable=True))
    op.add_column("events", sa.Column("closes_wall", sa.DateTime(), nullable=True))
    op.add_column("events", sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("events", sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "events", sa.Column("is_list_closed", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column(
        "events", sa.Column("needs_approval", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("events", sa.Column("takes_groups", sa.Boolean(), server_default=sa.true(), nullable=False))

    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "approval",
                sa.Enum(
                    "none", "asked", "approved", "refused", name="approval", native_enum=False, length=32
                ),
                server_default="none",
                nullable=False,
            )
        )
        batch_op.add_column(sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("decided_by", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("private_link_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_registrations_private_link_id_private_links"),
            "private_links",
            ["private_link_id"],
            ["id"],
            ondelete="SET NULL",
        )


def downgrade() -> None:
    with op.batch_alter_table("registrations", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_registrations_private_link_id_private_links"), type_="foreignkey"
        )
        batch_op.drop_column("private_link_id")
        batch_op.drop_column("decided_by")
        batch_op.drop_column("decided_at")
        batch_op.drop_column("approval")

    op.drop_column("events", "takes_groups")
    op.drop_column("events", "needs_approval")
    op.drop_column("events", "is_list_closed")
    op.drop_column("events", "closes_at")
    op.drop_column("events", "opens_at")
    op.drop_column("events", "closes_wall")
    op.drop_column("events", "opens_wall")

    with op.batch_alter_table("event_answers", schema=None) as batch_op:
        batch_op.drop_index("ix_event_answers_question_id_value")

    op.drop_table("event_answers")
    with op.batch_alter_table("private_links", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_private_links_event_id"))

    op.drop_table("private_links")
    op.drop_table("listed_addresses")
    op.drop_table("event_questions")
    op.drop_table("question_sets")

"""What an event leaves behind, who asked for its replay, and short evaluations, whose answers have no owner."""

import sqlalchemy as sa
from alembic import op

revision = "0036_after_the_event"
down_revision = "0035_signing_and_amending_kits"


def _key(table: str, column: str, to: str, ondelete: str | None = "CASCADE") -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, ondelete=ondelete)


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=32)


def upgrade() -> None:
    op.create_table(
        "event_resources",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind", _choice("resourcekind", "replay", "slides", "faq", "summary", "other"), nullable=False
        ),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("stored_as", sa.String(), nullable=True),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(url <> '') <> (stored_as IS NOT NULL)", name=op.f("ck_event_resources_is_a_link_or_a_file")
        ),
        _key("event_resources", "event_id", "events"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_resources")),
        sa.UniqueConstraint("stored_as", name=op.f("uq_event_resources_stored_as")),
    )
    op.create_index(op.f("ix_event_resources_event_id"), "event_resources", ["event_id"])
    op.create_table(
        "replay_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        _key("replay_requests", "event_id", "events"),
        _key("replay_requests", "person_id", "people", None),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replay_requests")),
        sa.UniqueConstraint("event_id", "person_id", name=op.f("uq_replay_requests_event_id_person_id")),
    )
    op.create_index(op.f("ix_replay_requests_person_id"), "replay_requests", ["person_id"])
    op.create_table(
        "evaluations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("is_anonymous", sa.Boolean(), nullable=False),
        sa.Column("introduction", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        _key("evaluations", "event_id", "events"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluations")),
        sa.UniqueConstraint("event_id", name=op.f("uq_evaluations_event_id")),
    )
    op.create_table(
        "evaluation_questions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("evaluation_id", sa.Integer(), nullable=False),
        sa.Column("kind", _choice("kind", "rating", "yes_no", "choice", "text"), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        _key("evaluation_questions", "evaluation_id", "evaluations"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_questions")),
    )
    op.create_index(op.f("ix_evaluation_questions_evaluation_id"), "evaluation_questions", ["evaluation_id"])
    op.create_table(
        "evaluation_answered",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("evaluation_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        _key("evaluation_answered", "evaluation_id", "evaluations"),
        _key("evaluation_answered", "registration_id", "registrations"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_answered")),
        sa.UniqueConstraint(
            "evaluation_id", "registration_id", name=op.f("uq_evaluation_answered_evaluation_id_registration_id")
        ),
    )
    op.create_index(
        op.f("ix_evaluation_answered_registration_id"), "evaluation_answered", ["registration_id"]
    )
    op.create_table(
        "evaluation_sheets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("evaluation_id", sa.Integer(), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=False),
        _key("evaluation_sheets", "evaluation_id", "evaluations"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_sheets")),
    )
    op.create_index(op.f("ix_evaluation_sheets_evaluation_id"), "evaluation_sheets", ["evaluation_id"])
    op.create_table(
        "evaluation_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.CheckConstraint(
            "rating BETWEEN 1 AND 5", name=op.f("ck_evaluation_answers_rating_is_from_one_to_five")
        ),
        _key("evaluation_answers", "sheet_id", "evaluation_sheets"),
        _key("evaluation_answers", "question_id", "evaluation_questions"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_answers")),
        sa.UniqueConstraint("sheet_id", "question_id", name=op.f("uq_evaluation_answers_sheet_id_question_id")),
    )
    op.create_index(op.f("ix_evaluation_answers_question_id"), "evaluation_answers", ["question_id"])
    op.create_table(
        "evaluation_signatures",
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        _key("evaluation_signatures", "sheet_id", "evaluation_sheets"),
        _key("evaluation_signatures", "registration_id", "registrations"),
        sa.PrimaryKeyConstraint("sheet_id", name=op.f("pk_evaluation_signatures")),
    )
    op.create_index(
        op.f("ix_evaluation_signatures_registration_id"), "evaluation_signatures", ["registration_id"]
    )


def downgrade() -> None:
    for table in (
        "evaluation_signatures",
        "evaluation_answers",
        "evaluation_sheets",
        "evaluation_answered",
        "evaluation_questions",
        "evaluations",
        "replay_requests",
        "event_resources",
    ):
        op.drop_table(table)

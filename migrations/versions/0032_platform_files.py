"""Attendance is read from the files of webinar platforms: the file, the people connected, the markings made."""

import sqlalchemy as sa
from alembic import op

revision = "0032_platform_files"
down_revision = "0031_counting_at_doors"


def upgrade() -> None:
    op.create_table(
        "platform_files",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("layout", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("asking", "read", "noted", "undone", name="filestate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("least_minutes", sa.Integer(), nullable=False),
        sa.Column("marks_others", sa.Boolean(), nullable=False),
        sa.Column("connections", sa.Integer(), nullable=False),
        sa.Column("unread", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("least_minutes >= 0", name=op.f("ck_platform_files_least_minutes_are_not_negative")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_platform_files_event_id_events"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_files")),
    )
    op.create_index(op.f("ix_platform_files_event_id"), "platform_files", ["event_id"])
    op.create_index(op.f("ix_platform_files_digest"), "platform_files", ["digest"])
    op.create_table(
        "platform_marks",
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("mark_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["platform_files.id"],
            name=op.f("fk_platform_marks_file_id_platform_files"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["mark_id"], ["attendance_marks.id"], name=op.f("fk_platform_marks_mark_id_attendance_marks")
        ),
        sa.PrimaryKeyConstraint("file_id", "mark_id", name=op.f("pk_platform_marks")),
    )
    op.create_table(
        "platform_people",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("organisation", sa.String(), nullable=False),
        sa.Column("connections", sa.Integer(), nullable=False),
        sa.Column("spans", sa.JSON(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column(
            "match",
            sa.Enum("sure", "chosen", "unsure", "none", name="match", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("candidates", sa.JSON(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["platform_files.id"],
            name=op.f("fk_platform_people_file_id_platform_files"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registrations.id"],
            name=op.f("fk_platform_people_registration_id_registrations"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_people")),
    )
    op.create_index(
        "ix_platform_people_file_id_match", "platform_people", ["file_id", "match", "id"]
    )
    op.create_index(op.f("ix_platform_people_registration_id"), "platform_people", ["registration_id"])


def downgrade() -> None:
    op.drop_table("platform_people")
    op.drop_table("platform_marks")
    op.drop_table("platform_files")

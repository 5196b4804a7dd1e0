"""Programmes, series, templates, and events whose new date is still to come.

An event is tied to its series by a table of its own, and what is new on `events` is one column added:
a table made anew would lose the triggers of the search.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025_programme_series_templates"
down_revision = "0024_registration_forms"


def upgrade() -> None:
    op.create_table(
        "event_series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("is_joint", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_series")),
        sa.UniqueConstraint("slug", name=op.f("uq_event_series_slug")),
    )
    op.create_table(
        "event_templates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("pieces", sa.JSON(), nullable=False),
        sa.Column("is_archived", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_templates")),
        sa.UniqueConstraint("name", name=op.f("uq_event_templates_name")),
    )
    op.create_table(
        "event_occurrences",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_event_occurrences_event_id_events"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["series_id"],
            ["event_series.id"],
            name=op.f("fk_event_occurrences_series_id_event_series"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event_occurrences")),
    )
    with op.batch_alter_table("event_occurrences", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_occurrences_series_id"), ["series_id"], unique=False)

    op.create_table(
        "event_rooms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_event_rooms_event_id_events"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_rooms")),
        sa.UniqueConstraint("event_id", "name", name=op.f("uq_event_rooms_event_id_name")),
    )
    op.create_table(
        "event_speakers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("organisation_name", sa.String(), nullable=False),
        sa.Column("function", sa.String(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=True),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "answer",
            sa.Enum("none", "accepted", "declined", name="answer", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["address_id"], ["addresses.id"], name=op.f("fk_event_speakers_address_id_addresses")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_event_speakers_event_id_events"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_event_speakers_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_event_speakers_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_speakers")),
        sa.UniqueConstraint("event_id", "person_id", name=op.f("uq_event_speakers_event_id_person_id")),
        sa.UniqueConstraint("token", name=op.f("uq_event_speakers_token")),
    )
    with op.batch_alter_table("event_speakers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_speakers_address_id"), ["address_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_event_speakers_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_event_speakers_person_id"), ["person_id"], unique=False)

    op.create_table(
        "series_registrations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("series_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=True),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column(
            "mode", sa.Enum("onsite", "online", name="mode", native_enum=False, length=32), nullable=False
        ),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["address_id"], ["addresses.id"], name=op.f("fk_series_registrations_address_id_addresses")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_series_registrations_person_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["series_id"],
            ["event_series.id"],
            name=op.f("fk_series_registrations_series_id_event_series"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_series_registrations")),
        sa.UniqueConstraint(
            "series_id", "person_id", name=op.f("uq_series_registrations_series_id_person_id")
        ),
        sa.UniqueConstraint("token", name=op.f("uq_series_registrations_token")),
    )
    with op.batch_alter_table("series_registrations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_series_registrations_address_id"), ["address_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_series_registrations_person_id"), ["person_id"], unique=False)

    op.create_table(
        "event_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("starts_wall", sa.DateTime(), nullable=False),
        sa.Column("ends_wall", sa.DateTime(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_event_sessions_ends_after_it_starts")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_event_sessions_event_id_events"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["room_id"],
            ["event_rooms.id"],
            name=op.f("fk_event_sessions_room_id_event_rooms"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_sessions")),
    )
    with op.batch_alter_table("event_sessions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_event_sessions_event_id_starts_at", ["event_id", "starts_at", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_event_sessions_room_id"), ["room_id"], unique=False)

    op.create_table(
        "event_documents",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("stored_as", sa.String(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_event_documents_event_id_events"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["event_sessions.id"],
            name=op.f("fk_event_documents_session_id_event_sessions"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_documents")),
        sa.UniqueConstraint("stored_as", name=op.f("uq_event_documents_stored_as")),
    )
    with op.batch_alter_table("event_documents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_documents_event_id"), ["event_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_documents_session_id"), ["session_id"], unique=False)

    op.create_table(
        "session_speakers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("speaker_id", sa.Integer(), nullable=False),
        sa.Column(
            "does", sa.Enum("speaks", "moderates", name="does", native_enum=False, length=32), nullable=False
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["event_sessions.id"],
            name=op.f("fk_session_speakers_session_id_event_sessions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["speaker_id"],
            ["event_speakers.id"],
            name=op.f("fk_session_speakers_speaker_id_event_speakers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_speakers")),
        sa.UniqueConstraint(
            "session_id", "speaker_id", name=op.f("uq_session_speakers_session_id_speaker_id")
        ),
    )
    with op.batch_alter_table("session_speakers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_speakers_speaker_id"), ["speaker_id"], unique=False)

    op.add_column(
        "events",
        sa.Column(
            "postponed_from",
            sa.Enum(
                "draft",
                "open",
                "closed",
                "postponed",
                "cancelled",
                "held",
                name="eventstate",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
    )


def downgrade() -> None:
    # What the models of before do not know becomes what it was.
    op.execute("UPDATE events SET state = COALESCE(postponed_from, 'open') WHERE state = 'postponed'")
    op.drop_column("events", "postponed_from")

    op.drop_table("session_speakers")
    op.drop_table("event_documents")
    op.drop_table("event_sessions")
    op.drop_table("series_registrations")
    op.drop_table("event_speakers")
    op.drop_table("event_rooms")
    op.drop_table("event_occurrences")
    op.drop_table("event_templates")
    op.drop_table("event_series")

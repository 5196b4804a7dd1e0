"""The agenda: events, invitations, registrations, attendance."""

import sqlalchemy as sa
from alembic import op

revision = "0006_events"
down_revision = "0005_relations"

# slug, French, English; the association edits them afterwards.
KINDS = (
    ("webinar", "Webinaire", "Webinar"),
    ("conference", "Conférence", "Conference"),
    ("meeting", "Réunion", "Meeting"),
    ("working_group", "Groupe de travail", "Working group"),
    ("round_table", "Table ronde", "Round table"),
    ("colloquium", "Colloque", "Colloquium"),
    ("assembly", "Assises", "Assembly"),
    ("general_assembly", "Assemblée générale", "General assembly"),
    ("committee", "Comité", "Committee"),
    ("member_visit", "Visite d’adhérent", "Member visit"),
    ("delegation", "Accueil de délégation", "Delegation"),
    ("trade_show", "Salon", "Trade show"),
    ("presentation", "Présentation", "Presentation"),
    ("launch", "Lancement", "Launch"),
    ("challenge", "Concours", "Challenge"),
    ("other", "Autre", "Other"),
)


def upgrade() -> None:
    op.create_table(
        "event_kinds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name_fr", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_archived", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_kinds")),
        sa.UniqueConstraint("slug", name=op.f("uq_event_kinds_slug")),
    )
    op.bulk_insert(
        sa.table(
            "event_kinds",
            sa.column("slug", sa.String),
            sa.column("name_fr", sa.String),
            sa.column("name_en", sa.String),
            sa.column("position", sa.Integer),
            sa.column("is_archived", sa.Boolean),
        ),
        [
            {"slug": slug, "name_fr": fr, "name_en": en, "position": place, "is_archived": False}
            for place, (slug, fr, en) in enumerate(KINDS, 1)
        ],
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("kind_id", sa.Integer(), nullable=True),
        sa.Column(
            "part",
            sa.Enum(
                "organiser",
                "co_organiser",
                "partner",
                "speaker",
                "host",
                "funder",
                "visitor",
                "participant",
                name="part",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "format",
            sa.Enum(
                "onsite",
                "online",
                "hybrid",
                name="format",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "visibility",
            sa.Enum(
                "public",
                "members",
                "invitation",
                name="visibility",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "open",
                "closed",
                "cancelled",
                "held",
                name="eventstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("is_all_day", sa.Boolean(), nullable=False),
        sa.Column("starts_wall", sa.DateTime(), nullable=False),
        sa.Column("ends_wall", sa.DateTime(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("venue", sa.String(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("join_url", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("search", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("capacity > 0", name=op.f("ck_events_capacity_is_positive")),
        sa.CheckConstraint(
            "ends_at > starts_at", name=op.f("ck_events_ends_after_it_starts")
        ),
        sa.ForeignKeyConstraint(
            ["kind_id"], ["event_kinds.id"], name=op.f("fk_events_kind_id_event_kinds")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("slug", name=op.f("uq_events_slug")),
        sa.UniqueConstraint("uid", name=op.f("uq_events_uid")),
    )
    op.create_index(op.f("ix_events_kind_id"), "events", ["kind_id"], unique=False)
    op.create_index(
        "ix_events_starts_at_id", "events", ["starts_at", "id"], unique=False
    )
    op.create_table(
        "event_partners",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column(
            "part",
            sa.Enum(
                "organiser",
                "co_organiser",
                "partner",
                "speaker",
                "host",
                "funder",
                "visitor",
                "participant",
                name="part",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_event_partners_event_id_events")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_event_partners_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_partners")),
        sa.UniqueConstraint(
            "event_id",
            "organisation_id",
            "part",
            name=op.f("uq_event_partners_event_id_organisation_id_part"),
        ),
    )
    op.create_index(
        op.f("ix_event_partners_organisation_id"),
        "event_partners",
        ["organisation_id"],
        unique=False,
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invited_by", sa.String(), nullable=False),
        sa.Column(
            "answer",
            sa.Enum(
                "none",
                "accepted",
                "declined",
                name="answer",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["address_id"],
            ["addresses.id"],
            name=op.f("fk_invitations_address_id_addresses"),
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_invitations_event_id_events")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_invitations_person_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["roles.id"], name=op.f("fk_invitations_role_id_roles")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint(
            "event_id", "person_id", name=op.f("uq_invitations_event_id_person_id")
        ),
        sa.UniqueConstraint("token", name=op.f("uq_invitations_token")),
    )
    op.create_index(
        op.f("ix_invitations_address_id"), "invitations", ["address_id"], unique=False
    )
    op.create_index(
        op.f("ix_invitations_person_id"), "invitations", ["person_id"], unique=False
    )
    op.create_table(
        "registrations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("address_id", sa.Integer(), nullable=True),
        sa.Column("given_name", sa.String(), nullable=False),
        sa.Column("family_name", sa.String(), nullable=False),
        sa.Column("organisation_name", sa.String(), nullable=False),
        sa.Column("function", sa.String(), nullable=False),
        sa.Column(
            "search",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "mode",
            sa.Enum("onsite", "online", name="mode", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "seat",
            sa.Enum(
                "confirmed",
                "waiting",
                "withdrawn",
                name="seat",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "attendance",
            sa.Enum(
                "unknown",
                "present",
                "absent",
                "excused",
                name="attendance",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attendance_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["address_id"],
            ["addresses.id"],
            name=op.f("fk_registrations_address_id_addresses"),
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_registrations_event_id_events")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_registrations_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_registrations_person_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["roles.id"], name=op.f("fk_registrations_role_id_roles")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registrations")),
        sa.UniqueConstraint(
            "event_id", "person_id", name=op.f("uq_registrations_event_id_person_id")
        ),
        sa.UniqueConstraint("token", name=op.f("uq_registrations_token")),
    )
    op.create_index(
        "ix_registrations_event_id_search",
        "registrations",
        ["event_id", "search", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_registrations_address_id"),
        "registrations",
        ["address_id"],
        unique=False,
    )
    op.create_index(
        "ix_registrations_event_id_seat_asked_at",
        "registrations",
        ["event_id", "seat", "asked_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_registrations_organisation_id"),
        "registrations",
        ["organisation_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_registrations_person_id"), "registrations", ["person_id"], unique=False
    )
    op.create_table(
        "attendance_marks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column(
            "attendance",
            sa.Enum(
                "unknown",
                "present",
                "absent",
                "excused",
                name="attendance",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["events.id"],
            name=op.f("fk_attendance_marks_event_id_events"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance_marks")),
    )
    op.create_index(
        op.f("ix_attendance_marks_event_id"),
        "attendance_marks",
        ["event_id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_attendance_marks_event_id"), table_name="attendance_marks")
    op.drop_table("attendance_marks")
    op.drop_index("ix_registrations_event_id_search", table_name="registrations")
    op.drop_index(op.f("ix_registrations_person_id"), table_name="registrations")
    op.drop_index(op.f("ix_registrations_organisation_id"), table_name="registrations")
    op.drop_index("ix_registrations_event_id_seat_asked_at", table_name="registrations")
    op.drop_index(op.f("ix_registrations_address_id"), table_name="registrations")
    op.drop_table("registrations")
    op.drop_index(op.f("ix_invitations_person_id"), table_name="invitations")
    op.drop_index(op.f("ix_invitations_address_id"), table_name="invitations")
    op.drop_table("invitations")
    op.drop_index(
        op.f("ix_event_partners_organisation_id"), table_name="event_partners"
    )
    op.drop_table("event_partners")
    op.drop_index("ix_events_starts_at_id", table_name="events")
    op.drop_index(op.f("ix_events_kind_id"), table_name="events")
    op.drop_table("events")
    op.drop_table("event_kinds")

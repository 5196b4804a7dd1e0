"""What calendars answer is kept; invitations can be taken back and repeated; reminders leave by
themselves; people with an account subscribe to calendars of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0019_invitations_stay_true"
down_revision = "0018_search"


def upgrade() -> None:
    op.add_column("events", sa.Column("time_changed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("events", sa.Column("words_changed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("events", sa.Column("created_by", sa.String(), server_default="", nullable=False))
    op.add_column("invitations", sa.Column("answered_by", sa.String(), nullable=True))
    op.add_column("invitations", sa.Column("turns", sa.Integer(), server_default="0", nullable=False))
    op.add_column("invitations", sa.Column("nudges", sa.Integer(), server_default="0", nullable=False))
    op.add_column("invitations", sa.Column("nudged_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("invitations", sa.Column("uninvited_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("invitations", sa.Column("uninvited_by", sa.String(), nullable=True))
    _reply_addresses()
    _calendar_replies()
    _event_reminders()
    _calendar_feeds()


def _reply_addresses() -> None:
    op.create_table(
        "reply_addresses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["address_id"], ["addresses.id"], name=op.f("fk_reply_addresses_address_id_addresses")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_reply_addresses_event_id_events")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_addresses")),
        sa.UniqueConstraint("event_id", "address_id", name=op.f("uq_reply_addresses_event_id_address_id")),
        sa.UniqueConstraint("token", name=op.f("uq_reply_addresses_token")),
    )
    op.create_index(op.f("ix_reply_addresses_address_id"), "reply_addresses", ["address_id"])


def _calendar_replies() -> None:
    states = ("waiting", "taken", "outdated", "settled", "dismissed", "set_aside")
    op.create_table(
        "calendar_replies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column(
            "state", sa.Enum(*states, name="replystate", native_enum=False, length=32), nullable=False
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("attendee", sa.String(), nullable=False),
        sa.Column("attendee_name", sa.String(), nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("proposed", sa.JSON(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("stamp", sa.DateTime(timezone=True), nullable=False),
        sa.Column("came_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("calendar", sa.String(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_calendar_replies_event_id_events")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_calendar_replies_person_id_people")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_replies")),
        sa.UniqueConstraint("key", name=op.f("uq_calendar_replies_key")),
    )
    op.create_index("ix_calendar_replies_state_id", "calendar_replies", ["state", "id"])
    op.create_index(
        "ix_calendar_replies_event_id_person_id", "calendar_replies", ["event_id", "person_id"]
    )
    op.create_index(op.f("ix_calendar_replies_came_at"), "calendar_replies", ["came_at"])
    op.create_index(op.f("ix_calendar_replies_person_id"), "calendar_replies", ["person_id"])


def _event_reminders() -> None:
    readers, states = ("registered", "unanswered", "present"), ("planned", "left", "missed")
    op.create_table(
        "event_reminders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column(
            "readers", sa.Enum(*readers, name="readers", native_enum=False, length=32), nullable=False
        ),
        sa.Column("is_after", sa.Boolean(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("hour", sa.Time(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column(
            "state", sa.Enum(*states, name="reminderstate", native_enum=False, length=32), nullable=False
        ),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("leaves_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reached", sa.Integer(), nullable=True),
        sa.Column("dispatch_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(minutes IS NULL) <> (days IS NULL)",
            name=op.f("ck_event_reminders_distance_is_told_in_one_way"),
        ),
        sa.CheckConstraint(
            "minutes >= 0 AND days >= 0", name=op.f("ck_event_reminders_distance_is_not_negative")
        ),
        sa.CheckConstraint(
            "(days IS NULL) = (hour IS NULL)", name=op.f("ck_event_reminders_days_have_an_hour")
        ),
        sa.ForeignKeyConstraint(
            ["dispatch_id"], ["dispatches.id"], name=op.f("fk_event_reminders_dispatch_id_dispatches")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_event_reminders_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_reminders")),
    )
    op.create_index(op.f("ix_event_reminders_event_id"), "event_reminders", ["event_id"])
    op.create_index("ix_event_reminders_state_leaves_at", "event_reminders", ["state", "leaves_at"])


def _calendar_feeds() -> None:
    op.create_table(
        "calendar_feeds",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column(
            "scope", sa.Enum("agenda", "mine", name="scope", native_enum=False, length=32), nullable=False
        ),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_calendar_feeds_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("account_id", "scope", name=op.f("uq_calendar_feeds_account_id_scope")),
        sa.UniqueConstraint("token", name=op.f("uq_calendar_feeds_token")),
    )


def downgrade() -> None:
    op.drop_table("calendar_feeds")
    op.drop_table("event_reminders")
    op.drop_table("calendar_replies")
    op.drop_table("reply_addresses")
    for table, names in (
        (
            "invitations",
            ("uninvited_by", "uninvited_at", "nudged_at", "nudges", "turns", "answered_by"),
        ),
        ("events", ("created_by", "words_changed_at", "time_changed_at")),
    ):
        for name in names:
            op.drop_column(table, name)

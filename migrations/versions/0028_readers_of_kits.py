"""Letters by rule, people whom everybody writes to, and what readers of a kit declare."""

import sqlalchemy as sa
from alembic import op

revision = "0028_readers_of_kits"
down_revision = "0027_search_by_beginnings"


def _tied(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def upgrade() -> None:
    op.create_table(
        "kit_letters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kit_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column(
            "chamber",
            sa.Enum("assembly", "senate", name="chamber", native_enum=False, length=32),
            nullable=True,
        ),
        sa.Column("group", sa.String(), nullable=False),
        sa.Column("committee", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("short", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        _tied("kit_letters", "kit_id", "kits"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit_letters")),
        sa.UniqueConstraint("kit_id", "label", name=op.f("uq_kit_letters_kit_id_label")),
    )
    op.create_table(
        "kit_letter_names",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("parliamentarian_id", sa.Integer(), nullable=False),
        _tied("kit_letter_names", "letter_id", "kit_letters"),
        _tied("kit_letter_names", "parliamentarian_id", "parliamentarians"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit_letter_names")),
        sa.UniqueConstraint(
            "letter_id", "parliamentarian_id", name=op.f("uq_kit_letter_names_letter_id_parliamentarian_id")
        ),
    )
    op.create_table(
        "kit_targets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kit_id", sa.Integer(), nullable=False),
        sa.Column("parliamentarian_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        _tied("kit_targets", "kit_id", "kits"),
        _tied("kit_targets", "parliamentarian_id", "parliamentarians"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit_targets")),
        sa.UniqueConstraint(
            "kit_id", "parliamentarian_id", name=op.f("uq_kit_targets_kit_id_parliamentarian_id")
        ),
    )
    op.create_table(
        "kit_readers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kit_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("constituency", sa.String(), nullable=False),
        sa.Column("keeps_name", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        _tied("kit_readers", "kit_id", "kits"),
        _tied("kit_readers", "person_id", "people"),
        _tied("kit_readers", "organisation_id", "organisations"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit_readers")),
        sa.UniqueConstraint("kit_id", "person_id", name=op.f("uq_kit_readers_kit_id_person_id")),
        sa.UniqueConstraint("token", name=op.f("uq_kit_readers_token")),
    )
    op.create_table(
        "kit_acts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kit_id", sa.Integer(), nullable=False),
        sa.Column("reader_id", sa.Integer(), nullable=False),
        sa.Column("parliamentarian_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum("opened", "wrote", "replied", name="actkind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "reply",
            sa.Enum(
                "acknowledged", "answered", "not_answered", "meeting", "by_post",
                name="reply", native_enum=False, length=32,
            ),
            nullable=True,
        ),  # fmt: skip
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind != 'replied' OR reply IS NOT NULL", name=op.f("ck_kit_acts_a_reply_has_a_kind")
        ),
        _tied("kit_acts", "kit_id", "kits"),
        _tied("kit_acts", "reader_id", "kit_readers"),
        _tied("kit_acts", "parliamentarian_id", "parliamentarians"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit_acts")),
        sa.UniqueConstraint(
            "reader_id", "parliamentarian_id", "kind", name=op.f("uq_kit_acts_reader_id_parliamentarian_id_kind")
        ),
    )
    op.create_table(
        "kit_clicks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kit_id", sa.Integer(), nullable=False),
        sa.Column("parliamentarian_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _tied("kit_clicks", "kit_id", "kits"),
        _tied("kit_clicks", "parliamentarian_id", "parliamentarians"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit_clicks")),
        sa.UniqueConstraint(
            "kit_id",
            "parliamentarian_id",
            "channel",
            name=op.f("uq_kit_clicks_kit_id_parliamentarian_id_channel"),
        ),
    )
    for table, column in INDEXED:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    op.create_index(
        "ix_kit_acts_kit_id_kind_parliamentarian_id", "kit_acts", ["kit_id", "kind", "parliamentarian_id"]
    )


INDEXED = (
    ("kit_letter_names", "parliamentarian_id"),
    ("kit_targets", "parliamentarian_id"),
    ("kit_readers", "person_id"),
    ("kit_readers", "organisation_id"),
    ("kit_acts", "parliamentarian_id"),
    ("kit_clicks", "parliamentarian_id"),
)


def downgrade() -> None:
    for table in ("kit_clicks", "kit_acts", "kit_readers", "kit_targets", "kit_letter_names", "kit_letters"):
        op.drop_table(table)

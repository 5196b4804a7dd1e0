"""An event's day: doors and what passes them, badges, certificates of attendance, general meetings.

Registrations get what their badge says, and who said that somebody came.
"""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0020_the_day"
down_revision = "0019_invitations_stay_true"

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PORTION = 5_000


def upgrade() -> None:
    op.add_column("registrations", sa.Column("badge", sa.String(), nullable=True))
    op.add_column("registrations", sa.Column("attendance_by", sa.String(), server_default="", nullable=False))
    _give_badges()
    op.create_index("ix_registrations_badge", "registrations", ["badge"], unique=True)
    op.create_table(
        "doors",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("day_number", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.String(), nullable=True),
        sa.CheckConstraint("day_number > 0", name="ck_doors_day_number_counts_from_one"),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_doors_event_id_events"),
        sa.PrimaryKeyConstraint("id", name="pk_doors"),
        sa.UniqueConstraint("token", name="uq_doors_token"),
    )
    op.create_index("ix_doors_event_id", "doors", ["event_id"])
    op.create_table(
        "passages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("door_id", sa.Integer(), nullable=True),
        sa.Column("mark_id", sa.Integer(), nullable=True),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("act", sa.String(length=32), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("seat_before", sa.String(length=32), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_passages_event_id_events"),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name="fk_passages_registration_id_registrations"
        ),
        sa.ForeignKeyConstraint(["door_id"], ["doors.id"], name="fk_passages_door_id_doors"),
        sa.ForeignKeyConstraint(
            ["mark_id"], ["attendance_marks.id"], name="fk_passages_mark_id_attendance_marks"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_passages"),
        sa.UniqueConstraint("nonce", name="uq_passages_nonce"),
    )
    op.create_index("ix_passages_registration_id_day", "passages", ["registration_id", "day"])
    op.create_index("ix_passages_event_id_received_at", "passages", ["event_id", "received_at"])
    op.create_index("ix_passages_door_id", "passages", ["door_id"])
    op.create_index("ix_passages_mark_id", "passages", ["mark_id"])
    _certificates()
    _assemblies()


def _give_badges() -> None:
    """Each registration that there is gets what its badge says, some thousands at a time."""
    bind = op.get_bind()
    rows = sa.table("registrations", sa.column("id", sa.Integer), sa.column("badge", sa.String))
    last = 0
    while keys := bind.scalars(
        sa.select(rows.c.id).where(rows.c.id > last).order_by(rows.c.id).limit(PORTION)
    ).all():
        last = keys[-1]
        bind.execute(
            rows.update().where(rows.c.id == sa.bindparam("key")).values(badge=sa.bindparam("made")),
            [{"key": key, "made": "".join(secrets.choice(SIGNS) for _ in range(20))} for key in keys],
        )


def _certificates() -> None:
    op.create_table(
        "certificate_terms",
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("signer_name", sa.String(), nullable=False),
        sa.Column("signer_function", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.CheckConstraint("minutes > 0", name="ck_certificate_terms_minutes_are_positive"),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_certificate_terms_event_id_events"),
        sa.PrimaryKeyConstraint("event_id", name="pk_certificate_terms"),
    )
    op.create_table(
        "certificates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("function", sa.String(), nullable=False),
        sa.Column("organisation_name", sa.String(), nullable=False),
        sa.Column("event_title", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("signer_name", sa.String(), nullable=False),
        sa.Column("signer_function", sa.String(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.String(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registrations.id"], name="fk_certificates_registration_id_registrations"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_certificates"),
        sa.UniqueConstraint("registration_id", name="uq_certificates_registration_id"),
        sa.UniqueConstraint("number", name="uq_certificates_number"),
    )


def _assemblies() -> None:
    op.create_table(
        "assemblies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("electorate", sa.String(length=32), nullable=False),
        sa.Column("numerator", sa.Integer(), nullable=False),
        sa.Column("denominator", sa.Integer(), nullable=False),
        sa.Column("is_more_than", sa.Boolean(), nullable=False),
        sa.Column("counts_proxies", sa.Boolean(), nullable=False),
        sa.Column("most_proxies", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "numerator >= 0 AND numerator <= denominator", name="ck_assemblies_quorum_is_a_fraction"
        ),
        sa.CheckConstraint("denominator > 0", name="ck_assemblies_denominator_is_positive"),
        sa.CheckConstraint("most_proxies >= 0", name="ck_assemblies_most_proxies_is_a_count"),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name="fk_assemblies_event_id_events"),
        sa.PrimaryKeyConstraint("id", name="pk_assemblies"),
        sa.UniqueConstraint("event_id", name="uq_assemblies_event_id"),
    )
    op.create_table(
        "voters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("assembly_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "sort", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("turnout", sa.String(length=32), nullable=False),
        sa.Column("proxy_to_id", sa.Integer(), nullable=True),
        sa.Column("proxy_name", sa.String(), nullable=True),
        sa.Column("proxy_stored_as", sa.String(), nullable=True),
        sa.Column("proxy_media_type", sa.String(), nullable=True),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("marked_by", sa.String(), nullable=True),
        sa.CheckConstraint("proxy_to_id != id", name="ck_voters_proxy_goes_to_another"),
        sa.ForeignKeyConstraint(["assembly_id"], ["assemblies.id"], name="fk_voters_assembly_id_assemblies"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name="fk_voters_organisation_id_organisations"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_voters_person_id_people"),
        sa.ForeignKeyConstraint(["proxy_to_id"], ["voters.id"], name="fk_voters_proxy_to_id_voters"),
        sa.PrimaryKeyConstraint("id", name="pk_voters"),
        sa.UniqueConstraint(
            "assembly_id", "organisation_id", name="uq_voters_assembly_id_organisation_id"
        ),
        sa.UniqueConstraint("assembly_id", "person_id", name="uq_voters_assembly_id_person_id"),
    )
    for column in ("organisation_id", "person_id", "proxy_to_id"):
        op.create_index(f"ix_voters_{column}", "voters", [column])


def downgrade() -> None:
    for table in ("voters", "assemblies", "certificates", "certificate_terms", "passages", "doors"):
        op.drop_table(table)
    with op.batch_alter_table("registrations") as batch:
        batch.drop_index("ix_registrations_badge")
        batch.drop_column("attendance_by")
        batch.drop_column("badge")

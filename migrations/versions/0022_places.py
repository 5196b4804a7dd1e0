"""Places are counted on site and online apart, held back for groups, and offered until a deadline.

The capacity of a hybrid event counted everybody; it becomes that of each side, so that neither sells
more than the whole did. A registration whose data were erased names no person any more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022_places"
down_revision = "0021_governance"

CHECKED = (
    ("capacity_online", "ck_events_capacity_online_is_positive", "capacity_online > 0"),
    ("offer_hours", "ck_events_offer_hours_are_positive", "offer_hours > 0"),
    ("withdraw_hours", "ck_events_withdraw_hours_are_not_negative", "withdraw_hours >= 0"),
)
INSTANTS = ("offer_ends_at", "lapsed_at", "erasure_asked_at", "erased_at")
FOUND = ("offer_ends_at", "erasure_asked_at", "quota_id")


def upgrade() -> None:
    for name, check, rule in CHECKED:
        # Written out: made anew, the table would lose the triggers of its search on SQLite.
        op.execute(f"ALTER TABLE events ADD COLUMN {name} INTEGER CONSTRAINT {check} CHECK ({rule})")
    op.execute("UPDATE events SET capacity_online = capacity WHERE format = 'hybrid'")
    op.create_table(
        "event_quotas",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "mode", sa.Enum("onsite", "online", name="mode", native_enum=False, length=32), nullable=True
        ),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.CheckConstraint("places > 0", name=op.f("ck_event_quotas_places_are_positive")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_event_quotas_event_id_events"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_quotas")),
        sa.UniqueConstraint("event_id", "name", name=op.f("uq_event_quotas_event_id_name")),
    )
    op.create_table(
        "event_quota_members",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("quota_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(person_id IS NULL) != (organisation_id IS NULL)", name=op.f("ck_event_quota_members_one_of_two")
        ),
        sa.ForeignKeyConstraint(
            ["quota_id"],
            ["event_quotas.id"],
            name=op.f("fk_event_quota_members_quota_id_event_quotas"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_event_quota_members_person_id_people")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_event_quota_members_organisation_id_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_quota_members")),
        sa.UniqueConstraint("quota_id", "person_id", name=op.f("uq_event_quota_members_quota_id_person_id")),
        sa.UniqueConstraint(
            "quota_id", "organisation_id", name=op.f("uq_event_quota_members_quota_id_organisation_id")
        ),
    )
    for column in ("person_id", "organisation_id"):
        op.create_index(op.f(f"ix_event_quota_members_{column}"), "event_quota_members", [column])
    op.execute(
        "ALTER TABLE registrations ADD COLUMN quota_id INTEGER"
        " CONSTRAINT fk_registrations_quota_id_event_quotas REFERENCES event_quotas (id)"
    )
    for name in INSTANTS:
        op.add_column("registrations", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    for name in FOUND:
        told = sa.text(f"{name} IS NOT NULL")
        op.create_index(
            f"ix_registrations_{name}", "registrations", [name], sqlite_where=told, postgresql_where=told
        )
    _may_name_nobody(True)


def downgrade() -> None:
    op.execute("DELETE FROM registrations WHERE person_id IS NULL")
    op.execute("UPDATE registrations SET seat = 'waiting' WHERE seat = 'offered'")
    _may_name_nobody(False)
    for name in FOUND:
        op.drop_index(f"ix_registrations_{name}", table_name="registrations")
    with op.batch_alter_table("registrations") as batch:
        for name in (*INSTANTS, "quota_id"):
            batch.drop_column(name)
    op.drop_table("event_quota_members")
    op.drop_table("event_quotas")
    for name, _check, _rule in CHECKED:
        op.execute(f"ALTER TABLE events DROP COLUMN {name}")


def _may_name_nobody(allowed: bool) -> None:
    """Whether a registration may be without a person; on SQLite without making its table anew.

    SQLite documents this for taking NOT NULL away (https://www.sqlite.org/lang_altertable.html, 7):
    a table that others name cannot be dropped while foreign keys are kept.
    """
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.alter_column("registrations", "person_id", existing_type=sa.Integer(), nullable=allowed)
        return
    old, new = "person_id INTEGER NOT NULL", "person_id INTEGER"
    old, new = (f"{old},", f"{new},") if allowed else (f"{new},", f"{old},")
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.exec_driver_sql(
        "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'registrations'",
        (old, new),
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")

"""Memberships, bodies and their seats, each from one day to another; bodies are found by the search box."""

import sqlalchemy as sa
from alembic import op

revision = "0021_governance"
down_revision = "0020_the_day"

LISTS = ("colleges", "body_functions")


def upgrade() -> None:
    for name in LISTS:
        op.create_table(
            name,
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column("slug", sa.String(), nullable=False),
            sa.Column("name_fr", sa.String(), nullable=False),
            sa.Column("name_en", sa.String(), nullable=False),
            sa.Column("position", sa.Integer(), nullable=False),
            sa.Column("is_archived", sa.Boolean(), nullable=False),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
            sa.UniqueConstraint("slug", name=op.f(f"uq_{name}_slug")),
        )
    op.create_table(
        "bodies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=True),
        sa.Column("term_years", sa.Integer(), nullable=True),
        sa.Column("begins_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("search", sa.String(), nullable=False),
        sa.Column("sort", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("binned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends_on >= begins_on", name=op.f("ck_bodies_ends_after_it_begins")),
        sa.CheckConstraint("places > 0", name=op.f("ck_bodies_has_places")),
        sa.CheckConstraint("term_years > 0", name=op.f("ck_bodies_term_of_some_years")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bodies")),
    )
    op.create_index(
        "ix_bodies_of_binned",
        "bodies",
        ["binned_at", "id"],
        unique=False,
        sqlite_where=sa.text("binned_at IS NOT NULL"),
        postgresql_where=sa.text("binned_at IS NOT NULL"),
    )
    op.create_table(
        "seats",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("body_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("function_id", sa.Integer(), nullable=True),
        sa.Column("college_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("binned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends_on >= begins_on", name=op.f("ck_seats_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["body_id"], ["bodies.id"], name=op.f("fk_seats_body_id_bodies")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_seats_person_id_people")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_seats_organisation_id_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["function_id"], ["body_functions.id"], name=op.f("fk_seats_function_id_body_functions")
        ),
        sa.ForeignKeyConstraint(["college_id"], ["colleges.id"], name=op.f("fk_seats_college_id_colleges")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seats")),
    )
    op.create_index("ix_seats_body_id_ends_on", "seats", ["body_id", "ends_on"], unique=False)
    for column in ("person_id", "organisation_id", "function_id", "college_id"):
        op.create_index(op.f(f"ix_seats_{column}"), "seats", [column], unique=False)
    op.create_table(
        "memberships",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("college_id", sa.Integer(), nullable=True),
        sa.Column("begins_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column(
            "fee",
            sa.Enum("due", "paid", "exempt", name="fee", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("binned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends_on >= begins_on", name=op.f("ck_memberships_ends_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_memberships_organisation_id_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["college_id"], ["colleges.id"], name=op.f("fk_memberships_college_id_colleges")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
    )
    op.create_index(op.f("ix_memberships_college_id"), "memberships", ["college_id"], unique=False)
    op.create_index(
        "ix_memberships_organisation_id_ends_on", "memberships", ["organisation_id", "ends_on"], unique=False
    )
    op.create_index(
        "ix_memberships_of_kept",
        "memberships",
        ["ends_on", "begins_on", "organisation_id"],
        unique=False,
        sqlite_where=sa.text("binned_at IS NULL"),
        postgresql_where=sa.text("binned_at IS NULL"),
    )
    if op.get_bind().dialect.name == "sqlite":
        _index_on_sqlite()
    else:
        _learn_on_postgresql()


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_bodies")
        for act in ("made", "changed", "removed"):
            op.execute(f"DROP TRIGGER search_bodies_{act}")
        op.execute("DELETE FROM search_pending WHERE kind = 'bodies'")
    else:
        for act in ("made", "changed"):
            op.execute(f"DROP TRIGGER search_bodies_{act} ON bodies")
    op.drop_table("memberships")
    op.drop_table("seats")
    op.drop_table("bodies")
    for name in reversed(LISTS):
        op.drop_table(name)


def _index_on_sqlite() -> None:
    """As 0018 does for the other kinds."""
    op.execute(
        "CREATE VIRTUAL TABLE search_bodies USING fts5(words, content='', columnsize=0, detail=none, "
        "tokenize='unicode61 remove_diacritics 0', prefix='2 3')"
    )
    note = "INSERT OR IGNORE INTO search_pending (kind, record_id, was) VALUES"
    op.execute(
        "CREATE TRIGGER search_bodies_made AFTER INSERT ON bodies "
        f"BEGIN {note} ('bodies', new.id, NULL); END"
    )
    op.execute(
        "CREATE TRIGGER search_bodies_changed AFTER UPDATE OF search ON bodies "
        f"WHEN old.search IS NOT new.search BEGIN {note} ('bodies', old.id, old.search); END"
    )
    op.execute(
        "CREATE TRIGGER search_bodies_removed AFTER DELETE ON bodies "
        f"BEGIN {note} ('bodies', old.id, old.search); END"
    )


def _learn_on_postgresql() -> None:
    for act, when in (("made", "INSERT"), ("changed", "UPDATE")):
        op.execute(
            f"CREATE TRIGGER search_bodies_{act} AFTER {when} ON bodies "
            "REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION search_learn()"
        )

"""An audience is made of parts, put together and left out; who was left out of a mailing is kept with the reason."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0039_audiences_of_parts"
down_revision = "0038_purposes_and_wishes"


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=32)


def _key(table: str, column: str, to: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, ondelete=ondelete)


def upgrade() -> None:
    parts = op.create_table(
        "audience_parts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mailing_id", sa.Integer(), nullable=False),
        sa.Column("is_excluded", sa.Boolean(), nullable=False),
        sa.Column(
            "kind",
            _choice("partkind", "everyone", "list", "people", "view", "tag", "event", "body", "mailing"),
            nullable=False,
        ),
        sa.Column("key", sa.Integer(), nullable=True),
        sa.Column(
            "how",
            _choice(
                "how", "came", "absent", "registered", "waiting", "invited", "unanswered", "declined", "sent", "returned"
            ),
            nullable=True,
        ),
        sa.Column("filter", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("left_as_fr", sa.String(), nullable=False),
        sa.Column("left_as_en", sa.String(), nullable=False),
        sa.Column("chosen_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(key IS NULL) = (kind IN ('everyone', 'list', 'people'))",
            name=op.f("ck_audience_parts_names_a_record_or_a_list"),
        ),
        _key("audience_parts", "mailing_id", "mailings", "CASCADE"),
        _key("audience_parts", "chosen_by_id", "accounts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audience_parts")),
    )
    op.create_index(op.f("ix_audience_parts_mailing_id"), "audience_parts", ["mailing_id"])
    op.create_table(
        "mailing_exclusions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mailing_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=True),
        sa.Column(
            "fate",
            _choice(
                "fate", "written_to", "binned", "received", "excluded", "outside", "no_address", "on_hold",
                "objected", "not_agreed", "same_address",
            ),
            nullable=False,
        ),
        sa.Column("part_id", sa.Integer(), nullable=True),
        sa.Column("instead_id", sa.Integer(), nullable=True),
        _key("mailing_exclusions", "mailing_id", "mailings", "CASCADE"),
        _key("mailing_exclusions", "person_id", "people"),
        _key("mailing_exclusions", "address_id", "addresses"),
        _key("mailing_exclusions", "part_id", "audience_parts", "SET NULL"),
        _key("mailing_exclusions", "instead_id", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing_exclusions")),
    )
    op.create_index(
        "ix_mailing_exclusions_mailing_id_fate", "mailing_exclusions", ["mailing_id", "fate", "person_id"]
    )
    op.create_index(op.f("ix_mailing_exclusions_person_id"), "mailing_exclusions", ["person_id"])
    op.create_index(op.f("ix_mailing_exclusions_instead_id"), "mailing_exclusions", ["instead_id"])
    _move(parts)
    # Not by making the table anew: its search triggers stay.
    op.execute("ALTER TABLE mailings DROP COLUMN audience")


def _move(parts: sa.Table) -> None:
    """Each mailing's filter becomes its first part."""
    mailings = sa.table(
        "mailings", sa.column("id"), sa.column("audience"), sa.column("created_by_id")
    )
    views = sa.table("saved_views", sa.column("id"), sa.column("name"))
    connection = op.get_bind()
    names = dict(connection.execute(sa.select(views.c.id, views.c.name)).all())
    rows = []
    chosen = sa.select(mailings).where(mailings.c.audience.is_not(None))
    for key, audience, made_by in connection.execute(chosen):
        view = re.fullmatch(r"view=(\d{1,9})", audience)
        kind = "view" if view else "list" if audience else "everyone"
        if kind == "list" and re.fullmatch(r"chosen=\d+(&chosen=\d+)*", audience):
            kind = "people"
        number = int(view[1]) if view else None
        rows.append(
            {
                "mailing_id": key,
                "is_excluded": False,
                "kind": kind,
                "key": number,
                "filter": audience if kind in ("list", "people") else "",
                "title": names.get(number, audience) if view else audience,
                "left_as_fr": "",
                "left_as_en": "",
                "chosen_by_id": made_by,
            }
        )
    if rows:
        op.bulk_insert(parts, rows)


def downgrade() -> None:
    op.add_column("mailings", sa.Column("audience", sa.String(), nullable=True))
    connection = op.get_bind()
    parts = sa.table(
        "audience_parts", sa.column("mailing_id"), sa.column("is_excluded", sa.Boolean()), sa.column("kind"),
        sa.column("key"), sa.column("filter"),
    )
    mailings = sa.table("mailings", sa.column("id"), sa.column("audience"))
    # One filter is all there was room for: the first part that is written to.
    for part in connection.execute(sa.select(parts).where(parts.c.is_excluded == sa.false())).all():
        audience = f"view={part.key}" if part.kind == "view" else part.filter
        alone = mailings.c.id == part.mailing_id, mailings.c.audience.is_(None)
        connection.execute(sa.update(mailings).where(*alone).values(audience=audience))
    op.drop_table("mailing_exclusions")
    op.drop_table("audience_parts")

"""Organisations ask to sign a kit, withdraw on a day, and stand below a press release; amendments have versions."""

import sqlalchemy as sa
from alembic import op

revision = "0035_signing_and_amending_kits"
down_revision = "0034_exports_for_a_purpose"

NAMED = ("name", "chosen")
STATES = ("unconfirmed", "pending", "accepted", "refused")
OUTCOMES = ("adopted", "rejected", "withdrawn")
WHEN = sa.DateTime(timezone=True)


def _one_of(words: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, length=32)


def _tied(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def upgrade() -> None:
    for column in (
        sa.Column("takes_signatures", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("signatory_order", _one_of(NAMED, "signatoryorder"), server_default="name", nullable=False),
    ):
        op.add_column("kits", column)
    for column in (
        sa.Column("has_mandate", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_public", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_why", sa.String(), server_default="", nullable=False),
    ):
        op.add_column("cosignatories", column)
    _signing()
    _amending()
    for table, column in INDEXED:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _signing() -> None:
    op.create_table(
        "kit_signings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kit_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("token", "name", "siren", "rna", "given_name", "family_name", "function")),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("wants_mail", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("state", _one_of(STATES, "signingstate"), nullable=False),
        sa.Column("asked_at", WHEN, nullable=False),
        sa.Column("confirmed_at", WHEN, nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_at", WHEN, nullable=True),
        sa.Column("decided_by", sa.String(), nullable=False),
        _tied("kit_signings", "kit_id", "kits"),
        _tied("kit_signings", "organisation_id", "organisations"),
        _tied("kit_signings", "address_id", "addresses"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit_signings")),
        sa.UniqueConstraint("kit_id", "address_id", name=op.f("uq_kit_signings_kit_id_address_id")),
        sa.UniqueConstraint("token", name=op.f("uq_kit_signings_token")),
    )  # fmt: skip
    op.create_table(
        "kit_signing_invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kit_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("invited_at", WHEN, nullable=False),
        sa.Column("invited_by", sa.String(), nullable=False),
        _tied("kit_signing_invitations", "kit_id", "kits"),
        _tied("kit_signing_invitations", "organisation_id", "organisations"),
        _tied("kit_signing_invitations", "address_id", "addresses"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit_signing_invitations")),
        sa.UniqueConstraint(
            "kit_id", "organisation_id", name=op.f("uq_kit_signing_invitations_kit_id_organisation_id")
        ),
        sa.UniqueConstraint("token", name=op.f("uq_kit_signing_invitations_token")),
    )
    op.create_table(
        "kit_releases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kit_id", sa.Integer(), nullable=False),
        sa.Column("released_on", sa.Date(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("signatories", sa.JSON(), nullable=False),
        sa.Column("made_at", WHEN, nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        _tied("kit_releases", "kit_id", "kits"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit_releases")),
    )


def _amending() -> None:
    op.create_table(
        "kit_amendments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kit_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("text_reference", "article", "provision", "reasons")),
        sa.Column("written_at", WHEN, nullable=False),
        sa.Column("written_by", sa.String(), nullable=False),
        _tied("kit_amendments", "kit_id", "kits"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit_amendments")),
        sa.UniqueConstraint("kit_id", "number", name=op.f("uq_kit_amendments_kit_id_number")),
    )  # fmt: skip
    op.create_table(
        "kit_amendment_relays",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("amendment_id", sa.Integer(), nullable=False),
        sa.Column("parliamentarian_id", sa.Integer(), nullable=False),
        sa.Column("tabled_on", sa.Date(), nullable=True),
        sa.Column("tabled_number", sa.String(), nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("outcome", _one_of(OUTCOMES, "outcome"), nullable=True),
        sa.Column("outcome_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(outcome IS NULL) = (outcome_on IS NULL)",
            name=op.f("ck_kit_amendment_relays_an_outcome_has_its_day"),
        ),
        sa.CheckConstraint(
            "outcome_on >= tabled_on", name=op.f("ck_kit_amendment_relays_outcome_after_tabling")
        ),
        _tied("kit_amendment_relays", "amendment_id", "kit_amendments"),
        _tied("kit_amendment_relays", "parliamentarian_id", "parliamentarians"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kit_amendment_relays")),
        sa.UniqueConstraint(
            "amendment_id",
            "parliamentarian_id",
            name=op.f("uq_kit_amendment_relays_amendment_id_parliamentarian_id"),
        ),
    )


INDEXED = (
    ("kit_signings", "organisation_id"),
    ("kit_signings", "address_id"),
    ("kit_signing_invitations", "organisation_id"),
    ("kit_signing_invitations", "address_id"),
    ("kit_releases", "kit_id"),
    ("kit_amendment_relays", "parliamentarian_id"),
)


def downgrade() -> None:
    for table in (
        "kit_amendment_relays",
        "kit_amendments",
        "kit_releases",
        "kit_signing_invitations",
        "kit_signings",
    ):
        op.drop_table(table)
    for name in ("withdrawn_why", "withdrawn_on", "position", "is_public", "has_mandate"):
        op.drop_column("cosignatories", name)
    for name in ("signatory_order", "takes_signatures"):
        op.drop_column("kits", name)

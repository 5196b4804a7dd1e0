"""What mailings are made of (templates, signatures, images), the association's look, colleagues' approvals, and
what name servers said of our domain."""

import sqlalchemy as sa
from alembic import op

revision = "0037_writing_mailings"
down_revision = "0036_after_the_event"


def _key(table: str, column: str, to: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, ondelete=ondelete)


def upgrade() -> None:
    op.create_table(
        "mailing_templates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("subject_fr", sa.String(), nullable=False),
        sa.Column("body_fr", sa.String(), nullable=False),
        sa.Column("subject_en", sa.String(), nullable=False),
        sa.Column("body_en", sa.String(), nullable=False),
        sa.Column("is_archived", sa.Boolean(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _key("mailing_templates", "created_by_id", "accounts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing_templates")),
    )
    op.create_table(
        "mail_signatures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("body_fr", sa.String(), nullable=False),
        sa.Column("body_en", sa.String(), nullable=False),
        sa.Column("is_archived", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _key("mail_signatures", "account_id", "accounts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_signatures")),
    )
    op.create_index(op.f("ix_mail_signatures_account_id"), "mail_signatures", ["account_id"])
    op.create_table(
        "mailing_pictures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("alt_fr", sa.String(), nullable=False),
        sa.Column("alt_en", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("stored_as", sa.String(), nullable=False),
        sa.Column("is_archived", sa.Boolean(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _key("mailing_pictures", "added_by_id", "accounts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing_pictures")),
        sa.UniqueConstraint("stored_as", name=op.f("uq_mailing_pictures_stored_as")),
    )
    op.create_table(
        "mailing_approvals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mailing_id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        _key("mailing_approvals", "mailing_id", "mailings", "CASCADE"),
        _key("mailing_approvals", "asked_by_id", "accounts"),
        _key("mailing_approvals", "approved_by_id", "accounts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing_approvals")),
    )
    op.create_index(op.f("ix_mailing_approvals_mailing_id"), "mailing_approvals", ["mailing_id"])
    op.create_table(
        "domain_checks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_domain_checks")),
        sa.UniqueConstraint("domain", name=op.f("uq_domain_checks_domain")),
    )
    for column in (
        sa.Column("colour", sa.String(), server_default="", nullable=False),
        sa.Column("logo", sa.String(), nullable=True),
        sa.Column("logo_width", sa.Integer(), server_default="0", nullable=False),
        sa.Column("logo_height", sa.Integer(), server_default="0", nullable=False),
        sa.Column("mailings_need_approval", sa.Boolean(), server_default=sa.false(), nullable=False),
    ):
        op.add_column("association", column)


def downgrade() -> None:
    with op.batch_alter_table("association") as table:
        for name in ("mailings_need_approval", "logo_height", "logo_width", "logo", "colour"):
            table.drop_column(name)
    for name in ("domain_checks", "mailing_approvals", "mailing_pictures", "mail_signatures", "mailing_templates"):
        op.drop_table(name)

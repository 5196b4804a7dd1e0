"""Public forms on which people subscribe, and who asked there before and after confirming it."""

import sqlalchemy as sa
from alembic import op

revision = "0040_subscription_forms"
down_revision = "0039_audiences_of_parts"


def _key(table: str, column: str, to: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, ondelete=ondelete)


def upgrade() -> None:
    op.create_table(
        "subscription_forms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("title_fr", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), nullable=False),
        sa.Column("text_fr", sa.String(), nullable=False),
        sa.Column("text_en", sa.String(), nullable=False),
        sa.Column("purposes", sa.JSON(), nullable=False),
        sa.Column("tag_id", sa.Integer(), nullable=True),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _key("subscription_forms", "tag_id", "tags", "SET NULL"),
        _key("subscription_forms", "created_by_id", "accounts"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_forms")),
        sa.UniqueConstraint("slug", name=op.f("uq_subscription_forms_slug")),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("given_name", sa.String(), nullable=False),
        sa.Column("family_name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        _key("subscriptions", "form_id", "subscription_forms"),
        _key("subscriptions", "address_id", "addresses"),
        _key("subscriptions", "person_id", "people"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
    )
    op.create_index("ix_subscriptions_form_id_address_id", "subscriptions", ["form_id", "address_id"])
    op.create_index(op.f("ix_subscriptions_address_id"), "subscriptions", ["address_id"])
    op.create_index(op.f("ix_subscriptions_confirmed_at"), "subscriptions", ["confirmed_at"])
    op.create_index(op.f("ix_subscriptions_person_id"), "subscriptions", ["person_id"])


def downgrade() -> None:
    op.drop_table("subscriptions")
    op.drop_table("subscription_forms")

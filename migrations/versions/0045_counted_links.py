"""Whether the links of mailings are counted, and how often each was opened: a number, tied to nobody."""

import sqlalchemy as sa
from alembic import op

revision = "0045_counted_links"
down_revision = "0044_prepared_invitations"


def upgrade() -> None:
    op.add_column(
        "association", sa.Column("counts_clicks", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_table(
        "mailing_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mailing_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mailing_id"],
            ["mailings.id"],
            name=op.f("fk_mailing_links_mailing_id_mailings"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing_links")),
        sa.UniqueConstraint("token", name=op.f("uq_mailing_links_token")),
        sa.UniqueConstraint("mailing_id", "url", name=op.f("uq_mailing_links_mailing_id_url")),
    )


def downgrade() -> None:
    op.drop_table("mailing_links")
    op.drop_column("association", "counts_clicks")

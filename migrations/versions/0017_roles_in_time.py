"""Roles have versions, and who takes over from whom is kept with what was decided about it."""

import sqlalchemy as sa
from alembic import op

revision = "0017_roles_in_time"
down_revision = "0016_bin_and_history"

NAMES_ROLES = ("interaction_people", "invitations", "registrations")


def upgrade() -> None:
    with op.batch_alter_table("roles") as batch:
        batch.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))
        batch.add_column(sa.Column("succeeded_by_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("succession", sa.String(length=32), nullable=True))
        batch.add_column(sa.Column("ask_again_on", sa.Date(), nullable=True))
        batch.create_foreign_key("fk_roles_succeeded_by_id_roles", "roles", ["succeeded_by_id"], ["id"])
        batch.create_index("ix_roles_succeeded_by_id", ["succeeded_by_id"])
        batch.create_index("ix_roles_organisation_id_ends_on", ["organisation_id", "ends_on"])
    named = sa.text("role_id IS NOT NULL")
    for table in NAMES_ROLES:
        op.create_index(
            f"ix_{table}_role_id", table, ["role_id"], sqlite_where=named, postgresql_where=named
        )


def downgrade() -> None:
    for table in NAMES_ROLES:
        op.drop_index(f"ix_{table}_role_id", table_name=table)
    with op.batch_alter_table("roles") as batch:
        batch.drop_index("ix_roles_organisation_id_ends_on")
        batch.drop_index("ix_roles_succeeded_by_id")
        batch.drop_constraint("fk_roles_succeeded_by_id_roles", type_="foreignkey")
        batch.drop_column("ask_again_on")
        batch.drop_column("succession")
        batch.drop_column("succeeded_by_id")
        batch.drop_column("version")

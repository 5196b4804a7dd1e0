"""Purposes are data, the four of the house first; what owners of addresses said of each is kept, act by act."""

import sqlalchemy as sa
from alembic import op

revision = "0038_purposes_and_wishes"
down_revision = "0037_writing_mailings"

PURPOSES = (
    {
        "key": "service", "basis": "contract", "permission": "always", "position": 1,
        "name_fr": "Message de service", "name_en": "Service message",
        "explained_fr": "Ce que vous avez demandé : une inscription, sa confirmation, son annulation.",
        "explained_en": "What you asked for: a registration, its confirmation, its cancellation.",
        "notice_fr": "Vous recevez ce message parce que vous avez demandé ou fait quelque chose chez nous.",
        "notice_en": "You receive this message because you asked for something or did something with us.",
    },
    {
        "key": "invitation", "basis": "interest", "permission": "unless_objected", "position": 2,
        "name_fr": "Invitations aux événements", "name_en": "Invitations to events",
        "explained_fr": "Webinaires, réunions et autres événements qui peuvent vous concerner.",
        "explained_en": "Webinars, meetings and other events that may concern you.",
        "notice_fr": "", "notice_en": "",
    },
    {
        "key": "newsletter", "basis": "interest", "permission": "unless_objected", "position": 3,
        "name_fr": "Lettre d’information", "name_en": "Newsletter",
        "explained_fr": "Ce que fait l’association, quelques fois par an.",
        "explained_en": "What the association does, a few times a year.",
        "notice_fr": "", "notice_en": "",
    },
    {
        "key": "mobilisation", "basis": "interest", "permission": "unless_objected", "position": 4,
        "name_fr": "Mobilisations", "name_en": "Calls to act",
        "explained_fr": "Des positions communes que vous pouvez soutenir ou relayer.",
        "explained_en": "Joint positions that you may support or pass on.",
        "notice_fr": "", "notice_en": "",
    },
)


def upgrade() -> None:
    purposes = op.create_table(
        "purposes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("name_fr", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("explained_fr", sa.String(), nullable=False),
        sa.Column("explained_en", sa.String(), nullable=False),
        sa.Column("notice_fr", sa.String(), nullable=False),
        sa.Column("notice_en", sa.String(), nullable=False),
        sa.Column(
            "basis",
            sa.Enum("contract", "consent", "interest", "law", "task", name="basis", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "permission",
            sa.Enum(
                "always", "unless_objected", "only_agreed", name="permission", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("reach_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_archived", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "key <> 'service' OR permission = 'always'", name=op.f("ck_purposes_service_is_always_written")
        ),
        sa.ForeignKeyConstraint(["reach_id"], ["saved_views.id"], name=op.f("fk_purposes_reach_id_saved_views")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purposes")),
        sa.UniqueConstraint("key", name=op.f("uq_purposes_key")),
    )
    op.bulk_insert(purposes, [{**told, "is_archived": False, "version": 1} for told in PURPOSES])
    op.create_table(
        "wishes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("is_wanted", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("text_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["addresses.id"], name=op.f("fk_wishes_address_id_addresses")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_wishes_person_id_people")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wishes")),
    )
    op.create_index("ix_wishes_address_id_purpose", "wishes", ["address_id", "purpose", "is_wanted"])
    op.create_index(op.f("ix_wishes_person_id"), "wishes", ["person_id"])


def downgrade() -> None:
    op.drop_table("wishes")
    op.drop_table("purposes")

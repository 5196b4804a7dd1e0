"""The kinds of organisation to begin with; the association edits the list afterwards."""

import sqlalchemy as sa
from alembic import op

revision = "0009_first_organisation_kinds"
down_revision = "0008_kits"

KINDS = [
    ("commune", "Commune", "Commune"),
    ("epci", "Intercommunalité", "Intermunicipal authority"),
    ("department", "Département", "Department"),
    ("region", "Région", "Region"),
    ("collectivity", "Collectivité d’outre-mer", "Overseas collectivity"),
    ("joint_body", "Syndicat mixte", "Joint body"),
    ("state", "Service de l’État", "Central government"),
    ("agency", "Établissement ou agence publique", "Public agency"),
    ("nonprofit", "Association", "Non-profit"),
    ("federation", "Fédération ou réseau", "Federation or network"),
    ("foundation", "Fondation", "Foundation"),
    ("university", "Enseignement et recherche", "Education and research"),
    ("cooperative", "Coopérative", "Cooperative"),
    ("company", "Entreprise", "Company"),
    ("international", "Organisation internationale", "International organisation"),
    ("media", "Média", "Media"),
    ("project", "Projet ou programme", "Project or programme"),
    ("other", "Autre", "Other"),
]


def _table() -> sa.TableClause:
    return sa.table(
        "organisation_kinds",
        sa.column("slug", sa.String),
        sa.column("name_fr", sa.String),
        sa.column("name_en", sa.String),
        sa.column("position", sa.Integer),
        sa.column("is_archived", sa.Boolean),
    )


def upgrade() -> None:
    op.bulk_insert(
        _table(),
        [
            {"slug": slug, "name_fr": french, "name_en": english, "position": place, "is_archived": False}
            for place, (slug, french, english) in enumerate(KINDS, 1)
        ],
    )


def downgrade() -> None:
    kinds = _table()
    op.execute(kinds.delete().where(kinds.c.slug.in_([slug for slug, _, _ in KINDS])))

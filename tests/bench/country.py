# ruff: noqa: E501
"""The size the house is built for: 500,000 people, 37,000 organisations, a million exchanges; all invented.

The same seed draws the same country. Rows go in by COPY or one prepared statement, the search index is made
once at the end.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import func, select, text

from crm import index
from crm.db import db, is_sqlite
from crm.directory import normal
from crm.directory.models import Organisation, OrganisationKind, Person, PersonAddress, Role
from crm.index import KINDS, sqlite
from crm.mail.models import Address
from crm.relations.models import Interaction, InteractionKind, interaction_organisations
from crm.settings import services as settings
from crm.text import fold

NAMES: dict[str, list[str]] = json.loads(
    (Path(__file__).resolve().parents[2] / "crm" / "demo" / "names.json").read_text()
)
GIVEN = NAMES["women"] + NAMES["men"]
SYLLABLES = [
    "ba",
    "ber",
    "bert",
    "cha",
    "che",
    "dou",
    "fon",
    "ga",
    "gne",
    "gue",
    "la",
    "lam",
    "le",
    "lla",
    "ma",
    "mar",
    "mon",
    "nard",
    "pa",
    "quet",
    "riou",
    "ro",
    "sau",
    "ta",
    "taine",
    "tin",
    "va",
    "vi",
    "vo",
    "xa",
]
ABOUT = [
    "réunion",
    "appel",
    "convention",
    "partage",
    "données",
    "ouvertes",
    "territoire",
    "numérique",
    "inclusion",
    "transport",
    "carte",
    "licence",
    "budget",
    "élus",
    "comité",
    "webinaire",
    "visite",
    "courrier",
    "relance",
    "atelier",
    "formation",
    "charte",
    "école",
    "santé",
    "eau",
    "air",
    "climat",
    "logiciel",
    "libre",
]
AT = datetime(2026, 1, 1, tzinfo=UTC)
PART = 20_000


def fill(
    *, people: int = 500_000, organisations: int = 37_000, exchanges: int = 1_000_000, seed: int = 1
) -> None:
    """Fill the empty database; commits, and leaves the planner's figures fresh."""
    chance = Random(seed)
    settings.set_up(name="Bench")
    db.session.commit()
    kinds = list(db.session.scalars(select(OrganisationKind.id).order_by(OrganisationKind.id)))
    said = list(db.session.scalars(select(InteractionKind.id).order_by(InteractionKind.id)))
    families = [_word(chance).title() for _ in range(max(people // 8, 100))]
    words = [*ABOUT * 3, *(_word(chance) for _ in range(20_000))]
    _drop_trigram_indexes()
    _put(Organisation.__table__, _organisations(organisations, kinds, chance))
    _put(Person.__table__, _people(people, families, chance))
    _put(Address.__table__, ({"id": n, "email": f"p{n}@{n % 900}.example.org"} for n in range(1, people + 1)))
    _put(
        PersonAddress.__table__,
        (
            {"id": n, "person_id": n, "address_id": n, "label": "", "position": 0}
            for n in range(1, people + 1)
        ),
    )
    _put(Role.__table__, _roles(people, organisations))
    _put(Interaction.__table__, _exchanges(exchanges, said, words, chance))
    _put(
        interaction_organisations,
        (
            {"interaction_id": n, "organisation_id": n * 7 % organisations + 1}
            for n in range(1, exchanges + 1)
        ),
    )
    index.rebuild(db.session())
    db.session.commit()
    if is_sqlite(db.session()):
        db.session.execute(text("ANALYZE"))
        db.session.commit()
    else:
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _word(chance: Random) -> str:
    return "".join(chance.choices(SYLLABLES, k=chance.choice((2, 3, 3, 4))))


def _organisations(number: int, kinds: list[int], chance: Random) -> Iterator[dict[str, Any]]:
    for key in range(1, number + 1):
        name = f"{chance.choice(('', '', '', 'Saint-', 'La '))}{_word(chance).title()}"
        siren = f"{200_000_000 + key}"
        yield {
            "id": key, "name": name, "acronym": "", "aliases": "", "kind_id": kinds[key % len(kinds)],
            "siren": siren, "street": "", "postcode": f"{key % 95_000:05d}", "city": name, "country": "FR",
            "website": "", "phone": "", "notes": "", "search": normal.organisation_search(name, siren=siren),
            "sort": normal.organisation_sort(name), "created_at": AT, "updated_at": AT + timedelta(seconds=key),
            "version": 1,
        }  # fmt: skip


def _people(number: int, families: list[str], chance: Random) -> Iterator[dict[str, Any]]:
    for key in range(1, number + 1):
        # Some families are large.
        family = families[int(len(families) * chance.random() ** 3)]
        given = GIVEN[key * 7 % len(GIVEN)]
        yield {
            "id": key, "civility": "none", "given_name": given, "family_name": family, "language": "fr",
            "notes": "", "source": "", "search": normal.person_search(given, family),
            "sort": normal.person_sort(given, family), "created_at": AT,
            "updated_at": AT + timedelta(seconds=key), "version": 1,
        }  # fmt: skip


def _roles(people: int, organisations: int) -> Iterator[dict[str, Any]]:
    for key in range(1, people + 1):
        yield {
            "id": key, "person_id": key, "organisation_id": key * 11 % organisations + 1, "function": "Maire",
            "category": "elected", "is_main": True,
        }  # fmt: skip


def _exchanges(number: int, kinds: list[int], words: list[str], chance: Random) -> Iterator[dict[str, Any]]:
    for key in range(1, number + 1):
        told = [words[int(len(words) * chance.random() ** 4)] for _ in range(14)]
        title, body = " ".join(told[:4]).capitalize(), " ".join(told[4:])
        yield {
            "id": key, "kind_id": kinds[key % len(kinds)], "title": title, "body": f"<p>{body}</p>",
            "happened_at": AT + timedelta(seconds=key), "is_all_day": False, "created_at": AT, "updated_at": AT,
            "search": fold(f"{title} {body}"), "version": 1,
        }  # fmt: skip


def _put(table: Any, rows: Iterable[dict[str, Any]]) -> None:
    from crm.writing import insert_many

    part: list[dict[str, Any]] = []
    for row in rows:
        part.append(row)
        if len(part) == PART:
            insert_many(db.session(), table, part)
            part = []
    insert_many(db.session(), table, part)
    if is_sqlite(db.session()):
        # The index is made as a whole at the end.
        if table.name in KINDS:
            sqlite.mark(db.session(), table.name, db.session.scalar(select(func.max(table.c.id))) or 0)
    else:
        db.session.execute(
            text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), 10000000)")
        ) if ("id" in table.c) else None
    db.session.commit()


def _drop_trigram_indexes() -> None:
    """Trigram indexes are made faster over rows than with them."""
    if is_sqlite(db.session()):
        return
    names = db.session.scalars(text("SELECT indexname FROM pg_indexes WHERE indexname LIKE 'search_%'"))
    for name in names.all():
        db.session.execute(text(f"DROP INDEX {name}"))
    db.session.commit()

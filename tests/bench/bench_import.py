"""Taking in 100,000 people with roles, against plain inserts of parsed rows."""

import csv
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import func, insert, select

from crm import clock
from crm.db import db
from crm.directory.importing import running, services
from crm.directory.importing.services import State
from crm.directory.importing.shelf import Shelf
from crm.directory.models import Import, Organisation, OrganisationKind, Person, Role
from crm.settings.defaults import DEFAULTS
from crm.territories import services as territories
from crm.territories.models import Territory, TerritoryKind
from crm.text import slug
from tests.bench.harness import Verdict, growth, job, over, under

PEOPLE = 100_000
TOWN_HALLS = 5_000
GIVEN = ("Jeanne", "Maël", "Inès", "Jean-Noël", "Zoé", "Paul", "Éloïse", "Yann", "Anne-Lise", "Hugo")
FAMILY = (
    "Durand",
    "Le Goff",
    "d’Ornano",
    "Bérenger",
    "Muñoz",
    "N’Guyen",
    "Perrin",
    "Østberg",
    "Caron",
    "Faure",
)
HEADERS = (
    "Collectivité", "SIREN", "Civilité", "Prénom", "Nom", "Courriel", "Téléphone", "Fonction", "Catégorie",
    "Étiquettes",
)  # fmt: skip


def written(folder: Path) -> Path:
    """People with their functions in town halls, as a federation's list would have them."""
    in_order = select(Territory.name, Territory.siren).where(
        Territory.ended_on.is_(None), Territory.siren.is_not(None), Territory.kind == TerritoryKind.COMMUNE
    )
    communes = [tuple(row) for row in db.session.execute(in_order.order_by(Territory.id).limit(TOWN_HALLS))]
    db.session.rollback()
    place = folder / "elus.csv"
    with place.open("w", encoding="cp1252", errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(HEADERS)
        writer.writerows(_person(number, *communes[number % TOWN_HALLS]) for number in range(PEOPLE))
    return place


def _person(number: int, commune: str, siren: str) -> list[str]:
    given, family = GIVEN[number % 10], f"{FAMILY[number // 10 % 10]} {chr(65 + number % 26)}{number}"
    phone = f"06 12 {number // 10_000 % 100:02d} {number // 100 % 100:02d} {number % 100:02d}"
    civility, function = ("M.", "Maire") if number % 2 else ("Mme", "Adjointe au maire chargée du numérique")
    email = f"{slug(given)}.{slug(family)}@mairie-{number % 900}.example.org"
    return [
        f"Mairie de {commune}",
        siren,
        civility,
        given,
        family,
        email,
        phone,
        function,
        "élu",
        "salon 2025",
    ]


def prepare() -> None:
    """The reference and the kinds of organisation."""
    territories.load(db.session(), at=clock.now())
    if not db.session.scalar(select(func.count()).select_from(OrganisationKind)):
        for slug, french, english in DEFAULTS["organisation_kinds"]:
            db.session.add(OrganisationKind(slug=slug, name_fr=french, name_en=english))
    db.session.commit()


def received(place: Path, folder: Path) -> tuple[Shelf, int]:
    """The file as an upload leaves it: on the shelf, its columns understood, asked for."""
    session, shelf = db.session(), Shelf.under(folder)
    with place.open("rb") as stream:
        record = services.receive(session, shelf, stream, file_name=place.name, by="bench", at=clock.now())
    services.ask_check(session, record, record.mapping)
    session.commit()
    key = record.id
    # No lock is left to whoever works on it.
    session.rollback()
    return shelf, key


def work(shelf: Shelf, key: int, *, keep: bool = True) -> dict[str, Any]:
    """As a worker does it, to the last commit: check, or take in with the batch and what an undo needs."""
    session = db.session()
    if keep:
        session.get_one(Import, key, populate_existing=True).state = State.ASKED
        session.commit()
    assert services.claim(session, shelf, key)
    running.work(session, shelf, key, at=clock.now())
    counts: dict[str, Any] = session.get_one(Import, key, populate_existing=True).counts["told"]
    session.rollback()
    return counts


def plain_inserts() -> float:
    """Rows a second of the bare statements into people and roles, from rows that are parsed already."""
    at, session = clock.now(), db.session()
    named = {"search": "durand jeanne", "created_at": at, "updated_at": at}
    session.add(Organisation(name="Floor", created_at=at, updated_at=at))
    session.flush()
    owner = session.scalar(select(func.max(Organisation.id)))
    people: list[dict[str, Any]] = [
        {"id": n + 1, "given_name": "Jeanne", "family_name": f"Durand {n}", "sort": f"durand {n}", **named}
        for n in range(PEOPLE)
    ]
    roles: list[dict[str, Any]] = [
        {"person_id": n + 1, "organisation_id": owner, "function": "Maire"} for n in range(PEOPLE)
    ]
    began = time.perf_counter()
    session.connection().execute(insert(Person.__table__), people)
    session.connection().execute(insert(Role.__table__), roles)
    took = time.perf_counter() - began
    session.rollback()
    return PEOPLE / took


def _in_child(shelf: Shelf, key: int) -> None:
    """The import on a connection of its own."""
    db.session.remove()
    db.engine.dispose(close=False)
    work(shelf, key)


def _beside(verdict: Verdict, floor: float) -> Verdict:
    return replace(verdict, floor=f"{floor:,.0f} rows/s")


@job("Import of 100,000 people with roles, batch and undo kept")
def importing(app: Flask) -> Iterator[Verdict]:
    with app.app_context(), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare()
        must = 10_000 if db.engine.dialect.name == "sqlite" else 5_000
        place = written(folder)
        floor = plain_inserts()
        shelf, key = received(place, folder)
        began = time.perf_counter()
        work(shelf, key, keep=False)
        yield _beside(over(must, PEOPLE / (time.perf_counter() - began), "rows/s", "checked"), floor)
        began = time.perf_counter()
        counts = work(shelf, key)
        took = time.perf_counter() - began
        assert (counts["read"], counts["created"], counts["refused"]) == (PEOPLE, PEOPLE, 0), counts
        yield _beside(over(must, PEOPLE / took, "rows/s", "taken in"), floor)
        shelf, again = received(place, folder)
        began = time.perf_counter()
        counts = work(shelf, again)
        took = time.perf_counter() - began
        assert (counts["unchanged"], counts["refused"]) == (PEOPLE, 0), counts
        yield _beside(over(must, PEOPLE / took, "rows/s", "the same file again"), floor)
        began = time.perf_counter()
        for number in (again, key):
            record = db.session.get_one(Import, number, populate_existing=True)
            services.ask_undo(record)
            db.session.commit()
            services.claim(db.session(), shelf, number)
            running.work(db.session(), shelf, number, at=clock.now())
        took = time.perf_counter() - began
        assert db.session.scalar(select(func.count(Person.id))) == 0
        yield _beside(over(must / 4, PEOPLE / took, "rows/s", "undone"), floor)
        shelf, key = received(place, folder)
        yield under(60, growth(partial(_in_child, shelf, key)), "MB more", "memory")

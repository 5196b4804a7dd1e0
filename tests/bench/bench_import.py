"""Taking in 36,000 organisations and 10,000 people with roles, against plain inserts of parsed rows."""

import csv
import io
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
from crm.directory.importing import columns, taking
from crm.directory.importing.report import Places, Report
from crm.directory.models import Organisation, OrganisationKind, Person, Role
from crm.settings.defaults import DEFAULTS
from crm.territories import services as territories
from crm.territories.models import Territory, TerritoryKind
from crm.text import slug
from crm.web import tables_in
from tests.bench.harness import Verdict, growth, job, over, under

MUST = 5_000  # rows a second
ORGANISATIONS = 36_000
PEOPLE = 10_000
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
KIND = {
    TerritoryKind.REGION: "Région",
    TerritoryKind.DEPARTMENT: "Département",
    TerritoryKind.COLLECTIVITY: "Collectivité d’outre-mer",
    TerritoryKind.EPCI: "Intercommunalité",
    TerritoryKind.COMMUNE: "Commune",
}
HEADERS = (
    "Collectivité", "SIREN", "Code INSEE", "Type", "Adresse", "Code postal", "Ville", "Téléphone standard",
    "Courriel de la mairie", "Civilité", "Prénom", "Nom", "Courriel", "Téléphone", "Fonction", "Catégorie",
)  # fmt: skip


def written(folder: Path) -> Path:
    """The communes of the reference as a town hall's list would have them; the first ones with two people."""
    authorities = select(Territory).where(Territory.ended_on.is_(None), Territory.siren.is_not(None))
    in_order = authorities.order_by(Territory.kind, Territory.id).limit(ORGANISATIONS)
    communes = list(db.session.scalars(in_order))
    rows = [[*_organisation(number, commune), *[""] * 7] for number, commune in enumerate(communes)]
    rows += [_person(number, communes[number // 2]) for number in range(PEOPLE)]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(HEADERS)
    writer.writerows(rows)
    db.session.rollback()
    place = folder / "communes.csv"
    place.write_bytes(text.getvalue().encode("cp1252", "replace"))
    return place


def _organisation(number: int, commune: Territory) -> list[str]:
    postcode = (commune.postcodes.split() or ["75000"])[0]
    mailbox = f"mairie.{number}@commune-{number % 900}.example.org"
    phone = f"02 41 {number // 10_000 % 100:02d} {number // 100 % 100:02d} {number % 100:02d}"
    street = f"{number % 90 + 1} place de la République"
    return [
        f"Mairie de {commune.name}", commune.siren or "", commune.code, KIND[commune.kind], street, postcode,
        commune.name, phone, mailbox,
    ]  # fmt: skip


def _person(number: int, commune: Territory) -> list[str]:
    given, family = GIVEN[number % 10], f"{FAMILY[number // 10 % 10]} {chr(65 + number % 26)}{number}"
    phone = f"06 12 {number // 10_000:02d} {number // 100 % 100:02d} {number % 100:02d}"
    civility, function = ("M.", "Maire") if number % 2 else ("Mme", "Adjointe au maire chargée du numérique")
    email = f"{slug(given)}.{slug(family)}@mairie-{number % 900}.example.org"
    return [
        commune.name, commune.siren or "", *[""] * 7, civility, given, family, email, phone, function, "élu",
    ]  # fmt: skip


def prepare() -> None:
    """The reference and the kinds of organisation."""
    territories.load(db.session(), at=clock.now())
    if not db.session.scalar(select(func.count()).select_from(OrganisationKind)):
        for slug, french, english in DEFAULTS["organisation_kinds"]:
            db.session.add(OrganisationKind(slug=slug, name_fr=french, name_en=english))
    db.session.commit()


def take(place: Path, folder: Path, *, keep: bool = True) -> taking.Counts:
    """As the command does it, to the commit; or a dry run."""
    with tables_in.read(place) as table:
        order = taking.Order(
            fields=columns.checked(table.columns, columns.proposed(table.columns)),
            kinds=taking.kinds(db.session(), "fr"),
            source="communes.csv",
            import_id=None,
            by="bench",
            at=clock.now(),
        )
        with Report(Places.beside(folder, "told")) as report:
            counts = taking.take(db.session(), table, order, report)
    if keep:
        db.session.commit()
    db.session.rollback()
    return counts


def plain_inserts(read: int) -> float:
    """Rows a second of the bare statements: the same records from rows that are parsed already."""
    at = clock.now()
    named = {"search": "saint etienne du rouvray 217605757", "created_at": at, "updated_at": at}
    organisations = [
        {"name": f"Commune {n}", "sort": f"commune {n}", "siren": f"9{n:08d}", "city": "Angers", **named}
        for n in range(ORGANISATIONS)
    ]
    people = [
        {"given_name": "Jeanne", "family_name": f"Durand {n}", "sort": f"durand {n} jeanne", **named}
        for n in range(PEOPLE)
    ]
    began = time.perf_counter()
    session = db.session()
    connection = session.connection()
    connection.execute(insert(Organisation.__table__), organisations)
    connection.execute(insert(Person.__table__), people)
    first = session.scalar(select(func.min(Organisation.id)).where(Organisation.siren >= "9")) or 1
    owner = session.scalar(select(func.min(Person.id))) or 1
    roles: list[dict[str, Any]] = [
        {"person_id": owner + n, "organisation_id": first, "function": "Maire"} for n in range(PEOPLE)
    ]
    connection.execute(insert(Role.__table__), roles)
    session.flush()
    took = time.perf_counter() - began
    session.rollback()
    return read / took


def _in_child(place: Path, folder: Path) -> None:
    """A dry run on a connection of its own."""
    db.session.remove()
    db.engine.dispose(close=False)
    take(place, folder, keep=False)


def _beside(verdict: Verdict, floor: float) -> Verdict:
    return replace(verdict, floor=f"{floor:,.0f} rows/s")


@job("Import of 36,000 organisations and 10,000 people with roles")
def importing(app: Flask) -> Iterator[Verdict]:
    with app.app_context(), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare()
        place = written(folder)
        floor = plain_inserts(ORGANISATIONS + PEOPLE)
        more = growth(partial(_in_child, place, folder))
        began = time.perf_counter()
        counts = take(place, folder)
        took = time.perf_counter() - began
        assert (counts.read, counts.created, counts.refused) == (46_000, 46_000, 0), counts
        yield _beside(over(MUST, counts.read / took, "rows/s", "created"), floor)
        began = time.perf_counter()
        counts = take(place, folder)
        took = time.perf_counter() - began
        assert (counts.unchanged, counts.refused) == (46_000, 0), counts
        yield _beside(over(MUST, counts.read / took, "rows/s", "the same file again"), floor)
        yield under(60, more, "MB more", "memory")

"""A France of a few territories, in the layout of the source package, and the whole one loaded once."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy.orm import Session

from crm.db import db
from crm.territories import building, services
from crm.territories.reference import Reference
from tests.emptying import empty
from tests.make import EARLY


def commune(code: str, name: str, department: str, region: str, **facts: Any) -> dict[str, Any]:
    return {
        "code": code,
        "nom": name,
        "departement": department,
        "region": region,
        "zone": "metro",
        "type": "commune-actuelle",
        "siren": f"21{code}01",
        "codesPostaux": [code],
        "population": 100,
    } | facts


PACKAGE: dict[str, Any] = {
    "regions": [
        {"code": "52", "nom": "Pays de la Loire", "zone": "metro"},
        {"code": "978", "nom": "Saint-Martin", "zone": "com"},
    ],
    "departements": [
        {"code": "49", "nom": "Maine-et-Loire", "region": "52", "zone": "metro"},
        {"code": "72", "nom": "Sarthe", "region": "52", "zone": "metro"},
        {"code": "978", "nom": "Saint-Martin", "region": "978", "zone": "com"},
    ],
    "communes": [
        commune("49007", "Angers", "49", "52", population=159022, codesPostaux=["49000", "49100"]),
        commune("49092", "Chemillé-en-Anjou", "49", "52", population=21000, anciensCodes=["49093"]),
        commune("72181", "Le Mans", "72", "52", population=146000),
        commune("97801", "Saint-Martin", "978", "978", zone="com", siren="", population=31160),
        {"code": "49218", "nom": "Melay", "type": "commune-deleguee", "chefLieu": "49092"},
    ],
    "epci": [
        {
            "code": "244900015",
            "nom": "CU Angers Loire Métropole",
            "type": "CU",
            "membres": [{"code": "49007"}, {"code": "72181"}],
        }
    ],
    "ept": [],
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The unpacked source package, with two regions' worth of it."""
    folder = tmp_path / "package"
    (folder / "data").mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps({"name": building.PACKAGE, "version": "6.0.0"}))
    (folder / "README.md").write_text("| Année | Version |\n| 2026  | 6.0.0   |\n")
    for name, entries in PACKAGE.items():
        (folder / "data" / f"{name}.json").write_text(json.dumps(entries))
    return folder


@pytest.fixture
def built(package: Path, tmp_path: Path) -> Callable[..., Reference]:
    """Build the reference from the package, after replacing the named files of it."""

    def build(**files: Any) -> Reference:
        for name, entries in files.items():
            (package / "data" / f"{name}.json").write_text(json.dumps(entries))
        out = tmp_path / "reference.json.xz"
        done = CliRunner().invoke(building.build, [str(package), "--out", str(out)])
        assert done.exit_code == 0, done.output
        return Reference(out)

    return build


@pytest.fixture(scope="module")
def france(migrated: Flask) -> Iterator[Session]:
    """The shipped reference, loaded once for all the tests of a module, which only read."""
    with migrated.app_context():
        services.load(db.session(), at=EARLY)
        db.session.commit()
        yield db.session()
        db.session.remove()
        empty(db.engine)

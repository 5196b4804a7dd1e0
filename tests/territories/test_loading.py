"""Building the reference from its source, and bringing the database to it."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.territories import building, queries, reference, services
from crm.territories.models import Territory, TerritoryKind
from crm.territories.reference import DamagedReference, Reference
from tests.make import EARLY
from tests.territories.conftest import PACKAGE, commune

Built = Callable[..., Reference]


def counts(done: services.Counts) -> tuple[int, int, int, int]:
    return done.created, done.updated, done.unchanged, done.ended


def test_the_same_package_gives_the_same_bytes(package: Path, tmp_path: Path) -> None:
    files = [tmp_path / "one.xz", tmp_path / "two.xz"]
    for file in files:
        CliRunner().invoke(building.build, [str(package), "--out", str(file)])
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_folder_that_is_not_the_package_is_refused(tmp_path: Path) -> None:
    for content in (None, {"name": "something-else"}):
        if content:
            (tmp_path / "package.json").write_text(json.dumps(content))
        done = CliRunner().invoke(building.build, [str(tmp_path), "--out", str(tmp_path / "out.xz")])
        assert done.exit_code == 1 and "package" in done.output
    assert not (tmp_path / "out.xz").exists()


def test_a_package_whose_parts_do_not_fit_is_refused(package: Path, tmp_path: Path) -> None:
    stray = [*PACKAGE["communes"], commune("01001", "Ailleurs", "01", "84")]
    (package / "data" / "communes.json").write_text(json.dumps(stray))
    done = CliRunner().invoke(building.build, [str(package), "--out", str(tmp_path / "out.xz")])
    assert done.exit_code == 1 and "01001: no such region_code, 84" in done.output


def test_people_are_summed_where_the_source_counts_none(session: Session, built: Built) -> None:
    services.load(session, at=EARLY, reference=built())
    people = {row.code: row.population for row in session.scalars(select(Territory)).all()}
    assert people["49"] == 159022 + 21000
    assert people["52"] == 159022 + 21000 + 146000
    assert people["244900015"] == 159022 + 146000


def test_an_epci_lies_where_most_of_its_people_live(session: Session, built: Built) -> None:
    services.load(session, at=EARLY, reference=built())
    assert queries.resolve(TerritoryKind.EPCI, code="244900015").department_code == "49"


def test_loading_twice_changes_nothing(session: Session, built: Built) -> None:
    reference = built()
    assert counts(services.load(session, at=EARLY, reference=reference)) == (9, 0, 0, 0)
    assert counts(services.load(session, at=EARLY, reference=reference)) == (0, 0, 9, 0)
    assert session.scalar(select(func.count()).select_from(Territory)) == 9


def test_a_new_edition_updates_what_differs_and_keeps_every_id(session: Session, built: Built) -> None:
    services.load(session, at=EARLY, reference=built())
    before = queries.resolve(TerritoryKind.COMMUNE, code="72181").id
    communes = [
        {**one, "population": 150000} if one["code"] == "72181" else one for one in PACKAGE["communes"]
    ]
    done = services.load(session, at=EARLY, reference=built(communes=communes))
    assert counts(done) == (0, 4, 5, 0), "the commune, its department, its region and its EPCI"
    after = queries.resolve(TerritoryKind.COMMUNE, code="72181")
    assert (after.id, after.population) == (before, 150000)


def test_a_commune_that_was_merged_is_kept_as_ended_and_leads_to_the_new_one(
    session: Session, built: Built
) -> None:
    services.load(session, at=EARLY, reference=built())
    merged = [one for one in PACKAGE["communes"] if one["code"] != "72181"]
    merged[0] = {**merged[0], "anciensCodes": ["72181"]}
    members = [{**PACKAGE["epci"][0], "membres": [{"code": "49007"}]}]
    assert services.load(session, at=EARLY, reference=built(communes=merged, epci=members)).ended == 1
    gone = session.scalars(select(Territory).where(Territory.code == "72181")).one()
    assert gone.ended_on == date(2026, 3, 2)
    assert queries.suggest("le mans") == []
    assert queries.resolve(TerritoryKind.COMMUNE, code="72181").name == "Angers"

    back = built(communes=PACKAGE["communes"], epci=PACKAGE["epci"])
    assert services.load(session, at=EARLY, reference=back).created == 0
    session.refresh(gone)
    assert gone.ended_on is None


def test_a_damaged_reference_is_refused_and_changes_nothing(session: Session, built: Built) -> None:
    services.load(session, at=EARLY, reference=built())
    damaged = built()
    damaged._packed = damaged._packed[:-40]
    damaged.digest = "another"
    with pytest.raises(DamagedReference):
        services.load(session, at=EARLY, reference=damaged)
    assert session.scalar(select(func.count()).select_from(Territory)) == 9


def test_the_command_prints_the_counts(
    app: Flask, built: Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = built()
    monkeypatch.setattr(services, "Reference", lambda: small)
    runner = app.test_cli_runner()
    first = runner.invoke(args=["territories", "load", "--json"])
    assert first.exit_code == 0
    assert json.loads(first.output) == {
        "read": 9,
        "created": 9,
        "updated": 0,
        "unchanged": 0,
        "ended": 0,
        "refused": 0,
        "refused_file": None,
    }
    assert runner.invoke(args=["territories", "load"]).output == (
        "territories: 9 read, 0 created, 0 updated, 9 unchanged, 0 ended\n"
    )


def test_the_shipped_file_says_what_it_is_made_from() -> None:
    version, _rows = Reference().open()
    notes = reference.PATH.with_name("README.md").read_text(encoding="utf-8")
    assert f"**{version}**" in notes and "Licence Ouverte 2.0" in notes

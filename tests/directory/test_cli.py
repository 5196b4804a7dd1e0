"""The directory from the command line."""

import csv
import json

import pytest

from crm.db import db
from crm.directory import services
from crm.web.models import Export
from tests.make import EARLY


@pytest.fixture
def run(app):
    with app.app_context():
        town = services.add_organisation(name="Ville d’Angers", siren="214900078", by="test", at=EARLY)
        ada = services.add_person(
            given_name="Ada",
            family_name="d’Ormesson",
            emails=["ada@example.org"],
            tags=["presse"],
            by="test",
            at=EARLY,
        )
        services.give_role(person=ada, organisation=town, function="Maire", by="test", at=EARLY)
        services.add_person(given_name="Bob", family_name="Martin", by="test", at=EARLY)
        db.session.commit()
    runner = app.test_cli_runner()
    return lambda *words: runner.invoke(args=["directory", *words])


def test_a_search_answers_as_one_object(run):
    answer = json.loads(run("search", "ormess", "--json").stdout)
    person = answer["people"][0]
    assert (person["name"], person["detail"], person["email"]) == (
        "d’Ormesson Ada", "Maire · Ville d’Angers", "ada@example.org",
    )  # fmt: skip
    assert answer["organisations"] == []
    assert "Ville d’Angers" in run("search", "214 900 078").stdout


def test_an_export_writes_the_filter_s_rows(run, tmp_path):
    out = tmp_path / "people.csv"
    result = run(
        "export", "people", "--out", str(out), "--filter", "tag=presse", "--columns", "email,family_name"
    )
    assert result.exit_code == 0, result.output
    rows = list(csv.reader(out.read_text("utf-8-sig").splitlines(), delimiter=";"))
    assert rows == [["Adresse électronique", "Nom"], ["ada@example.org", "d’Ormesson"]]


def test_the_form_of_the_file_follows_its_name(app, run, tmp_path):
    out = tmp_path / "organisations.xlsx"
    assert run("export", "organisations", "--out", str(out), "--purpose", "Annuaire").exit_code == 0
    with app.app_context():
        assert [one.purpose for one in db.session.query(Export)][-1] == "Annuaire"
    assert out.read_bytes().startswith(b"PK")


@pytest.mark.parametrize("words", [("--filter", "kinds=x"), ("--columns", "email,shoe_size")])
def test_what_is_not_understood_is_refused_and_writes_no_file(run, tmp_path, words):
    out = tmp_path / "people.csv"
    result = run("export", "people", "--out", str(out), *words)
    assert result.exit_code == 1
    assert not out.exists()

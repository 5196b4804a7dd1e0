"""The pages and the command of imports, as a person meets them."""

import csv
import io
import json
import os
import re
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from crm import clock
from crm.db import db
from crm.directory.importing import running, services, taking, tasks
from crm.directory.importing.services import State
from crm.directory.models import Import, Organisation, Person, Role
from crm.mail.models import Address

FILE = (
    "Structure;Prénom;Nom;Courriel;Fonction\r\n"
    "Réseau;Zoé;Le Goff;zoe@example.org;Présidente\r\n"
    "Réseau;Yann;Caron;yann-example.org;\r\n"
)


def upload(client: Any, content: bytes | str = FILE, name: str = "liste.csv") -> Any:
    action, fields = client.filled("/imports/new")
    raw = content.encode() if isinstance(content, str) else content
    return client.post(
        action, data={**fields, "file": (io.BytesIO(raw), name)}, content_type="multipart/form-data"
    )


def number(app: Any, model: type) -> int:
    with app.app_context():
        return int(db.session.scalar(select(func.count()).select_from(model)))


def checked(client: Any, content: bytes | str = FILE) -> str:
    """The address of an import whose file was checked."""
    here = upload(client, content).location
    assert client.submit(here, to="/check").status_code == 302
    return str(here)


def test_a_file_is_checked_before_anything_is_written_and_then_taken_in(client, app):
    client.as_("staff", language="en")
    here = upload(client).location
    page = client.get(here).text
    assert page.count("selected") >= 5
    assert "Zoé" in page

    client.submit(here, to="/check")
    page = client.get(here).text
    assert "yann-example.org” is not an e-mail address" in page
    assert "Import 1 row" in page
    assert (number(app, Person), number(app, Organisation)) == (0, 0)

    client.submit(here, to="/apply")
    assert "Taken in" in client.get(here).text
    assert (number(app, Person), number(app, Organisation), number(app, Role)) == (1, 1, 1)
    with app.app_context():
        record = db.session.scalars(select(Import)).one()
        assert db.session.scalars(select(Person)).one().import_id == record.id
        assert not tasks.shelf().file(record.stored_as).exists()


def test_the_refused_rows_come_back_as_a_file_that_can_be_mended_and_sent_again(client, app):
    client.as_("staff", language="fr")
    here = checked(client)
    answer = client.get(f"{here}/refused.csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert "n’est pas une adresse électronique" in answer.text
    mended = answer.text.replace("yann-example.org", "yann@example.org")
    again = checked(client, mended)
    client.submit(again, to="/apply")
    assert number(app, Person) == 1


def test_the_meaning_of_columns_is_chosen_and_remembered(client, app):
    client.as_("staff", language="en")
    text = FILE.replace("Structure", "Où").replace("yann-", "yann@")
    here = upload(client, text).location
    client.submit(here, to="/check", **{"column-0": "organisation"})
    client.submit(here, to="/apply")
    assert number(app, Organisation) == 1

    again = upload(client, text).location
    page = client.get(again).text
    assert re.search(r'<option value="organisation" selected>', page)
    assert "already taken in" in page


def test_two_columns_of_one_meaning_are_refused_on_the_page(client):
    client.as_("staff", language="en")
    here = upload(client).location
    answer = client.submit(here, to="/check", **{"column-1": "family_name"})
    assert answer.status_code == 422
    assert "“Prénom”, “Nom”" in answer.text


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "holds no row"),
        ("Nom;Nom\nA;B\n", "more than one column named “Nom”"),
        ("Nom;Courriel\n", "holds no row below them"),
        (b"PK\x03\x04" + b"\x00" * 200, "damaged or was cut short"),
        (";".join(f"Colonne {n}" for n in range(300)) + "\n" + "x;" * 299, "more than 200 columns"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_file_that_cannot_be_read_is_refused_whole_with_what_to_do(client, app, content, sentence):
    client.as_("staff", language="en")
    answer = upload(client, content, "liste.xlsx" if isinstance(content, bytes) and content else "liste.csv")
    assert answer.status_code == 422
    assert sentence in answer.text
    assert number(app, Import) == 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_file_of_200_megabytes_is_refused_in_a_sentence_before_it_is_read(client, app):
    client.as_("staff", language="en")
    action, fields = client.filled("/imports/new")
    size = {"CONTENT_LENGTH": str(200 * 1024 * 1024)}
    answer = client.post(
        action,
        data={**fields, "file": (io.BytesIO(b"Nom;Courriel\n"), "liste.csv")},
        content_type="multipart/form-data",
        environ_overrides=size,
    )
    assert answer.status_code == 413
    assert "This file is too large. Send a smaller one, or split it." in answer.text
    assert number(app, Import) == 0


def test_no_file_at_all_is_said(client):
    client.as_("staff", language="en")
    answer = client.submit("/imports/new")
    assert answer.status_code == 422
    assert "Choose the file" in answer.text


def test_the_sample_file_is_understood_without_a_choice(client, app):
    client.as_("staff", language="fr")
    sample = client.get("/imports/sample.csv").data
    client.submit(checked(client, sample), to="/apply")
    assert (number(app, Person), number(app, Organisation)) == (2, 1)


def test_viewers_import_nothing(client, app):
    client.as_("staff")
    here = checked(client)
    client.as_("viewer")
    for path in ("/imports/", "/imports/new", here, f"{here}/refused.csv"):
        assert client.get(path).status_code == 403
    assert client.post(f"{here}/apply").status_code == 403
    assert number(app, Person) == 0


def test_a_second_click_takes_nothing_in_twice(client, app):
    client.as_("staff", language="en")
    here = checked(client)
    action, fields = client.filled(here, to="/apply")
    assert client.post(action, data=fields).status_code == 302
    assert client.post(action, data=fields).status_code == 302
    assert number(app, Person) == 1
    _fresh, fields = client.filled("/imports/new")
    assert client.post(action, data=fields).status_code == 422


def test_a_large_file_is_left_to_a_worker_and_survives_one_that_died(client, app, monkeypatch):
    monkeypatch.setattr(tasks, "MOST_AT_ONCE", 1)
    client.as_("staff", language="en")
    here = upload(client).location
    client.submit(here, to="/check")
    assert "Being checked" in client.get(here).text
    with app.app_context():
        tasks.pending()
    client.submit(here, to="/apply")
    assert number(app, Person) == 0
    with app.app_context():
        key = db.session.scalars(select(Import.id)).one()
        shelf = tasks.shelf()
        # A worker claimed it and was killed.
        assert services.claim(db.session(), shelf, key)
        assert services.next_asked(db.session(), shelf) is None
        silent = time.time() - services.STALLED_AFTER - 5
        stored_as = db.session.get(Import, key).stored_as
        db.session.rollback()
        os.utime(shelf.folder / f"{stored_as}.progress", (silent, silent))
        tasks.pending()
        assert db.session.get(Import, key).state == State.DONE
        # One that comes second finds nothing to do.
        db.session.rollback()
        running.work(db.session(), shelf, key, at=clock.now())
    assert number(app, Person) == 1


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_process_killed_in_mid_import_leaves_whole_parts_and_the_next_one_goes_on(client, app, monkeypatch):
    monkeypatch.setattr(taking, "AT_ONCE", 20)
    client.as_("staff")
    rows = "".join(f"Réseau {n};Zoé;Le Goff {n};zoe{n}@example.org;\r\n" for n in range(21))
    here = checked(client, FILE.splitlines(True)[0] + rows)
    key = int(here.rsplit("/", 1)[1])
    child = os.fork()
    if child == 0:
        with app.app_context():
            db.engine.dispose(close=False)
            record = db.session.get(Import, key)
            services.ask_apply(record)
            db.session.commit()
            shelf = tasks.shelf()
            services.claim(db.session(), shelf, key)
            # Killed within the second part: what it wrote was not committed.
            keep, seen = running.keep_part, []
            running.keep_part = lambda *facts: keep(*facts) or seen.append(1) or (len(seen) > 1 and die())
            running.work(db.session(), shelf, key, at=clock.now())
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    with app.app_context():
        db.engine.dispose()
        assert db.session.get(Import, key).state == State.RUNNING
        db.session.rollback()
        assert number(app, Person) == 20
        running.work(db.session(), tasks.shelf(), key, at=clock.now())
        record = db.session.get(Import, key)
        assert (record.state, record.counts["told"]["created"]) == (State.DONE, 21)
        db.session.rollback()
    assert (number(app, Person), number(app, Role), number(app, Address)) == (21, 21, 21)
    lines = client.get(f"{here}/results.csv").text.splitlines()
    assert [line.split(";")[0] for line in lines[1:]] == [str(n) for n in range(2, 23)]


def test_a_removed_file_is_gone(client, app):
    client.as_("staff", language="en")
    here = upload(client).location
    _action, fields = client.filled(here, to="/check")
    assert client.post(f"{here}/leave", data=fields).status_code == 302
    assert number(app, Import) == 0
    assert client.get(here).status_code == 404


# The command


def run(app: Any, *words: str) -> Any:
    return app.test_cli_runner().invoke(args=["directory", "import", *words])


def test_the_command_ends_with_the_counts_and_writes_the_refused_rows(app, tmp_path):
    place = tmp_path / "liste.csv"
    place.write_bytes(FILE.encode("cp1252"))

    told = run(app, str(place), "--dry-run", "--json")
    assert (told.exit_code, number(app, Person), number(app, Import)) == (1, 0, 0)
    told = run(app, str(place), "--json")
    facts = json.loads(told.stdout)
    assert told.exit_code == 1
    assert [facts[name] for name in ("read", "created", "updated", "unchanged", "refused")] == [2, 1, 0, 0, 1]
    assert Path(facts["refused_file"]) == tmp_path / "liste-refused.csv"
    lines = list(csv.reader(io.StringIO(Path(facts["refused_file"]).read_text("utf-8-sig")), delimiter=";"))
    assert lines[1][0] == "3"
    assert lines[1][2:] == ["Réseau", "Yann", "Caron", "yann-example.org", ""]

    place.write_bytes(FILE.replace("yann-", "yann@").encode("utf-16"))
    assert run(app, str(place), "--json").exit_code == 0
    assert number(app, Person) == 2


def test_the_command_takes_meanings_from_a_toml_file(app, tmp_path):
    place, meanings = tmp_path / "liste.csv", tmp_path / "m.toml"
    place.write_text("Où;Qui\nRéseau;Zoé Le Goff\n", "utf-8")
    meanings.write_text('"Où" = "organisation"\n"Qui" = "full_name"\n', "utf-8")
    assert run(app, str(place), "--mapping", str(meanings)).exit_code == 0
    assert number(app, Role) == 1
    meanings.write_text('"Quand" = "organisation"\n', "utf-8")
    told = run(app, str(place), "--mapping", str(meanings), "--language", "en")
    assert told.exit_code == 2
    assert "“Quand”" in told.stderr


def test_an_unreadable_file_is_refused_by_the_command_in_a_sentence(app, tmp_path):
    place = tmp_path / "liste.xlsx"
    place.write_bytes(b"PK\x03\x04 cut")
    told = run(app, str(place), "--json", "--language", "en")
    assert told.exit_code == 2
    assert json.loads(told.stdout)["read"] == 0
    assert "damaged or was cut short" in told.stderr
    assert number(app, Import) == 0


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_was_exported_reads_back_unchanged(app, make, tmp_path, language, form):
    there = make.organisation(
        "=Réseau d’Île-de-France",
        siren="552081317",
        city="Évry",
        acronym="RIF",
        country="BE",
        reference="S-1",
    )
    zoe = make.person("Zoé", "d’Ornano", language="en", reference="=A-12")
    make.role(person=zoe, organisation=there, function="+Présidente", category="elected")
    make.person("Yann", "Caron", organisation=there, function="Trésorier", civility="m")
    make.person("", "Curie")
    for what in ("people", "organisations"):
        place = tmp_path / f"{what}.{form}"
        runner = app.test_cli_runner()
        runner.invoke(args=["directory", "export", what, "--out", str(place), "--language", language])
        told = run(app, str(place), "--json")
        facts = json.loads(told.stdout)
        assert (facts["refused"], facts["differences"], facts["created"]) == (0, 0, 0), (what, facts)
        assert facts["unchanged"] == facts["read"] > 0, (what, facts)

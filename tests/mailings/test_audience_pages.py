"""Building an audience, and the list of everyone who is left out, as staff see them."""

import io

import pytest
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from crm.db import db
from crm.directory.models import Tag
from crm.web.models import Export
from tests.make import Make
from tests.pages import Browser

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def test_an_audience_is_built_without_a_script_and_counted_by_part_and_by_reason(
    client: Browser, make: Make
) -> None:
    tag = make.add(Tag(name="presse"))
    make.person("Ada", "Roux", email="ada@example.org")
    make.person("Bob", "Noir", email=None)
    make.person("Cléo", "Roux", email="cleo@example.org", tags=[tag])
    view = make.view("Les Roux", where="all(name.has;value:roux)")
    url = f"/mailings/{make.mailing(audience=None).id}"
    staff = client.as_("staff")
    page = staff.get(f"{url}/to-whom").text
    assert "Personne n’est encore choisi" in page
    for kind, key, side in (
        ("view", view.id, "include"),
        ("everyone", "", "include"),
        ("tag", tag.id, "exclude"),
    ):
        answer = staff.post(
            f"{url}/parts", data={**_hidden(staff, url), "kind": kind, "key": key, "side": side}
        )
        assert answer.status_code == 302, (kind, answer.text)
    page = staff.get(f"{url}/to-whom").text
    assert "Les Roux" in page and "Tout l’annuaire" in page and "Étiquetés «\u202fpresse\u202f»" in page
    assert "écarte 1 personne" in page and "left-out?why=no_address" in page
    page = staff.get(f"{url}/left-out").text
    assert "Cléo Roux" in page and "Étiquetés «\u202fpresse\u202f»" in page and "Bob Noir" in page
    assert "Ada Roux" not in page.partition("<main")[2]
    assert "Cléo" not in staff.get(f"{url}/left-out?why=no_address").text


def _hidden(staff: Browser, url: str) -> dict[str, str]:
    _action, fields = staff.filled(f"{url}/to-whom", to="/parts")
    return {name: str(fields[name]) for name in ("csrf_token", "form_key")}


def test_what_was_not_chosen_is_refused_with_a_sentence(client: Browser, make: Make) -> None:
    url = f"/mailings/{make.mailing().id}"
    staff = client.as_("staff")
    make.view("Une vue", where="all(name.has;value:a)")
    for spoiled in ({"key": ""}, {"key": "999"}, {"key": "x"}, {"kind": "list", "key": ""}):
        data = {**_hidden(staff, url), "kind": "view", "side": "include", **spoiled}
        answer = staff.post(f"{url}/parts", data=data)
        assert answer.status_code == 422 and "Vérifiez cette page" in answer.text, spoiled


def test_a_broken_part_says_so_on_the_page_and_loses_nothing(app: Flask, client: Browser, make: Make) -> None:
    from crm.clock import now
    from crm.directory.models import SavedView

    make.person()
    view = make.view("Les Roux", where="all(name.has;value:roux)")
    url = f"/mailings/{make.mailing(audience=f'view={view.id}').id}"
    with app.app_context():
        db.session.get_one(SavedView, view.id).binned_at = now()
        db.session.commit()
    staff = client.as_("staff")
    for page in (url, f"{url}/to-whom", f"{url}/left-out"):
        assert "«\u202fLes Roux\u202f» n’existe plus" in staff.get(page).text, page
    assert f"{url}/send" not in staff.get(url).text


def test_everyone_left_out_leaves_as_a_file_which_is_on_record(
    app: Flask, client: Browser, make: Make
) -> None:
    make.person("Ada", "Roux", email="mairie@example.org")
    make.person("=Bob", "Noir", email="mairie@example.org")
    make.person("Cléo", "Blanc", email=None)
    url = f"/mailings/{make.mailing().id}"
    staff = client.as_("staff")
    answer = staff.submit(f"{url}/left-out", to="/csv")
    lines = answer.data.decode("utf-8-sig").splitlines()
    assert lines[0] == "Nom;Prénom;Adresse;Raison;Précision"
    assert lines[1].startswith("Blanc;Cléo;;aucune adresse")
    assert lines[2].startswith("Noir;'=Bob;mairie@example.org;") and lines[2].endswith(";Ada Roux")
    book = staff.submit(f"{url}/left-out?why=no_address", to="/xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book.data)).get_sheet_by_index(0).to_python()
    assert len(rows) == 2 and rows[1][0] == "Blanc"
    with app.app_context():
        assert [one.rows for one in db.session.scalars(select(Export).order_by(Export.id))] == [2, 1]


def test_a_reader_may_look_but_not_change_or_take_out(client: Browser, make: Make) -> None:
    make.person(email=None)
    url = f"/mailings/{make.mailing().id}"
    viewer = client.as_("viewer")
    assert "<form" not in viewer.get(f"{url}/to-whom").text.partition("<main")[2]
    assert "<form" not in viewer.get(f"{url}/left-out").text.partition("<main")[2]


def test_who_got_a_mailing_before_it_was_called_back_can_be_left_out_of_the_next(
    client: Browser, make: Make
) -> None:
    make.person("Ada", email="ada@example.org")
    staff = client.as_("staff")
    first = f"/mailings/{make.mailing('Partie trop vite').id}"
    staff.submit(first, to="/send")
    staff.submit(first, to="/cancel")
    choices = staff.get(f"/mailings/{make.mailing(audience=None).id}/to-whom").text
    assert "Partie trop vite" in choices.partition('id="key-mailing"')[2].partition("</select>")[0]

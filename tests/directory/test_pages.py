"""The directory's pages, as a member of staff uses them."""

import csv
import io
import re

import pytest
from sqlalchemy import func, select

from crm.db import db
from crm.directory import services
from crm.directory.models import Organisation, Person, Role
from crm.web.models import Export
from tests.make import EARLY


def stored(app, what):
    with app.app_context():
        return db.session.scalar(what)


def many(app, count):
    """People enough for several pages, some of the same name."""
    with app.app_context():
        for number in range(count):
            services.add_person(
                given_name="Émile", family_name=f"Martin {number % 40:02}", emails=[f"p{number}@example.org"],
                tags=["presse"] if number % 2 else [], by="test", at=EARLY,
            )  # fmt: skip
        db.session.commit()


@pytest.fixture
def angers(make):
    return make.territory(
        "Angers",
        code="49007",
        siren="214900078",
        department_code="49",
        name_key="angers",
        search=" angers 49007 ",
    )


# On the other engine a guard reads every page.
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("right", ["staff", "viewer"])
def test_every_page_opens_in_both_languages(client, make, angers, language, right):
    organisation = make.organisation("Ville d’Angers", territory_id=angers.id, website="https://example.org")
    person = make.person("Ada", "d’Ormesson", organisation=organisation)
    role = make.role(person=person, organisation=organisation, function="Conseillère", is_main=False)
    client.as_(right, language=language)
    one, other = f"/people/{person.id}", f"/organisations/{organisation.id}"
    reading = [
        "/people/",
        "/organisations/",
        one,
        other,
        f"{one}?tab=own",
        f"{other}?tab=own",
        "/people/?bin=yes",
    ]
    writing = [
        "/people/new", f"{one}/edit", f"{one}/roles/new", f"{one}/roles/{role.id}/edit",
        f"{one}/roles/{role.id}/end", "/organisations/new", f"/organisations/new?territory={angers.id}",
        "/organisations/new?reference=angers", f"{other}/edit", f"{other}/people/new", "/people/export",
        "/organisations/export?q=ang",
    ]  # fmt: skip
    for address in reading:
        assert client.get(address, follow_redirects=True).status_code == 200, address
    for address in writing:
        wanted = 200 if right == "staff" else 403
        assert client.get(address, follow_redirects=True).status_code == wanted, address


def test_three_letters_of_angers_become_an_organisation_and_a_mayor(client, app, angers):
    client.as_("staff")
    proposal = client.get("/organisations/suggest?q=ang").json[0]
    assert proposal["value"] == f"territory:{angers.id}"
    answer = client.submit_and_follow(
        "/people/new", given_name="Ada", family_name="Lovelace", email="ada@example.org",
        organisation=proposal["value"], organisation_name="Angers", function="Maire", category="elected",
    )  # fmt: skip
    assert "Maire" in answer.text
    assert "Angers" in answer.text
    assert stored(app, select(func.count(Role.id)).where(Role.is_main)) == 1
    assert client.get("/organisations/suggest?q=ang").json[0]["value"].isdigit()


def test_without_javascript_an_authority_is_found_by_its_typed_name(client, app, angers):
    client.as_("staff")
    page = client.get("/organisations/new?reference=angers")
    assert f"territory={angers.id}" in page.text
    made = client.submit(f"/organisations/new?territory={angers.id}", to="/new")
    again = client.get(f"/organisations/new?territory={angers.id}")
    assert made.location == again.location == f"/organisations/{stored(app, select(Organisation.id))}"


def test_a_territory_taken_meanwhile_leads_to_the_record_that_is_there(client, app, make, angers):
    client.as_("staff")
    address, fields = client.filled(f"/organisations/new?territory={angers.id}", to="/new")
    first = make.organisation("Ville d’Angers", territory_id=angers.id)
    answer = client.post(address, data=fields)
    assert answer.status_code == 302
    assert answer.location.endswith(f"/organisations/{first.id}")


def test_a_siren_that_is_taken_shows_the_record_that_has_it(client, make):
    first = make.organisation("Angers", siren="214900078")
    answer = client.as_("staff").submit("/organisations/new", to="/new", name="Copie", siren="214 900 078")
    assert answer.status_code == 422
    assert f'href="/organisations/{first.id}"' in answer.text
    assert 'value="Copie"' in answer.text


@pytest.mark.parametrize(
    "field, typed, sentence",
    [
        ("siren", "214900079", "n’est pas un SIREN"),
        ("siret", "123", "n’est pas un SIRET"),
        ("phone", "12", "n’est pas un numéro"),
        ("website", "javascript:alert(1)", "n’est pas l’adresse"),
        ("email", "mairie.example.org", "n’est pas une adresse"),
        ("name", " ", "Saisissez le nom"),
        ("parent_name", "Nulle part", "Nulle part"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_the_rest_is_kept(client, app, field, typed, sentence):
    facts = {"name": "Ville", "city": "Angers", field: typed}
    answer = client.as_("staff").submit("/organisations/new", to="/new", **facts)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert sentence in answer.text
    assert 'value="Angers"' in answer.text
    assert stored(app, select(func.count(Organisation.id))) == 0


def test_a_double_click_adds_one_person(client, app):
    client.as_("staff")
    address, fields = client.filled("/people/new", family_name="Lovelace")
    first, second = client.post(address, data=fields), client.post(address, data=fields)
    assert first.location == second.location
    assert stored(app, select(func.count(Person.id))) == 1


def test_what_is_typed_over_a_colleague_s_change_is_kept_and_may_be_sent_again(client, app, make):
    person = make.person("Ada", "Byron")
    client.as_("staff")
    address, fields = client.filled(f"/people/{person.id}/edit", given_name="Adèle")
    client.as_("director", name="Nadia Le Goff").submit(f"/people/{person.id}/edit", family_name="Lovelace")
    answer = client.as_("staff", email="back@example.org").post(address, data=fields)
    assert answer.status_code == 422
    assert "Nadia Le Goff a modifié" in answer.text
    assert 'value="Adèle"' in answer.text
    assert stored(app, select(Person.given_name)) == "Ada"
    version = re.search(r'name="version"[^>]*value="(\d+)"', answer.text)
    key = re.search(r'name="form_key"[^>]*value="([^"]+)"', answer.text)
    client.post(address, data={**fields, "version": version[1], "form_key": key[1]})
    assert stored(app, select(Person.given_name)) == "Adèle"


def test_only_the_form_s_own_fields_move(client, app, make):
    person = make.person("Ada", "Lovelace")
    client.as_("staff")
    address, fields = client.filled(f"/people/{person.id}/edit", given_name="Adèle")
    client.post(
        address, data={**fields, "id": "99", "binned_at": "2020-01-01", "import_id": "1", "sort": "zzz"}
    )
    with app.app_context():
        kept = db.session.get(Person, person.id)
        assert (kept.given_name, kept.binned_at, kept.import_id, kept.sort) == (
            "Adèle",
            None,
            None,
            "lovelace adele",
        )


def test_binning_can_be_undone_from_the_message(client, app, make):
    person = make.person()
    client.as_("staff")
    page = client.submit_and_follow(f"/people/{person.id}", to="/bin")
    assert stored(app, select(func.count(Person.id)).where(Person.binned_at.is_(None))) == 0
    assert f'action="/people/{person.id}/restore"' in page.text
    client.submit(f"/people/{person.id}", to="/restore")
    assert stored(app, select(func.count(Person.id)).where(Person.binned_at.is_(None))) == 1


def test_a_role_is_ended_and_taken_up_again(client, app, make):
    person = make.person(organisation=make.organisation())
    role_id = stored(app, select(Role.id))
    page = client.as_("staff").submit_and_follow(
        f"/people/{person.id}/roles/{role_id}/end", ends_on="2026-03-01"
    )
    assert f'action="/people/{person.id}/roles/{role_id}/reopen"' in page.text
    assert stored(app, select(Role.ends_on)).isoformat() == "2026-03-01"
    address, fields = client.filled(f"/people/{person.id}/roles/{role_id}/edit", ends_on="")
    client.post(address, data=fields)
    assert stored(app, select(Role.ends_on)) is None


def test_a_role_is_looked_up_through_its_person(client, make):
    other = make.person()
    role = make.role()
    assert client.as_("staff").get(f"/people/{other.id}/roles/{role.id}/edit").status_code == 404


def test_somebody_of_the_directory_is_given_a_role_from_the_organisation_s_page(client, app, make):
    town, person = make.organisation(), make.person("Ada", "Lovelace", email="ada@example.org")
    client.as_("staff")
    assert client.get("/people/suggest?q=lovel").json[0]["value"] == person.id
    answer = client.submit(
        f"/organisations/{town.id}/people/new", person_name="ada@example.org", function="Maire"
    )
    assert answer.status_code == 302
    assert stored(app, select(Role.organisation_id).where(Role.person_id == person.id)) == town.id
    unknown = client.submit(f"/organisations/{town.id}/people/new", person_name="Nobody Known")
    assert unknown.status_code == 422


@pytest.mark.parametrize("sort", ["name", "-name", "updated", "-created"])
def test_paging_to_the_end_and_back_loses_and_repeats_nobody(client, app, sort):
    many(app, 130)
    client.as_("staff")
    address, seen, pages = f"/people/?sort={sort}", [], 0
    while address:
        page = client.get(address).text
        seen.append(re.findall(r'href="/people/(\d+)"', page))
        address = next_page(page, "next")
        pages += 1
    keys = [key for page in seen for key in page]
    assert (pages, len(keys), len(set(keys))) == (3, 130, 130)
    before = client.get(next_page(page, "prev")).text
    assert re.findall(r'href="/people/(\d+)"', before) == seen[-2]


def next_page(page, rel):
    found = re.search(rf'rel="{rel}" href="([^"]+)"', page)
    return found[1].replace("&amp;", "&") if found else None


@pytest.mark.parametrize(
    "cursor",
    [
        "x", "W10", "WzAsNSwxXQ", "WzAsImEiLCJiIl0", "WzAsImEiLDk5OTk5OTk5OTk5OTk5OTk5OV0",
        "WzAsIlx1MDAwMCIsMV0", "WzAsIlx1ZDgwMCIsMV0",
        "WzAsdHJ1ZSwxXQ", "WzAsIjIwMjYtMDEtMDFUMDA6MDA6MDAiLDFd",
    ],
)  # fmt: skip
@pytest.mark.parametrize("sort", ["name", "updated", "nothing", "-"])
def test_a_spoiled_place_in_the_list_shows_its_beginning(client, make, cursor, sort):
    make.person("Ada", "Lovelace")
    page = client.as_("staff").get(
        f"/people/?cursor={cursor}&sort={sort}&columns=nothing", follow_redirects=True
    )
    assert "Lovelace Ada" in page.text


def test_a_territory_that_was_typed_and_not_chosen_is_found(client, make, angers):
    make.organisation("Angers", territory_id=angers.id)
    make.organisation("Nantes")
    page = client.as_("staff").get("/organisations/?territory_name=angers&territory=", follow_redirects=True)
    assert page.request.args["territory"] == str(angers.id)
    assert "Nantes" not in page.text
    unknown = client.get("/organisations/?territory_name=zzzz", follow_redirects=True)
    assert "zzzz" in unknown.text


def test_the_file_holds_the_rows_of_the_list_and_is_on_record(client, app):
    many(app, 60)
    client.as_("staff")
    page, columns = "/people/export?tag=presse", ["family_name", "email"]
    unsaid = client.submit(page, to="/export", format="csv", columns=columns)
    assert unsaid.status_code == 422 and "à quoi servira le fichier" in unsaid.text
    answer = client.submit(page, to="/export", purpose="Presse", format="csv", columns=columns)
    assert answer.content_type == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["Nom", "Adresse électronique"]
    assert len(rows) == 31
    assert {row[1] for row in rows[1:]} == {f"p{n}@example.org" for n in range(60) if n % 2}
    with app.app_context():
        export = db.session.scalars(select(Export)).one()
    assert (export.what, export.chosen, export.rows, export.actor, export.purpose) == (
        "people",
        "tag=presse",
        30,
        "staff@example.org",
        "Presse",
    )


def test_the_workbook_keeps_text_as_text(client, app):
    from python_calamine import load_workbook

    with app.app_context():
        services.add_organisation(name="=1+1", siren="800534521", postcode="01000", by="test", at=EARLY)
        db.session.commit()
    answer = client.as_("staff").submit("/organisations/export", to="/export", format="xlsx", purpose="Bilan")
    sheet = load_workbook(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    row = dict(zip(sheet[0], sheet[1], strict=True))
    assert (row["Nom"], row["SIREN"], row["Code postal"]) == ("=1+1", "800534521", "01000")


def test_a_name_that_a_spreadsheet_would_run_is_disarmed(client, app):
    with app.app_context():
        services.add_person(
            family_name='=HYPERLINK("http://x.example")', phones=["+33 2 41 05 40 00"], by="test", at=EARLY
        )
        db.session.commit()
    text = (
        client.as_("staff")
        .submit("/people/export", to="/export", format="csv", purpose="Bilan")
        .data.decode("utf-8-sig")
    )
    assert "'=HYPERLINK" in text
    assert "02 41 05 40 00" in text


def test_who_may_not_export_is_refused_and_nothing_is_on_record(client, app, make):
    make.person()
    client.as_("viewer")
    assert client.get("/people/export").status_code == 403
    assert client.post("/people/export").status_code == 403
    assert "/people/export" not in client.get("/people/").text
    assert stored(app, select(func.count(Export.id))) == 0


def test_ticked_rows_are_exported_alone(client, make):
    ada, bob = make.person("Ada", "A"), make.person("Bob", "B")
    client.as_("staff")
    answer = client.submit("/people/", to="/selected", chosen=[str(ada.id)], act="export")
    page = client.get(answer.location)
    assert page.request.args.getlist("chosen") == [str(ada.id)]
    file = client.submit(answer.location, to="/export", format="csv", purpose="Bilan", columns=["given_name"])
    assert file.data.decode("utf-8-sig").splitlines()[1:] == ["Ada"]
    assert bob.id


def test_doing_nothing_to_nobody_says_what_to_do(client, make):
    make.person()
    page = client.as_("staff").submit_and_follow("/people/", to="/selected", act="tag", tag="x")
    assert "Cochez" in page.text


@pytest.mark.parametrize(
    "address", ["/people/999999", "/organisations/999999", "/people/99999999999999999999"]
)
def test_an_unknown_record_is_not_found(client, address):
    assert client.as_("staff").get(address).status_code == 404


@pytest.mark.parametrize(
    "odd", ["'", "%00", "%25", "-1", "9" * 40, "{{7*7}}", "%C3%28", "%5C", "%EF%BF%BD", "a" * 3000]
)
@pytest.mark.parametrize("address", ["/people/", "/organisations/"])
def test_odd_words_in_the_address_break_no_list(client, make, address, odd):
    make.person(organisation=make.organisation())
    client.as_("staff")
    fine = 400 if odd == "%00" else 200
    names = (
        "q",
        "kind",
        "territory",
        "tag",
        "category",
        "followed",
        "address",
        "language",
        "organisation",
        "chosen",
    )
    for name in (*names, "bin", "sort", "columns", "cursor"):
        assert client.get(f"{address}?{name}={odd}", follow_redirects=True).status_code == fine, name
    for path in ("new", "export", "suggest"):
        asked = f"{address}{path}?q={odd}&territory={odd}&organisation={odd}&only={odd}"
        assert client.get(asked).status_code == fine, path

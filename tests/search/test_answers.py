"""The search box: any part of any name, accents or not."""

import json
from datetime import UTC, datetime

import pytest

from crm.directory.models import Phone
from crm.kits.models import Kit
from crm.mailings.models import Mailing
from crm.text import fold

EARLY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def full_house(make):
    organisation = make.organisation("Métropole d’Angers")
    make.person("Élise", "Dangère", organisation=organisation, email="elise@example.org")
    make.event("Journée à Angers")
    make.exchange("Visite", body="<p>À l’hôtel de ville d’Ängers</p>", organisations=[organisation])
    make.add(Mailing(subject_fr="Lettre d’ÀNGERS", created_at=EARLY, updated_at=EARLY))
    make.add(
        Kit(
            slug="k",
            title="Sauver les données d’Ângers",
            search=fold("Sauver d’Ângers"),
            created_at=EARLY,
            updated_at=EARLY,
        )
    )


def test_one_word_finds_every_kind_of_record_whatever_its_accents(client, full_house):
    page = client.as_("viewer").get("/search?q=anger").text
    for name in (
        "Métropole d’Angers",
        "Dangère Élise",
        "Journée à Angers",
        "Lettre d’ÀNGERS",
        "d’Ângers",
        "Visite",
    ):
        assert name in page


@pytest.mark.parametrize("words", ["", "a", "  ", "%", "'", "_ _"])
def test_too_little_to_search_for_is_told_how_to_go_on(client, full_house, words):
    page = client.as_("viewer").get("/search", query_string={"q": words})
    assert page.status_code == 200 and "deux lettres" in page.text


@pytest.mark.parametrize(
    "words", ["zzzz", "%%ab", "ab\\", "ab' OR '1'='1", "<script>alert(1)</script>", "é" * 500]
)
def test_words_that_nothing_has_find_nothing_and_break_nothing(client, full_house, words):
    page = client.as_("staff").get("/search", query_string={"q": words})
    assert page.status_code == 200 and "Rien trouvé" in page.text
    assert "<script>alert" not in page.text


def test_at_most_twelve_of_a_kind_are_shown_with_the_way_to_all(client, make):
    for number in range(14):
        make.organisation(f"Commune numéro {number}")
    page = client.as_("viewer").get("/search?q=commune").text
    assert page.count("Commune numéro") == 12
    assert 'href="/organisations/?q=commune"' in page


def test_an_address_finds_who_reads_it(client, full_house):
    assert "Dangère Élise" in client.as_("viewer").get("/search?q=elise@exam").text


def answers(client, words):
    return client.get("/search/answers", query_string={"q": words}).json


def titles(client, words):
    return [row["title"] for group in answers(client, words)["groups"] for row in group["rows"]]


def test_the_box_proposes_the_best_first_whatever_its_kind(client, make):
    make.organisation("Angoulême")
    make.person("Marc", "Languille")
    make.person("Anne", "Ang")
    groups = answers(client.as_("viewer"), "ang")["groups"]
    assert [row["title"] for group in groups for row in group["rows"]] == [
        "Ang Anne",
        "Languille Marc",
        "Angoulême",
    ]


@pytest.mark.parametrize(
    "typed", ["dangere", "DANGÈRE", "angèr", "elise dang", "dang eli", "dangére élise", "dagnere"]
)
def test_any_part_of_any_word_and_a_typing_error_lead_to_the_person(client, full_house, typed):
    assert "Dangère Élise" in titles(client.as_("viewer"), typed)


def test_what_was_meant_instead_is_said(client, full_house):
    told = answers(client.as_("viewer"), "dagnere")
    assert "dagnere" in told["told"] and "danger" in told["told"]
    assert "dagnere" in client.get("/search?q=dagnere").text


@pytest.mark.parametrize("typed", ["06 12 34 56", "0612345678", "+33 6 12 34"])
def test_a_part_of_a_phone_number_finds_its_owner(client, make, typed):
    person = make.person("Ada", "Roux")
    make.add(Phone(person_id=person.id, number="+33612345678"))
    assert "Roux Ada" in titles(client.as_("viewer"), typed)


@pytest.mark.parametrize("typed", ["214900078", "214 900 078", "21490", "21490007800012"])
def test_the_official_number_finds_the_authority(client, make, typed):
    facts = {"siren": "214900078", "siret": "21490007800012", "search": "angers 214900078"}
    make.organisation("Angers", **facts)
    assert titles(client.as_("viewer"), typed) == ["Angers"]


def test_the_command_line_answers_what_the_box_answers(client, full_house, app):
    shown = answers(client.as_("viewer"), "anger")["groups"]
    run = app.test_cli_runner().invoke
    told = json.loads(run(args=["directory", "search", "anger", "--json"]).stdout)
    of_records = [row["title"] for group in shown for row in group["rows"] if group["all"] or "href" in row]
    named = [record["name"] for kind in told if kind != "respelled" for record in told[kind]]
    assert sorted(of_records) == sorted(named) and len(named) == 6
    wrong = json.loads(run(args=["directory", "search", "dagnere", "--json"]).stdout)
    assert wrong["people"][0]["name"] == "Dangère Élise" and "dagnere" in wrong["respelled"]
    assert "Dangère Élise" in run(args=["directory", "search", "dagnere"]).stdout


def test_commands_are_offered_to_those_who_may(client):
    assert "Nouvelle personne" in titles(client.as_("staff"), "nouv pers")
    assert "Nouvelle personne" not in titles(client.as_("viewer"), "nouv pers")
    assert "Aller aux comptes" not in titles(client, "utilisateurs")
    assert "Aller aux comptes" in titles(client.as_("admin"), "utilisateurs")
    assert "Nouvelle personne" in client.get("/search?q=nouvelle").text


def test_an_empty_box_offers_the_commonest_acts(client):
    assert titles(client.as_("staff"), "")[0] == "Consigner un échange"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_every_command_leads_to_a_page_that_its_reader_may_open(client):
    """Whatever is offered opens: no right is asked for that the box did not ask for."""
    for right in ("viewer", "admin"):
        client.as_(right, email=f"{right}@example.org")
        for letters in "abcdefghijlmnoprstuv":
            for row in acts_of(client, letters):
                assert client.get(row["href"], follow_redirects=True).status_code == 200, row


def acts_of(client, letters):
    groups = answers(client, letters)["groups"]
    return [row for group in groups if group["label"] == "Commandes" for row in group["rows"]]

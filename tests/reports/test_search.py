"""The search box: any part of any name, accents or not."""

from datetime import UTC, datetime

import pytest

from crm.kits.models import Kit
from crm.mailings.models import Mailing

EARLY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def full_house(make):
    organisation = make.organisation("Métropole d’Angers")
    make.person("Élise", "Dangère", organisation=organisation, email="elise@example.org")
    make.event("Journée à Angers")
    make.add(Mailing(subject_fr="Lettre d’ÀNGERS", created_at=EARLY, updated_at=EARLY))
    make.add(Kit(slug="k", title="Sauver les données d’Ângers", created_at=EARLY, updated_at=EARLY))


def test_one_word_finds_every_kind_of_record_whatever_its_accents(client, full_house):
    page = client.as_("viewer").get("/search?q=anger").text
    for name in ("Métropole d’Angers", "Dangère Élise", "Journée à Angers", "Lettre d’ÀNGERS", "d’Ângers"):
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


def test_at_most_eight_of_a_kind_are_shown_with_the_way_to_all(client, make):
    for number in range(10):
        make.organisation(f"Commune numéro {number}")
    page = client.as_("viewer").get("/search?q=commune").text
    assert page.count("Commune numéro") == 8
    assert 'href="/organisations/?q=commune"' in page


def test_an_address_finds_who_reads_it(client, full_house):
    assert "Dangère Élise" in client.as_("viewer").get("/search?q=elise@exam").text

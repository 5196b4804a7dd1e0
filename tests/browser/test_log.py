"""Logging an exchange, in a browser: from the organisation's page, at a desk and on a phone."""

import time

import pytest

from tests.browser.conftest import PHONE, WIDE, sign_in
from tests.make import PASSWORD

# What a page does does not depend on the engine below it.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def house(make):
    make.interaction_kind("meeting", name_fr="Réunion", name_en="Meeting")
    make.interaction_kind("call", name_fr="Appel", name_en="Call", icon="phone")
    organisation = make.organisation("Région Bretagne")
    make.person("Ana", "Roux", organisation=organisation)
    make.person("Zoé", "Lemoine")
    make.account("staff", email="equipe@example.org", name="Équipe")
    return organisation


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desk", "phone"])
def test_a_call_is_logged_from_the_organisations_page_in_seconds(site, house, person_at, accessible, size):
    page = person_at(size)
    sign_in(page, site, "equipe@example.org", PASSWORD)
    page.goto(f"{site}/organisations/{house.id}")
    accessible(page)
    begun = time.monotonic()
    page.click(".page-actions a.btn-primary")
    page.select_option("#kind", label="Appel")
    page.fill("#title", "Convention 2027")
    page.check("text=Ana Roux")
    page.click("trix-editor")
    page.keyboard.type("Accord de principe")
    page.click("text=Ce qui s’ensuit")
    page.fill("#follow_up", "Envoyer le projet")
    # From the top, where the bar that stays covers nothing.
    page.evaluate("scrollTo(0, 0)")
    accessible(page)
    page.click("#log .form-foot .btn-primary")
    page.wait_for_selector(".timeline >> text=Convention 2027")
    assert time.monotonic() - begun < 15
    told = page.inner_text("#log .entry")
    for part in ("Appel", "Ana Roux", "Accord de principe", "Envoyer le projet"):
        assert part in told
    accessible(page)
    page.goto(site)
    page.click(".role-acts button")
    page.wait_for_selector(".flash >> text=Envoyer le projet")
    page.click(".flash button")
    page.wait_for_selector(".role >> text=Envoyer le projet")
    accessible(page)


def test_somebody_else_is_found_by_three_letters_and_a_refusal_keeps_what_was_typed(
    site, house, person_at, accessible
):
    page = person_at(WIDE)
    sign_in(page, site, "equipe@example.org", PASSWORD)
    page.goto(f"{site}/relations/new")
    page.fill("#organisation_name", "bre")
    page.click("[role=option] >> text=Région Bretagne")
    page.fill("#person_name", "lem")
    page.click("[role=option] >> text=Zoé Lemoine")
    page.click("[name=more]")
    page.wait_for_selector("label >> text=Zoé Lemoine")
    page.click(".form-foot .btn-primary")
    page.wait_for_selector(".error-summary")
    accessible(page)
    assert page.is_checked("label:has-text('Zoé Lemoine') input")
    page.fill("#title", "Premier contact")
    page.click(".form-foot .btn-primary")
    page.wait_for_selector("h1 >> text=Premier contact")
    accessible(page)


def test_an_at_sign_and_a_name_in_the_text_mention_the_person(site, house, person_at, accessible):
    page = person_at(WIDE)
    sign_in(page, site, "equipe@example.org", PASSWORD)
    page.goto(f"{site}/relations/new?organisation={house.id}")
    page.fill("#title", "Point")
    page.click("trix-editor")
    page.keyboard.type("Voir avec @lemo")
    page.wait_for_selector("#mention-proposals [role=option]")
    accessible(page)
    page.keyboard.press("Enter")
    page.keyboard.type("demain")
    page.click(".form-foot .btn-primary")
    page.wait_for_url("**tab=journal**")
    assert page.inner_text(".typed").split() == ["Voir", "avec", "@Zoé", "Lemoine", "demain"]
    assert "Zoé Lemoine" in page.inner_text("text=Mentionnés")
    page.click(".typed a")
    assert page.inner_text("h1") == "Zoé Lemoine"

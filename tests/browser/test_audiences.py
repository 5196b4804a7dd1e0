"""Putting an audience together in a browser: who is written to, who is left out, and why."""

import pytest
from playwright.sync_api import Page, expect

from crm.directory.models import Tag
from tests.browser.conftest import WIDE, sign_in
from tests.make import PASSWORD


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_audience_is_built_and_everyone_left_out_is_named_with_the_reason(
    site, person_at, accessible, make
):
    press = make.add(Tag(name="presse"))
    make.person("Ada", "Roux", email="ada@example.org")
    make.person("Bob", "Roux", email=None)
    make.person("Cléo", "Roux", email="cleo@example.org", tags=[press])
    make.person("Dan", "Noir", email="dan@example.org")
    make.view("Les Roux", where="all(name.has;value:roux)")
    mailing = make.mailing("Lettre", audience=None)
    make.account("staff", email="equipe@example.org")
    page: Page = person_at(WIDE)
    sign_in(page, site, "equipe@example.org", PASSWORD)
    page.goto(f"{site}/mailings/{mailing.id}")
    page.get_by_role("link", name="Choisir les destinataires").first.click()
    page.locator("#key-view").select_option("Les Roux")
    page.get_by_role("button", name="Leur écrire\u00a0: vue enregistrée").click()
    page.locator("#key-tag").select_option("presse")
    page.get_by_role("button", name="Les écarter\u00a0: étiquette").click()
    expect(page.locator("main")).to_contain_text("écarte 1 personne")
    expect(page.locator(".figures li").first).to_contain_text("1")
    accessible(page)
    page.get_by_role("link", name="Les 2 personnes, chacune avec son motif").click()
    expect(page.get_by_role("row", name="Cléo Roux")).to_contain_text("presse")
    expect(page.get_by_role("row", name="Bob Roux")).to_contain_text("Aucune adresse")
    expect(page.get_by_role("table")).not_to_contain_text("Dan")
    accessible(page)

"""Building a view with a script: the number follows what is typed, and the fields what is chosen."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import WIDE, sign_in
from tests.make import PASSWORD


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_number_follows_while_a_view_is_built(site, person_at, accessible, make):
    make.person("Ada", "Roux")
    make.person("Bob", "Noir")
    make.account("staff", email="equipe@example.org")
    page: Page = person_at(WIDE)
    sign_in(page, site, "equipe@example.org", PASSWORD)
    page.goto(f"{site}/views/people/build")
    page.locator("#is-0").select_option("name")
    page.locator("#v-0-value").fill("roux")
    expect(page.locator("#outcome h2")).to_have_text("1 personne")
    page.locator("#v-0-value").fill("personne de ce nom")
    expect(page.locator("#outcome h2")).to_have_text("0 personne")
    page.get_by_role("button", name="Condition", exact=True).click()
    expect(page.locator("#is-1")).to_be_focused()
    accessible(page)

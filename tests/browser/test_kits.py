"""Kits in a browser: the gauge agrees with the server, letters can be copied, nothing needs a script."""

import pytest

from tests.browser.conftest import PHONE, WIDE, sign_in
from tests.make import PASSWORD

# What a page does does not depend on the engine below it.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

LETTER = "Madame, Monsieur,\n\nL’inclusion (l’affaire de tous !) mérite mieux : 60 M€ = un début.\n\nMerci"


def digits(text):
    return [
        int(part) for part in "".join(c if c.isdigit() else " " for c in text.replace("\u202f", "")).split()
    ]


def test_the_gauge_counts_the_link_as_the_server_does(site, make, person_at, accessible):
    make.account("staff", email="equipe@example.org")
    page = person_at(WIDE)
    sign_in(page, site, "equipe@example.org", PASSWORD)
    page.goto(f"{site}/kits/new")
    page.fill("[name=title]", "Pour l’inclusion numérique")
    page.fill("[name=letter_subject]", "Conseillers numériques")
    page.fill("[name=letter_body]", LETTER)
    live = digits(page.locator("[data-gauge*=letter_body]").inner_text())
    accessible(page)
    page.click("main button.btn-primary")
    page.wait_for_url("**/kits/*")
    assert digits(page.locator("main .counted").inner_text()) == live
    page.click("main .page-actions button.btn-primary")
    page.wait_for_selector("main .page-actions a[href*='/k/']")
    page.goto(site + page.get_attribute("main .page-actions a[href*='/k/']", "href"))
    assert len(page.get_attribute("a[href^='mailto:']", "href")) == live[0]


def test_a_letter_that_is_too_long_is_marked_while_one_types_and_a_shorter_one_is_proposed(
    site, make, person_at
):
    make.account("staff", email="equipe@example.org")
    kit = make.kit(state="draft", letter_body="Madame,\n\n" + "Une phrase entière. " * 120 + "\n\nMerci.")
    page = person_at(PHONE)
    sign_in(page, site, "equipe@example.org", PASSWORD)
    page.goto(f"{site}/kits/{kit.id}/edit")
    assert page.locator("[data-gauge*=letter_body].counted-over").count() == 1
    page.click("details.proposal summary")
    page.click("details.proposal button")
    assert page.input_value("[name=letter_short]").endswith("Merci.")
    assert page.locator("[data-gauge*=letter_short].counted-over").count() == 0


def test_the_letter_is_copied_as_it_was_typed(site, make, person_at):
    kit = make.kit(letter_body=LETTER)
    page = person_at(PHONE, permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{site}/k/{kit.slug}")
    page.click("text=Copier le texte")
    page.wait_for_selector(".btn-copy.is-done")
    assert page.evaluate("navigator.clipboard.readText()").replace("\r\n", "\n") == LETTER


def test_without_javascript_the_letter_is_there_to_send_and_to_select(site, make, person_at):
    kit = make.kit(letter_body=LETTER)
    page = person_at(PHONE, java_script_enabled=False)
    page.goto(f"{site}/k/{kit.slug}")
    assert page.locator("#body-0").inner_text() == LETTER
    assert page.locator("a[href^='mailto:']").is_visible()
    assert page.locator(".btn-copy:visible").count() == 0

"""The search box, by keyboard alone."""

import pytest

from tests.browser.conftest import PHONE, WIDE, sign_in
from tests.make import PASSWORD

# What a page does does not depend on the engine below it.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

STAFF = "equipe@example.org"


def test_a_record_and_a_command_are_reached_by_keyboard_alone(site, make, person_at, accessible):
    make.account("staff", email=STAFF)
    make.organisation("Métropole d’Angers")
    make.person("Élise", "Dangère", email="elise@example.org")
    page = person_at(WIDE)
    sign_in(page, site, STAFF, PASSWORD)
    page.goto(f"{site}/people/")
    page.focus(".brand")
    before = page.evaluate("document.activeElement.outerHTML")

    page.keyboard.press("Control+k")
    page.wait_for_selector("#palette [role=option] >> text=Consigner un échange")
    page.keyboard.type("anger")
    page.wait_for_selector("#palette [role=option] >> text=Dangère")
    marked = page.locator("#palette [aria-selected=true]")
    assert "Angers" in marked.inner_text()
    assert page.get_attribute("#find", "aria-activedescendant") == marked.get_attribute("id")
    accessible(page)
    page.keyboard.press("Escape")
    assert not page.is_visible("#palette")
    assert page.evaluate("document.activeElement.outerHTML") == before

    # Enter takes what was typed, not what is still shown of fewer letters.
    page.keyboard.press("Control+k")
    page.keyboard.type("anger")
    page.wait_for_selector("#palette [aria-selected=true] >> text=Angers")
    page.keyboard.press("Control+k")
    page.keyboard.type("dangere")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1 >> text=Dangère")

    page.keyboard.press("Meta+k")
    page.keyboard.type("nouv pers")
    page.wait_for_selector("#palette [aria-selected=true] >> text=Nouvelle personne")
    page.keyboard.press("Enter")
    page.wait_for_url("**/people/new")

    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    page.keyboard.press("Control+k")
    page.keyboard.type("anger")
    page.wait_for_selector("#palette [aria-selected=true] >> text=Angers")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

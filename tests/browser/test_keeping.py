"""The conflict of two editors, the history, the bin and the succession: by keyboard, and for everyone."""

from datetime import timedelta

import pytest

from crm import clock
from tests.browser.conftest import PHONE, sign_in
from tests.make import PASSWORD

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def test_two_editors_choose_by_keyboard_and_every_page_is_accessible(site, person_at, make, accessible):
    make.account("staff", email="nadia@example.org", name="Nadia Le Goff")
    place = make.organisation("Ville d’Angers")
    person = make.person("Ada", "Martin", notes="Le matin")
    yesterday = clock.day(clock.now()) - timedelta(days=1)
    role = make.role(person=person, organisation=place, function="Maire", ends_on=yesterday)
    page = person_at(PHONE)
    sign_in(page, site, "nadia@example.org", PASSWORD)
    mine, theirs = page, page.context.new_page()
    for editor, words in ((mine, "Le soir"), (theirs, "À midi")):
        editor.goto(f"{site}/people/{person.id}/edit")
        editor.fill("[name=notes]", words)
    theirs.click("main button[type=submit].btn-primary")
    mine.click("main button[type=submit].btn-primary")
    mine.wait_for_selector(".conflicts")
    box, side = mine.locator(".conflicts").bounding_box(), mine.locator(".conflict-side").first.bounding_box()
    assert side["width"] > box["width"] / 2
    accessible(mine)
    mine.focus("#choose-notes-theirs")
    mine.keyboard.press("Space")
    mine.focus("main button[type=submit].btn-primary")
    mine.keyboard.press("Enter")
    mine.wait_for_url(f"**/people/{person.id}")
    for address in (
        f"/people/{person.id}?tab=history",
        f"/organisations/{place.id}",
        f"/organisations/{place.id}/succession/{role.id}",
        f"/people/{person.id}?on=2025-01-01",
        "/bin",
    ):
        page.goto(site + address)
        accessible(page)
    assert "À midi" in page.goto(f"{site}/people/{person.id}").text()

"""The parts that every page is made of, worked by hand, keyboard and screen reader."""

import pytest

from tests.browser.conftest import PHONE, WIDE, sign_in
from tests.make import PASSWORD

# What a browser does with a page does not depend on the engine below it.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

STAFF = "equipe@example.org"
ANGERS = [
    {"value": "1", "label": "Angers", "detail": "commune · Maine-et-Loire"},
    {"value": "2", "label": "Angers Loire Métropole", "detail": "communauté urbaine · Maine-et-Loire"},
]


@pytest.fixture
def parts(site, make, person_at):
    """The page of components, opened by a staff member."""
    make.account("staff", email=STAFF)

    def open_page(size=WIDE, **options):
        page = person_at(size, **options)
        sign_in(page, site, STAFF, PASSWORD)
        page.goto(f"{site}/components")
        page.wait_for_selector("trix-editor")
        return page

    return open_page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desk", "phone"])
def test_the_parts_are_accessible_as_shown_and_with_errors(parts, accessible, size, scheme):
    page = parts(size, color_scheme=scheme)
    accessible(page)
    page.click("#form .btn-primary")
    page.wait_for_selector(".error-summary")
    assert page.evaluate("document.activeElement.className") == "error-summary"
    # What the bar at the top happens to cover is not too small.
    page.evaluate("scrollTo(0, 0)")
    accessible(page)


def test_no_page_is_wider_than_a_phone(parts):
    page = parts((320, 640))
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_proposal_is_found_and_taken_with_the_keyboard(parts):
    page = parts()
    page.route("**/territories/suggest*", lambda route: route.fulfill(json=ANGERS))
    page.type("#territory", "ange")
    page.wait_for_selector("[role=option]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    chosen = page.get_attribute("#territory", "aria-activedescendant")
    assert page.inner_text(f"#{chosen}").startswith("Angers Loire Métropole")
    page.keyboard.press("Enter")
    assert page.input_value("#territory") == "Angers Loire Métropole"
    assert page.input_value("#territory_code") == "2"
    page.type("#territory", "x")
    assert page.input_value("#territory_code") == ""


def test_a_fragment_asked_for_after_the_sign_in_ended_leads_to_the_door(parts):
    page = parts()
    page.context.clear_cookies()
    page.type("#territory", "ange")
    page.wait_for_url(lambda url: "/sign-in" in url)


def test_ticking_the_head_ticks_the_rows_and_tells_how_many(parts):
    page = parts()
    assert not page.is_visible(".bulk")
    page.check("[data-select-all]")
    assert page.inner_text(".bulk-count").startswith("3")
    page.locator("[name=chosen]").first.uncheck()
    assert page.inner_text(".bulk-count").startswith("2")


def test_the_search_box_is_one_shortcut_away(parts):
    page = parts()
    page.keyboard.press("Control+k")
    assert page.evaluate("document.activeElement.id") == "find"


def test_what_is_copied_is_on_the_clipboard_and_said(parts):
    page = parts()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("[data-copy]")
    page.wait_for_selector("#flashes >> text=Copié")
    assert page.evaluate("navigator.clipboard.readText()") == "https://example.org/e/open-data"


def test_leaving_a_form_with_something_typed_asks_first(parts, site):
    page = parts()
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.type("#title", "Webinaire")
    page.goto(f"{site}/components")
    assert asked == ["beforeunload"]


def test_the_buttons_of_rich_text_speak_the_language_of_the_page(parts):
    page = parts()
    assert page.get_attribute("trix-toolbar [data-trix-attribute=bold]", "title") == "Gras"
    assert page.get_attribute("trix-toolbar input[name=href]", "placeholder") == "Saisissez une adresse web…"


def test_rich_text_is_sent_as_typed_and_takes_words_at_the_cursor(parts):
    page = parts()
    page.click("trix-editor")
    page.keyboard.type("Bonjour ")
    page.click("[data-insert='{prenom}']")
    assert "Bonjour {prenom}" in page.input_value("input[name=text]")


def test_on_a_phone_the_menu_opens_without_a_script(site, make, person_at):
    make.account("staff", email=STAFF)
    page = person_at(PHONE, java_script_enabled=False)
    sign_in(page, site, STAFF, PASSWORD)
    page.goto(f"{site}/components")
    assert not page.is_visible("#menu")
    page.click(".menu-button")
    assert page.is_visible("#menu")


def test_on_a_phone_filters_fold_until_they_are_asked_for_or_in_use(site, make, person_at):
    make.account("staff", email=STAFF)
    page = person_at(PHONE)
    sign_in(page, site, STAFF, PASSWORD)
    page.goto(f"{site}/events/")
    assert not page.is_visible("[name=state]")
    page.click(".filters [aria-expanded]")
    assert page.is_visible("[name=state]")
    page.goto(f"{site}/events/?state=open")
    assert page.is_visible("[name=state]")


def test_a_name_without_a_space_widens_no_page(site, make, person_at):
    make.account("staff", email=STAFF)
    organisation = make.organisation("é" * 200)
    make.exchange("x" * 200, organisations=[organisation])
    page = person_at(PHONE)
    sign_in(page, site, STAFF, PASSWORD)
    for address in (
        "/",
        "/search?q=eee",
        "/relations/",
        "/organisations/",
        f"/organisations/{organisation.id}",
    ):
        page.goto(site + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0], address

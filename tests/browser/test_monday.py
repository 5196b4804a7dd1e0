"""A director's Monday, in a browser: who is cold, one word logged, one planned, one left; the board."""

import functools
import time
from datetime import UTC, datetime

import pytest

from tests.browser.conftest import PHONE, WIDE, sign_in
from tests.make import PASSWORD

LONG_AGO = datetime(2025, 1, 6, 9, 0, tzinfo=UTC)
EMAIL = "direction@example.org"


@pytest.fixture
def house(make):
    make.interaction_kind("call", name_fr="Appel", name_en="Call", icon="phone")
    talks = make.stage("in_discussion", name_fr="En discussion", tone="wait")
    signed = make.stage("signed", name_fr="Convention signée", tone="good")
    director = make.account("director", email=EMAIL, name="Claire Morvan")
    partners = {"signed": signed}
    for name in ("Agence ORE", "Ekitia", "FNCCR"):
        partners[name] = make.organisation(name)
        make.person("Ana", f"Roux {name}", organisation=partners[name])
        make.partnership(partners[name], stage=talks, owner=director, by=director, at=LONG_AGO)
    make.agreement(organisations=[partners["Ekitia"]], owner=director)
    return partners


def log_a_call(page, organisation):
    page.locator(".cold", has_text=organisation.name).locator("text=Consigner un échange").click()
    page.wait_for_selector(f"label >> text={organisation.name}")
    page.select_option("#kind", label="Appel")
    page.fill("#title", "Prise de nouvelles")
    page.click(".form-foot .btn-primary")
    page.wait_for_selector(".flash >> text=Prise de nouvelles")
    assert page.locator(".cold").count() == 2


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_directors_monday(site, house, person_at, accessible):
    page = person_at(WIDE)
    sign_in(page, site, EMAIL, PASSWORD)
    page.goto(site)
    accessible(page)
    page.click(".figures a[href='/relations/quiet']")
    assert page.locator(".cold").count() == 3
    accessible(page)
    log_a_call(page, house["Agence ORE"])
    line = page.locator(".cold", has_text="Ekitia")
    line.locator("summary").click()
    accessible(page)
    line.locator(".plan button").click()
    page.wait_for_selector(".flash >> text=Prendre des nouvelles de Ekitia")
    page.locator(".cold", has_text="FNCCR").locator("text=Laisser un mois").click()
    page.wait_for_selector(".flash >> text=FNCCR")
    assert page.locator(".cold").count() == 0
    accessible(page)
    # The board: by hand, then by the menu with the keyboard alone.
    page.click(".tabs >> text=Partenariats")
    accessible(page)
    card = page.locator("[data-card]", has_text="Agence ORE")
    signed = page.locator(f"[data-stage='{house['signed'].id}']")
    card.locator("h3").drag_to(signed)
    page.wait_for_selector(".flash >> text=Agence ORE")
    assert "Agence ORE" in signed.inner_text()
    page.locator("[data-card]", has_text="Ekitia").locator("summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    accessible(page)
    page.keyboard.press("Enter")
    page.wait_for_selector(".flash >> text=Ekitia")
    assert "Ekitia" in signed.inner_text()
    # The keyboard is still on the card.
    assert "Ekitia" in page.evaluate("document.activeElement.innerText")
    assert page.inner_text(f"#stage-{house['signed'].id} .tab-number") == "2"
    page.click(".board-column h3 >> text=Ekitia")
    assert "Convention signée" in page.inner_text(".page-line")
    assert "Prendre des nouvelles de Ekitia" in page.inner_text(".page-aside")
    accessible(page)
    page.click(".tabs >> text=Conventions")
    page.wait_for_selector(".record-main >> text=Convention cadre")
    accessible(page)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_every_link_of_a_card_is_high_enough_and_judged_once_its_style_is_there(
    app, site, house, person_at, accessible, monkeypatch
):
    page = person_at(WIDE)
    sign_in(page, site, EMAIL, PASSWORD)
    page.goto(f"{site}/relations/")
    serve = app.view_functions["static"]
    monkeypatch.setitem(app.view_functions, "static", _late("board.css", serve))
    page.click(".tabs >> text=Partenariats")
    accessible(page)
    heights = page.locator(".board-card a").evaluate_all(
        "links => links.map(link => link.getBoundingClientRect().height)"
    )
    assert len(heights) == 7 and min(heights) >= 24


def _late(name, serve):
    """The files as they are, the one of that name after a while."""

    @functools.wraps(serve)
    def view(filename):
        if filename.endswith(name):
            time.sleep(0.5)
        return serve(filename=filename)

    return view


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_on_a_phone_a_card_is_moved_by_its_menu_and_the_second_who_moves_it_is_told(site, house, person_at):
    first, second = person_at(PHONE), person_at(PHONE)
    for page in (first, second):
        sign_in(page, site, EMAIL, PASSWORD)
        page.goto(f"{site}/relations/agreements")
        # The tab one is at is in view, though the row of tabs is wider than the screen.
        tab = page.locator(".tabs [aria-current]").bounding_box()
        assert tab["x"] >= 0 and tab["x"] + tab["width"] <= PHONE[0]
        page.goto(f"{site}/relations/partnerships")
        page.locator("[data-card]", has_text="FNCCR").locator("summary").click()
    for page in (first, second):
        page.locator("[data-card]", has_text="FNCCR").locator("button").click()
    first.wait_for_selector(".flash >> text=est maintenant à l’étape")
    second.wait_for_selector(".flash-warning >> text=a changé ce partenariat entre-temps")

"""The parts that every page is made of, as a reader meets them."""

import gzip
import re
from pathlib import Path

import pytest

from tests.pages import Browser

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
# A mail is styled in place: mail programs read no style sheet.
PAGES = [template for template in TEMPLATES if template.parent.name != "mail"]
SCRIPTS = sorted((ROOT / "crm" / "static" / "js").glob("*.js"))


def test_the_page_of_components_shows_them_all(client: Browser) -> None:
    page = client.as_("viewer").get("/components")
    assert page.status_code == 200
    for part in (
        "aria-current=",
        "<progress",
        'class="timeline"',
        "data-suggest=",
        "data-rich",
        'class="chips"',
    ):
        assert part in page.text


def test_a_refused_form_says_first_what_to_mend_and_points_at_each_field(client: Browser) -> None:
    answer = client.as_("staff").submit("/components", title="")
    assert answer.status_code == 422
    summary = answer.text.partition('role="alert"')[2].partition("</div>")[0]
    assert 'href="#title"' in summary
    assert "Saisissez un titre" in summary
    field = re.search(r'<input[^>]*id="title"[^>]*>', answer.text)
    assert field and 'aria-invalid="true"' in field[0] and 'aria-describedby="title-error"' in field[0]


def test_what_was_typed_is_still_there_when_a_form_is_refused(client: Browser) -> None:
    answer = client.as_("staff").submit(
        "/components", title="", territory="Angers", text="<div>Bonjour</div>"
    )
    assert 'value="Angers"' in answer.text
    assert "&lt;div&gt;Bonjour&lt;/div&gt;" in answer.text


def test_a_page_says_in_which_language_it_is_written(client: Browser) -> None:
    client.as_("staff")
    assert '<html lang="fr">' in client.get("/components").text
    assert '<html lang="en">' in client.get("/components?lang=en").text


def test_the_search_box_keeps_what_was_typed_out_of_the_markup(client: Browser) -> None:
    page = client.as_("staff").get("/search?q=%22%3E%3Cscript%3E")
    assert '"><script>' not in page.text


def test_a_wrong_address_is_told_in_a_page_with_a_way_on(client: Browser) -> None:
    for browser in (client, client.as_("viewer")):
        answer = browser.get("/no-such-page")
        assert answer.status_code == 404
        assert "<h1>" in answer.text


def test_the_page_of_last_resort_needs_nothing_but_its_own_file() -> None:
    source = (ROOT / "templates" / "errors" / "500.html").read_text(encoding="utf-8")
    assert "{{" not in source and "{%" not in source
    assert source.count("<h1>") == 1


@pytest.mark.parametrize("template", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_template_carries_script_or_style_of_its_own(template: Path) -> None:
    source = template.read_text(encoding="utf-8")
    handlers = (
        r"\son(click|change|input|submit|reset|load|error|focus|blur|toggle|key\w+|mouse\w+|pointer\w+)\s*="
    )
    assert not re.search(handlers + r"|\sstyle\s*=|<style|javascript:|hx-on", source)
    assert not re.search(r"<script(?![^>]*\ssrc=)", source)


def test_every_drawing_that_a_page_names_is_in_the_sprite() -> None:
    there = set(
        re.findall(r'<symbol id="([^"]+)"', (ROOT / "crm/static/icons.svg").read_text(encoding="utf-8"))
    )
    named = {
        name
        for template in TEMPLATES
        for call in re.findall(r"\bicon\(([^)]*)\)", template.read_text(encoding="utf-8"))
        for name in re.findall(r"^[\"']([a-z0-9-]+)[\"']", call)
    }
    assert named <= there


def test_our_own_scripts_stay_small() -> None:
    """What every page loads, and what a single page loads on top."""
    base = (ROOT / "templates/layouts/base.html").read_text(encoding="utf-8")
    everywhere = [script for script in SCRIPTS if f'"{script.stem}"' in base]
    assert sum(script.stat().st_size for script in everywhere) <= 15_000
    assert all(script.stat().st_size <= 6_000 for script in SCRIPTS)


def test_static_text_travels_compressed_and_arrives_whole(client: Browser) -> None:
    plain = client.get("/static/css/maillage.css", buffered=True)
    packed = client.get("/static/css/maillage.css", headers={"Accept-Encoding": "gzip"}, buffered=True)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) * 3 < len(plain.data)
    page = client.get("/sign-in", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in page.headers


def test_anyone_may_read_what_becomes_of_their_data(client: Browser) -> None:
    french, english = client.get("/privacy"), client.get("/privacy?lang=en")
    assert "CNIL" in french.text and "Vos données" in french.text
    assert "Your data" in english.text


def test_a_strangers_query_gives_no_orders_to_the_links_of_a_list(client):
    page = client.as_("viewer").get("/people/?_external=1&_scheme=gopher&endpoint=x&q=ada")
    assert page.status_code == 200
    assert "gopher:" not in page.text


def test_a_step_refused_on_a_page_of_its_own_leads_back_to_where_it_was_taken(client, make):
    event = make.event()
    client.as_("staff")
    action, fields = client.filled(f"/events/{event.id}", to="/close")
    client.post(action, data=fields)
    for came_from, leads_back in (
        (f"http://localhost/events/{event.id}", True),
        ("http://elsewhere.example/", False),
    ):
        again = {**fields, "form_key": f"again {leads_back}"}
        refused = client.post(action, data=again, headers={"Referer": came_from})
        assert refused.status_code == 422
        assert (f'href="/events/{event.id}"' in refused.text.partition("<main")[2]) is leads_back
        assert "elsewhere.example" not in refused.text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_number_beyond_all_numbers_is_refused_at_its_field(client):
    client.as_("staff")

    answer = client.submit("/events/new", title="Webinaire", capacity="9" * 400)

    assert answer.status_code == 422


def test_only_a_file_whose_address_changes_with_it_is_kept_for_good(client: Browser) -> None:
    kept = {
        address: client.get(address, buffered=True).headers["Cache-Control"]
        for address in ("/static/js/door.js?v=1", "/static/js/door-queue.js", "/static/vendor/trix/trix.css")
    }
    assert ["immutable" in told for told in kept.values()] == [True, False, True]

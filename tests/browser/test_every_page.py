"""Every page there is, found by walking the map: accessible, and no wider than its screen."""

import pytest
from playwright.sync_api import Error

from tests.browser.conftest import PHONE, WIDE, sign_in
from tests.guards.records import records  # noqa: F401  (a fixture)
from tests.guards.routes import MAIL, routes
from tests.make import PASSWORD

ADMIN = "direction@example.org"
# What changes does so at once: each colour on its way would take frames of its own to get there.
STILL = """() => {
    const still = new CSSStyleSheet();
    still.replaceSync('*, ::before, ::after { transition: none !important }');
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, still];
}"""
# The screen was painted anew, and nothing on it moves any more.
SETTLED = """new Promise(painted => requestAnimationFrame(() => requestAnimationFrame(painted)))
    .then(() => Promise.allSettled(document.getAnimations().map(moving => moving.finished)))"""
# What a mail program shows, not a page of ours.
NOT_PAGES = {*MAIL, "outbox.html", "static"}


# What stands on a page does not depend on the engine below it.
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("language", "on_the_desk", "on_the_phone"),
    [("fr", "light", "dark"), ("en", "dark", "light")],
    ids=["fr", "en"],
)
def test_every_page_is_accessible_and_fits_its_screen(
    app,
    site,
    make,
    records,  # noqa: F811
    person_at,
    accessible,
    language,
    on_the_desk,
    on_the_phone,
):
    make.account("admin", email=ADMIN)
    desk, phone = ("the desk", WIDE, on_the_desk), ("the phone", PHONE, on_the_phone)
    page = person_at(WIDE, reduced_motion="reduce", color_scheme=on_the_desk)
    sign_in(page, site, ADMIN, PASSWORD)
    faults, seen = [], 0
    for rule in routes(app):
        if "GET" not in (rule.methods or ()) or rule.endpoint in NOT_PAGES:
            continue
        # Each page is opened on the screen where the one before was left, and looked at on the other then.
        first, second = (phone, desk) if seen % 2 else (desk, phone)
        if not _is_page(page, f"{site}{records.address(rule)}?lang={language}"):
            continue
        page.evaluate(STILL)
        seen += 1
        faults += _faults(page, accessible, f"{rule.endpoint} on {first[0]}")
        _turn(page, *second[1:])
        faults += _faults(page, accessible, f"{rule.endpoint} on {second[0]}")
    assert seen > 40
    assert not faults, "\n".join(faults)


def _is_page(page, address):
    """Open it; files, and what only leads elsewhere, are none of this test's business."""
    try:
        answer = page.goto(address)
    except Error as refused:
        assert "Download is starting" in refused.message, refused
        return False
    return not answer.request.redirected_from and "text/html" in answer.headers.get("content-type", "")


def _turn(page, size, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.evaluate(SETTLED)


def _faults(page, accessible, name):
    faults = []
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        faults.append(f"{name} is {wide} px wider than the screen")
    try:
        accessible(page)
    except AssertionError as found:
        faults.append(f"{name}: {found}")
    return faults

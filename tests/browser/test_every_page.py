"""Every page there is, found by walking the map: accessible, and no wider than its screen."""

import re

import pytest
from playwright.sync_api import Error

from tests.browser.conftest import PHONE, WIDE, sign_in
from tests.guards.records import records  # noqa: F401  (a fixture)
from tests.guards.routes import MAIL, routes
from tests.make import PASSWORD

ADMIN = "direction@example.org"
# In each page, but not in the frames where mails are shown. What changes does so at once: each colour on its
# way would take frames of its own to get there.
IN_EACH_PAGE = """if (window === top) {
    const still = new CSSStyleSheet();
    still.replaceSync('*, ::before, ::after { transition: none !important }');
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, still];
    %s
}"""
# The screen was painted anew, nothing on it moves any more; by how much the page is wider than it.
EXCESS = """new Promise(painted => requestAnimationFrame(() => requestAnimationFrame(painted)))
    .then(() => Promise.allSettled(document.getAnimations().map(moving => moving.finished)))
    .then(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)"""
# What a mail program shows, not a page of ours.
NOT_PAGES = {*MAIL, "outbox.html", "static"}
# What differs between two answers that show the same, such as two that say that nothing is there.
LEADS = re.compile(r'(?<= )(?:href|action|value)="[^"]*"')
# What stands around a page, and is the same around many.
AROUND = [".top", ".side"]


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
    axe,
    accessible,
    language,
    on_the_desk,
    on_the_phone,
):
    make.account("admin", email=ADMIN)
    desk, phone = ("the desk", WIDE, on_the_desk), ("the phone", PHONE, on_the_phone)
    page = person_at(WIDE, reduced_motion="reduce", color_scheme=on_the_desk)
    sign_in(page, site, ADMIN, PASSWORD)
    page.add_init_script(IN_EACH_PAGE % axe)
    faults, seen, around = [], set(), set()
    for rule in routes(app):
        if "GET" not in (rule.methods or ()) or rule.endpoint in NOT_PAGES:
            continue
        shown = _shown(page, f"{site}{records.address(rule)}?lang={language}")
        if shown is None or shown in seen:
            continue
        # Each page is opened on the screen where the one before was left, and looked at on the other then.
        first, second = (phone, desk) if len(seen) % 2 else (desk, phone)
        seen.add(shown)
        frame = shown.partition("<body")[2].partition("<main")[0]
        passed = AROUND if frame in around else []
        around.add(frame)
        faults += _faults(page, accessible, passed, f"{rule.endpoint} on {first[0]}")
        page.emulate_media(color_scheme=second[2])
        page.set_viewport_size({"width": second[1][0], "height": second[1][1]})
        faults += _faults(page, accessible, passed, f"{rule.endpoint} on {second[0]}")
    assert len(seen) > 200
    assert not faults, "\n".join(faults)


def _shown(page, address):
    """Open it; what it shows, or None for files and for what only leads elsewhere."""
    try:
        answer = page.goto(address)
    except Error as refused:
        assert "Download is starting" in refused.message, refused
        return None
    if answer.request.redirected_from or "text/html" not in answer.headers.get("content-type", ""):
        return None
    return LEADS.sub("", answer.text())


def _faults(page, accessible, passed, name):
    faults = []
    excess = page.evaluate(EXCESS)
    if excess > 0:
        faults.append(f"{name} is {excess} px wider than the screen")
    try:
        accessible(page, passed)
    except AssertionError as found:
        faults.append(f"{name}: {found}")
    return faults

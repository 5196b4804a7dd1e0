"""Every page there is, found by walking the map: accessible, and no wider than its screen."""

import pytest

from tests.browser.conftest import PHONE, WIDE, sign_in
from tests.make import PASSWORD
from tests.test_guards import MAIL, records, routes  # noqa: F401  (a fixture)

ADMIN = "direction@example.org"
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
        # Asked for without being opened first: files are none of this test's business.
        address = f"{site}{records.address(rule)}?lang={language}"
        answer = page.request.get(address, max_redirects=0)
        if answer.status in (301, 302, 308) or "text/html" not in answer.headers.get("content-type", ""):
            continue
        # Each page is opened on the screen where the one before was left, and looked at on the other then.
        first, second = (phone, desk) if seen % 2 else (desk, phone)
        page.goto(address)
        seen += 1
        faults += _faults(page, accessible, f"{rule.endpoint} on {first[0]}")
        _turn(page, *second[1:])
        faults += _faults(page, accessible, f"{rule.endpoint} on {second[0]}")
    assert seen > 40
    assert not faults, "\n".join(faults)


def _turn(page, size, scheme):
    page.emulate_media(color_scheme=scheme)
    page.evaluate(SETTLED)
    # The colours first: what a change of the width lays out anew is then painted in them.
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

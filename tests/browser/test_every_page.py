"""Every page there is, found by walking the map: accessible, and no wider than its screen."""

import pytest

from tests.browser.conftest import PHONE, WIDE, sign_in
from tests.make import PASSWORD
from tests.test_guards import MAIL, records, routes  # noqa: F401  (a fixture)

ADMIN = "direction@example.org"
# What a mail program shows, not a page of ours.
NOT_PAGES = {*MAIL, "outbox.html", "static"}


# What stands on a page does not depend on the engine below it.
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("size", "language", "scheme"),
    [(WIDE, "fr", "light"), (PHONE, "en", "dark"), (WIDE, "en", "dark"), (PHONE, "fr", "light")],
    ids=["desk-fr-light", "phone-en-dark", "desk-en-dark", "phone-fr-light"],
)
def test_every_page_is_accessible_and_fits_its_screen(
    app,
    site,
    make,
    records,  # noqa: F811
    person_at,
    accessible,
    size,
    language,
    scheme,
):
    make.account("admin", email=ADMIN)
    page = person_at(size, color_scheme=scheme)
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
        page.goto(address)
        seen += 1
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            faults.append(f"{rule.endpoint} is {wide} px wider than the screen")
        try:
            accessible(page)
        except AssertionError as found:
            faults.append(str(found))
    assert seen > 40
    assert not faults, "\n".join(faults)

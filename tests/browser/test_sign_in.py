"""Signing in, in a browser."""

import pytest

from tests.browser.conftest import PHONE, WIDE
from tests.make import PASSWORD

# What a page does does not depend on the engine below it.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def test_a_staff_member_signs_in_on_a_desk_and_on_a_phone(site, make, person_at, accessible):
    make.account("staff", email="equipe@example.org")
    for size in (WIDE, PHONE):
        page = person_at(size)
        page.goto(f"{site}/sign-in")
        accessible(page)
        page.fill("[name=email]", "equipe@example.org")
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "/sign-in" not in url)

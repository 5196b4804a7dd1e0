"""Signing in, in a browser."""

from tests.browser.conftest import PHONE, WIDE, sign_in
from tests.make import PASSWORD


def test_a_staff_member_signs_in_on_a_desk_and_on_a_phone(site, make, person_at, accessible):
    make.account("staff", email="equipe@example.org")
    for size in (WIDE, PHONE):
        page = person_at(size)
        page.goto(f"{site}/sign-in")
        accessible(page)
        sign_in(page, site, "equipe@example.org", PASSWORD)

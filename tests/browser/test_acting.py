"""A reader acts on a phone: finds who sits there, opens the letter, says so, tells the answer, undoes."""

import pytest

from crm.kits.parliament.models import CommuneSeat
from tests.browser.conftest import PHONE

# What a page does does not depend on the engine below it.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.mark.parametrize("script", [True, False])
def test_a_reader_finds_writes_tells_the_answer_and_takes_it_back(site, make, person_at, accessible, script):
    make.territory("Angers", code="49007", department_code="49", postcodes="49000 49100")
    make.add(CommuneSeat(commune="49007", constituency="49-01"))
    kit = make.kit("Pour l’eau", slug="eau")
    lis = make.parliamentarian("Lis", "49-01", email="lis@example.org", civility="Mme")
    make.parliamentarian("Sauge", "49", email="sauge@example.org")
    page = person_at(PHONE, java_script_enabled=script)
    if not script:
        # axe-core needs the scripts that this reader does without.
        accessible = lambda _page: None  # noqa: E731
    page.goto(f"{site}/k/{kit.slug}")
    page.fill("[name=postcode]", "49000")
    page.press("[name=postcode]", "Enter")
    page.wait_for_selector(f"#p{lis.id}")
    accessible(page)
    mine = page.locator(f"#p{lis.id}")
    assert mine.locator("a[href^='mailto:lis@example.org?subject=']").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0] if script else True
    mine.locator("summary", has_text="Lire et copier").click()
    assert "Gardez-les." in mine.locator(".as-typed").first.inner_text()

    mine.get_by_role("button", name="J’ai écrit").click()
    page.wait_for_selector(f"#p{lis.id} .state")
    accessible(page)
    mine.locator("summary", has_text="J’ai reçu une réponse").click()
    mine.get_by_label("Rendez-vous proposé").check()
    mine.get_by_role("button", name="Le dire").click()
    page.wait_for_selector(f"#p{lis.id} details[open]")
    accessible(page)

    mine.get_by_role("button", name="Finalement, je n’ai pas écrit").click()
    page.wait_for_selector(f"#p{lis.id} .declare")
    assert mine.locator(".state").count() == 0

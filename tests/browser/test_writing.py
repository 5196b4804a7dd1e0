"""Writing a mailing: chips for fields, a block, a draft that saves itself; and the mail as it is read."""

import pytest

from crm.db import db
from crm.mailings.models import Mailing
from crm.settings import services as settings
from tests.browser.conftest import PHONE, WIDE, sign_in
from tests.make import PASSWORD

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

STAFF = "equipe@example.org"
FRENCH = ".one-text:first-of-type"


@pytest.fixture
def writer(site, make, person_at):
    make.account("staff", email=STAFF)

    def at(size=WIDE, **options):
        page = person_at(size, **options)
        sign_in(page, site, STAFF, PASSWORD)
        return page

    return at


def test_a_mailing_is_written_with_chips_and_a_block_and_saves_itself(app, site, make, writer, accessible):
    event = make.event("Webinaire santé")
    make.person("Zoé", language="fr")
    page = writer()
    page.goto(f"{site}/mailings/new?everyone=yes")
    page.wait_for_selector("trix-editor")
    accessible(page)
    page.fill("#subject_fr", "Invitation")
    page.click("#body_fr")
    page.keyboard.type("Bonjour ")
    page.click(f"{FRENCH} .insert button:text-is('Prénom')")
    # As fast as people type.
    page.keyboard.type(", venez :", delay=30)
    page.click(f"{FRENCH} .block-menu summary")
    page.select_option("#block-fr-event", label=page.inner_text("#block-fr-event option").strip())
    page.click(f"{FRENCH} [data-insert-from=block-fr-event]")
    assert page.locator("#body_fr .word-chip").all_inner_texts()[0] == "Prénom"
    assert "Webinaire santé" in page.locator("#body_fr .word-block").inner_text()
    page.wait_for_selector("[data-saved-line]:has-text('Enregistré à')", timeout=20_000)
    page.wait_for_url("**/edit")
    accessible(page)
    with app.app_context():
        mailing = db.session.query(Mailing).one()
        body = mailing.body_fr.replace("&nbsp;", " ").replace("\xa0", " ")
        assert body == f"<div>Bonjour {{{{prénom}}}}, venez :[[événement {event.id}]]</div>"
    # Opened again, the chips are there, and what is typed now stays too.
    page.reload()
    page.wait_for_selector("#body_fr .word-block")
    page.fill("#subject_fr", "Invitation au webinaire")
    page.click("button:has-text('Enregistrer le brouillon')")
    page.wait_for_selector("h1:has-text('Invitation au webinaire')")
    page.goto(f"{site}/mailings/{mailing.id}/preview")
    frame = page.frame_locator("iframe.mail-frame")
    read = frame.locator("div.body").inner_text(timeout=5_000)
    assert "Bonjour Zoé, venez :" in read.replace("\xa0", " ")
    assert "Webinaire santé" in frame.locator("td.card").inner_text()


def test_what_a_colleague_saved_meanwhile_is_said_while_one_writes(site, make, writer):
    mailing = make.mailing()
    mine, theirs = writer(), writer()
    for page in (mine, theirs):
        page.goto(f"{site}/mailings/{mailing.id}/edit")
        page.wait_for_selector("trix-editor")
    theirs.fill("#subject_fr", "La leur")
    theirs.click("button:has-text('Enregistrer le brouillon')")
    theirs.wait_for_selector("h1:has-text('La leur')")
    mine.fill("#subject_fr", "La mienne")
    mine.wait_for_selector("[data-saved-line]:has-text('modifié entre-temps')", timeout=20_000)
    mine.click("button:has-text('Enregistrer le brouillon')")
    mine.wait_for_selector(".conflict")
    assert "La leur" in mine.inner_text(".conflicts") and mine.input_value("#subject_fr") == "La mienne"


def test_the_two_texts_stand_side_by_side_on_a_desk_and_one_below_the_other_on_a_phone(
    site, writer, accessible
):
    for size, beside in ((WIDE, True), (PHONE, False)):
        page = writer(size)
        page.goto(f"{site}/mailings/new")
        page.wait_for_selector("trix-editor")
        french, english = (page.locator(".one-text").nth(place).bounding_box() for place in (0, 1))
        assert (abs(french["y"] - english["y"]) < 2) is beside
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        accessible(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_mail_with_every_block_fits_the_narrowest_phone_and_can_be_read_in_both_schemes(
    app, site, make, writer, accessible, scheme
):
    event, picture = make.event("Assises de la transparence"), make.picture("Carte", width=1600)
    signature = make.mail_signature()
    with app.app_context():
        settings.set_up(name="Association")
        settings.dress(colour="#8a1538", mailings_need_approval=False, logo="b" * 32, size=(400, 100))
        db.session.commit()
    blocks = f"[[événement {event.id}]][[bouton Un très long libellé de bouton, pour voir | https://example.org/a]]"
    more = f"[[image {picture.id}]][[signature {signature.id}]]"
    mailing = make.mailing(body_fr=f"<p>Bonjour {{{{prénom}}}}</p>{blocks}{more}<blockquote>Mot</blockquote>")
    page = writer((320, 640), color_scheme=scheme)
    page.goto(f"{site}/mailings/{mailing.id}/preview/html")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    ground = page.locator("table.sheet").evaluate("sheet => getComputedStyle(sheet).backgroundColor")
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(23, 28, 35)"}[scheme]
    # The frame lets no script run: axe looks at the same words in a page without a policy.
    bare = page.context.new_page()
    bare.set_content(page.content(), wait_until="domcontentloaded")
    accessible(bare)


def test_a_text_of_paragraphs_opens_with_its_chips_in_their_lines(site, make, writer):
    mailing = make.mailing(body_fr="<p>Bonjour {{prénom}},</p><p>Voici la lettre.</p>")
    page = writer()
    page.goto(f"{site}/mailings/{mailing.id}/edit")
    page.wait_for_selector("#body_fr .word-chip")
    lines = [line for line in page.inner_text("#body_fr").replace("\xa0", " ").splitlines() if line.strip()]
    assert [line.replace("\ufeff", "") for line in lines] == ["Bonjour Prénom,", "Voici la lettre."]

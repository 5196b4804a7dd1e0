"""How mails look: a colour that can be read, a logo, and the same words for whoever sees neither."""

import io

import pytest

from crm.mail import look
from crm.mail.composing import Button, Letter, lay_out
from crm.settings import services as settings
from tests.mailings.test_stationery import png

LETTER = Letter(
    language="fr", title="Lettre", body="Bonjour", buttons=(Button("Venir", "https://e.org"),), house="ODF"
)


@pytest.mark.parametrize(
    "colour, reads", [("#1f5a96", True), ("#767676", True), ("#777777", False), ("#ffff00", False)]
)
def test_a_colour_is_read_when_its_contrast_with_white_is_four_and_a_half(colour, reads):
    assert (look.contrast(colour, "#ffffff") >= look.LEAST_CONTRAST) is reads
    assert look.contrast(look.darker(colour), "#ffffff") >= look.LEAST_CONTRAST
    assert look.contrast(look.lighter(colour), look.DARK_PAPER) >= look.LEAST_CONTRAST


def test_contrast_is_the_one_of_the_rule():
    assert round(look.contrast("#000000", "#ffffff"), 2) == 21
    assert round(look.contrast("#777777", "#ffffff"), 2) == 4.48


def test_colour_and_logo_dress_every_mail_and_change_at_once(session):
    settings.set_up(name="ODF")
    assert look.USUAL in lay_out(LETTER).fill().html
    settings.dress(colour="#8A1538", mailings_need_approval=False, logo="a" * 32, size=(800, 160))
    html = lay_out(LETTER).fill().html
    assert "#8a1538" in html and look.USUAL not in html and "@@" not in html
    assert f'/mailings/pictures/{"a" * 32}" width="200" height="40" alt=""' in html
    assert lay_out(LETTER).fill().text == "Lettre\n\nBonjour\n\nVenir\n  https://e.org\n\n-- \nODF\n"


@pytest.mark.parametrize(
    "typed, refusal",
    [("red", settings.NoColour), ("#12345", settings.NoColour), ("#ffcc00", settings.PaleColour)],
)
def test_a_colour_that_cannot_be_read_is_refused_with_one_that_can(session, typed, refusal):
    with pytest.raises(refusal) as said:
        settings.dress(colour=typed, mailings_need_approval=False, logo=None)
    if refusal is settings.PaleColour:
        assert look.contrast(str(said.value.facts["nearest"]), "#ffffff") >= look.LEAST_CONTRAST


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_page_takes_colour_and_logo_and_shows_a_mail(app, client):
    admin = client.as_("admin")
    action, fields = admin.filled("/mailings/look", colour="#8a1538")
    answer = admin.post(
        action,
        data={**fields, "logo": (io.BytesIO(png(400, 100)), "logo.png")},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 302
    frame = admin.get("/mailings/look/html")
    assert "#8a1538" in frame.text and 'width="200" height="50"' in frame.text
    assert (
        f"img-src data: {app.config['BASE_URL']}/mailings/pictures/;"
        in frame.headers["Content-Security-Policy"]
    )
    refused = admin.submit("/mailings/look", colour="#ffcc00")
    assert refused.status_code == 422 and "n’est pas lisible" in refused.text
    admin.submit("/mailings/look", takes_logo_away="y")
    assert "/mailings/pictures/" not in admin.get("/mailings/look/html").text

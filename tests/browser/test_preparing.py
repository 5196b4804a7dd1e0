"""A staff member prepares an event: from a template to an open one whose invitations are counted."""

import re
from datetime import timedelta

import pytest

from crm import clock
from tests.browser.conftest import WIDE, sign_in
from tests.browser.test_main_job import choose
from tests.make import PASSWORD

DAY = clock.day(clock.now()) + timedelta(days=40)

# A page in a browser says nothing of the database behind it.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def test_an_event_is_prepared_from_a_template_until_its_invitations_are_counted(
    site, make, person_at, accessible
):
    make.account("staff", email="equipe@example.org")
    speaker = make.person("Ada", "Lovelace", email="ada@example.org")
    make.person("Malo", "Urvoy", email="malo@example.org")
    model = make.event("Colloque", venue="Hôtel de ville", city="Angers", description="<p>Pour tous</p>")
    make.event_template(model, "Colloque annuel")
    desk = person_at(WIDE)
    sign_in(desk, site, "equipe@example.org", PASSWORD)

    def ready():
        return desk.locator("section.ready").inner_text()

    def save():
        desk.locator("main form[method=post] button.btn-primary:visible").last.click()
        desk.wait_for_load_state()

    # What the template holds is there; a capacity is set beside the date.
    desk.goto(f"{site}/events/templates")
    desk.get_by_role("link", name="Nouvel événement : Colloque annuel").click()
    desk.fill("[name=title]", "Colloque 2030")
    desk.fill("[name=starts]", f"{DAY}T09:00")
    desk.fill("[name=ends]", f"{DAY}T12:00")
    assert desk.input_value("[name=venue]") == "Hôtel de ville"
    desk.fill("[name=capacity]", "40")
    desk.get_by_role("button", name="Mettre à l’agenda").click()
    desk.wait_for_url(re.compile(r"/events/\d+$"))
    event = desk.url
    assert "Son type n’est pas choisi" in ready()

    # A session in a room, with somebody of the directory, outside the hours at first.
    desk.goto(f"{event}/programme/new")
    desk.fill("[name=title]", "Ouverture")
    desk.fill("[name=starts]", f"{DAY}T08:00")
    desk.fill("[name=ends]", f"{DAY}T08:30")
    desk.fill("[name=room]", "Grand salon")
    choose(desk, "voices-0-name", "love", "Ada Lovelace")
    save()
    assert "/programme/new" in desk.url
    desk.fill("[name=starts]", f"{DAY}T09:00")
    desk.fill("[name=ends]", f"{DAY}T09:30")
    save()
    accessible(desk)

    # A question with its purpose.
    desk.goto(f"{event}/form/new")
    desk.fill("[name=title_fr]", "Déjeunez-vous avec nous ?")
    desk.select_option("[name=kind]", "yes_no")
    desk.fill("[name=purpose]", "Commander les repas")
    accessible(desk)
    save()
    assert "Déjeunez-vous avec nous ?" in desk.locator("main").inner_text()

    # Registration opens: the list says what the next step waits for.
    desk.goto(event)
    desk.get_by_role("button", name=re.compile("Ouvrir")).first.click()
    desk.wait_for_load_state()
    assert "Personne n’est encore invité" in ready()
    assert "1 personne du programme n’a pas été sollicitée" in ready()
    accessible(desk)

    # The speaker is asked, and is missing no more as unasked.
    desk.goto(f"{event}/programme")
    desk.locator("form[action$='/programme/ask'] button").first.click()
    desk.wait_for_load_state()
    desk.goto(event)
    assert "1 personne sollicitée pour intervenir n’a pas répondu" in ready()

    # Strangers read the programme and the question.
    stranger = person_at(WIDE)
    stranger.goto(f"{site}/agenda")
    stranger.get_by_role("link", name="Colloque 2030").first.click()
    shown = stranger.locator("main").inner_text()
    for words in ("Ouverture", "Grand salon", "Déjeunez-vous avec nous ?"):
        assert words in shown
    # Who has not said yes is not announced.
    assert speaker.name not in shown

    # Who would be invited is counted, and nobody is before the button.
    desk.goto(event)
    desk.get_by_role("link", name="Inviter").first.click()
    desk.wait_for_load_state()
    assert re.search(r"[12] personnes? ser(a|ont) invitées?", desk.locator("#audience").inner_text())
    accessible(desk)
    desk.goto(f"{event}/invitations")
    assert "malo@example.org" not in desk.locator("main").inner_text()

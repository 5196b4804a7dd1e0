"""A participant on a phone without JavaScript: waits, is offered a place, takes it, and sees what is kept."""

import pytest
from sqlalchemy import select

from crm import clock
from crm.db import db
from crm.events.models import Event, Format, Mode, Registration
from crm.events.services import seats
from crm.events.services.visitors import Visitor
from tests.browser.conftest import PHONE


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_phone_without_javascript_takes_an_offered_place_and_asks_for_erasure(
    site, make, person_at, accessible
):
    event = make.event(format=Format.HYBRID, capacity=1, capacity_online=5, offer_hours=48)
    with make.app.app_context():
        for given in ("Ada", "Blaise"):
            visitor = Visitor(given_name=given, family_name="Martin", email=f"{given.lower()}@example.org")
            here = db.session.get_one(Event, event.id)
            seats.ask(here, visitor, mode=Mode.ONSITE, language="fr", at=clock.now())
        db.session.commit()
        rows = select(Registration).order_by(Registration.id)
        first, second = db.session.scalars(rows)
        seats.withdraw(first, by="public", at=clock.now())
        db.session.commit()
        token = second.token

    phone, reader = person_at(PHONE, java_script_enabled=False), person_at(PHONE)
    reader.goto(f"{site}/r/{token}?answer=accepted")
    accessible(reader)
    phone.goto(f"{site}/r/{token}?answer=accepted")
    phone.click("text=J’accepte la place")
    assert "La place est à vous" in phone.inner_text("main")
    phone.check("text=En ligne")
    phone.click("text=Participer ainsi")
    assert phone.is_checked("[name=mode][value=online]")
    phone.click("text=Ce qui est conservé sur vous")
    assert "blaise@example.org" in phone.inner_text("main")
    phone.click("summary:has-text('Effacer ce qui est conservé')")
    phone.click("button:has-text('Effacer')")
    assert "D’ici là vous pouvez changer d’avis" in phone.inner_text("main")
    reader.goto(f"{site}/r/{token}/data")
    accessible(reader)
    phone.click("text=Tout garder finalement")
    assert "Effacer ce qui est conservé" in phone.inner_text("main")

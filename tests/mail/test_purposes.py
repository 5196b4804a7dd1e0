"""Why we write: purposes that the association makes itself, and what owners of addresses say to each."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.db import db
from crm.directory import services as directory
from crm.errors import Changed
from crm.mail import purposes, queries, services, wishes
from crm.mail.models import (
    Basis,
    Delivery,
    DeliveryState,
    Objection,
    Permission,
    Purpose,
    Wish,
)
from crm.mail.wishes import Shown
from crm.web.rights import May
from tests.make import EARLY, Make
from tests.outbox import send_due
from tests.pages import Browser

LATER = EARLY + timedelta(days=1)
ON_ONE_ENGINE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def told(name: str = "Lettre aux adhérents", **facts: Any) -> purposes.Told:
    said: Any = {
        "name_fr": name,
        "name_en": "",
        "explained_fr": "Quatre fois par an.",
        "explained_en": "",
        "notice_fr": "Vous recevez cette lettre parce que vous l’avez demandée.",
        "notice_en": "",
        "basis": Basis.CONSENT,
        "permission": Permission.ONLY_AGREED,
        "reach_id": None,
        **facts,
    }
    return said


def _queued(make: Make, key: str, email: str = "ada@example.org") -> Delivery:
    return services.queue(
        kind="test.nobody_writes",
        subject_id=1,
        address=make.address(email),
        purpose=key,
        language="fr",
        at=EARLY,
    )


def test_the_house_begins_with_its_four_purposes_and_none_of_them_goes(session: Session) -> None:
    assert [one.key for one in purposes.every()] == [purpose.value for purpose in Purpose]
    with pytest.raises(purposes.OfTheHouse):
        purposes.archive(purposes.usable("newsletter"))


def test_a_service_message_stays_one_whatever_is_typed(session: Session) -> None:
    service = purposes.usable("service")
    purposes.change(service, told("Service"))
    assert (service.permission, service.reach_id, service.name_fr) == (Permission.ALWAYS, None, "Service")


def test_a_purpose_keeps_its_key_when_it_is_renamed(session: Session) -> None:
    made = purposes.add(told())
    assert made.key == "lettre-aux-adherents"
    purposes.change(made, told("Bulletin"), seen=made.version)
    assert (made.key, made.name_fr, made.name_en) == ("lettre-aux-adherents", "Bulletin", "Bulletin")
    with pytest.raises(Changed):
        purposes.change(made, told("Autre"), seen=1)


def test_two_purposes_are_not_called_alike_and_consent_asks_for_consent(session: Session) -> None:
    with pytest.raises(purposes.NameTaken):
        purposes.add(told("lettre d'information"))
    with pytest.raises(purposes.ConsentIsAsked):
        purposes.add(told(permission=Permission.UNLESS_OBJECTED))


def test_where_consent_is_needed_nothing_leaves_without_it(session: Session, make: Make) -> None:
    key = purposes.add(told()).key
    first, second = _queued(make, key), _queued(make, key, "zoe@example.org")
    wishes.agree(
        second.address, purposes.of_keys([key]), source="form:x", shown=Shown(), person_id=None, at=EARLY
    )
    session.commit()
    send_due(at=EARLY)
    session.refresh(first)
    assert (first.state, first.reason) == (
        DeliveryState.SUPPRESSED,
        "The owner of the address has not agreed to this kind of mail.",
    )
    # The other one has no composer in this test: it was about to be written.
    assert session.get_one(Delivery, second.id).state is DeliveryState.FAILED


def test_a_consent_that_was_taken_back_is_none(session: Session, make: Make) -> None:
    purpose = purposes.add(told())
    address = make.address("ada@example.org")
    for wanted in ([purpose.key], [], [purpose.key], [purpose.key]):
        wishes.choose(address, wanted, among=[purpose], source="preferences", at=EARLY)
    said = session.scalars(select(Wish.is_wanted).order_by(Wish.id)).all()
    # What is said twice is one act.
    assert said == [True, False, True]
    assert purpose.key in wishes.standing(address.id)


def test_the_ledger_keeps_who_when_how_and_the_words_that_stood_there(session: Session, make: Make) -> None:
    purpose, person = purposes.add(told()), make.person(email="ada@example.org")
    shown = Shown("fr", ((purpose.key, "Lettre aux adhérents. Quatre fois par an."),))
    wishes.choose(
        make.address("ada@example.org"),
        [purpose.key],
        among=[purpose],
        source="preferences",
        shown=shown,
        person_id=person.id,
        at=EARLY,
    )
    [wish] = session.scalars(select(Wish)).all()
    assert (wish.person_id, wish.at, wish.source, wish.language) == (person.id, EARLY, "preferences", "fr")
    assert (wish.text, wish.text_version) == ("Lettre aux adhérents. Quatre fois par an.", purpose.version)


def test_one_click_is_on_record_once_and_a_merge_says_nothing_in_the_owners_name(
    session: Session, make: Make
) -> None:
    address = make.address("ada@example.org")
    for source in ("merge:3", "one-click", "one-click"):
        wishes.object_also(address.id, "newsletter", source=source, at=EARLY)
    assert [(one.source, one.is_wanted) for one in session.scalars(select(Wish))] == [("one-click", False)]
    assert session.scalars(select(Objection.source)).all() == ["one-click"]


def test_what_was_not_shown_stays_as_it_was(session: Session, make: Make) -> None:
    address = make.address("ada@example.org")
    wishes.object_also(address.id, "mobilisation", source="one-click", at=EARLY)
    wishes.choose(
        address, ["newsletter"], among=purposes.of_keys(["newsletter"]), source="preferences", at=LATER
    )
    assert queries.objections(address.id) == {"mobilisation"}


def test_of_two_records_that_are_one_the_objection_wins_over_the_consent(
    session: Session, make: Make
) -> None:
    from crm.directory.merging import services as merging

    purpose = purposes.add(told())
    kept, gone = make.person(email="a@example.org"), make.person(email="b@example.org")
    wishes.agree(
        make.address("a@example.org"), [purpose], source="form:x", shown=Shown(), person_id=kept.id, at=EARLY
    )
    wishes.object_also(make.address("b@example.org").id, purpose.key, source="one-click", at=EARLY)
    merging.merge(kept, gone, by="staff@example.org", at=LATER)
    assert purpose.key not in wishes.standing(make.address("a@example.org").id)


def test_what_staff_changes_of_a_person_leaves_objections_where_they_are(
    session: Session, make: Make
) -> None:
    person = make.person(email="ada@example.org")
    wishes.object_also(make.address("ada@example.org").id, "newsletter", source="one-click", at=EARLY)
    for emails in ([], ["ada@example.org"]):
        directory.change_person(
            person,
            given_name="Ada",
            family_name="X",
            civility=person.civility,
            language="fr",
            emails=emails,
            phones=[],
            tags=[],
            notes="",
            by="staff@example.org",
            at=LATER,
        )
    assert queries.objections(make.address("ada@example.org").id) == {"newsletter"}


def test_an_event_does_not_invite_without_the_consent_that_invitations_ask_for(
    session: Session, make: Make
) -> None:
    from crm.directory.models import Person
    from crm.events.queries.audience import Excluded, considered, counted

    invitation = purposes.usable("invitation")
    purposes.change(invitation, told("Invitations"))
    event = make.event()
    for name in ("ada", "zoe"):
        make.person(name, email=f"{name}@example.org")
    agreed = make.address("ada@example.org")
    wishes.agree(agreed, [invitation], source="form:x", shown=Shown(), person_id=None, at=EARLY)
    people = considered(event, select(Person), day=EARLY.date())
    assert counted(people) == {None: 1, Excluded.NOT_AGREED: 1}


@ON_ONE_ENGINE
def test_the_link_of_somebody_who_was_erased_still_ends_mail_and_tells_no_name(
    app: Flask, client: Browser, make: Make
) -> None:
    from sqlalchemy import delete

    from crm.directory.models import Person, PersonAddress

    person = make.person("Adélaïde", "Roux", email="ada@example.org")
    with app.app_context():
        delivery = _queued(make, "newsletter")
        token, delivery.person_id = delivery.token, person.id
        db.session.flush()
        delivery.person_id = None
        db.session.execute(delete(PersonAddress).where(PersonAddress.person_id == person.id))
        db.session.execute(delete(Person).where(Person.id == person.id))
        db.session.commit()
    assert "Adélaïde" not in client.get(f"/u/{token}").text
    client.submit(f"/u/{token}", wanted=None)
    with app.app_context():
        assert db.session.scalar(select(Wish.person_id)) is None
        assert "newsletter" in set(db.session.scalars(select(Objection.purpose)))


@ON_ONE_ENGINE
def test_staff_reads_who_said_what_when_and_has_no_button_to_change_it(
    app: Flask, client: Browser, make: Make
) -> None:
    person = make.person("Ada", email="ada@example.org")
    with app.app_context():
        key = make.address("ada@example.org").id
        wishes.object_also(key, "newsletter", source="one-click", at=EARLY)
        db.session.commit()
    staff = client.as_("admin")
    assert f"/mail/addresses/{key}/wishes" in staff.get(f"/people/{person.id}").text
    page = staff.get(f"/mail/addresses/{key}/wishes").text
    assert "Par le bouton du logiciel de messagerie" in page and "Lettre d’information" in page
    # Nothing can be done about it but to erase the address altogether.
    acts = re.findall(r'<form[^>]*action="([^"]*)"', page.partition("<main")[2])
    assert acts == [f"/people/addresses/{key}/erase"]


@ON_ONE_ENGINE
def test_a_fifth_purpose_is_made_by_those_who_settle_and_offered_to_readers_and_writers(
    app: Flask, client: Browser, make: Make
) -> None:
    assert client.as_("staff").get("/settings/purposes").status_code == 403
    admin = client.as_("admin")
    answer = admin.submit(
        "/settings/purposes/new",
        name_fr="Appels à projets <&>",
        explained_fr="Les aides ouvertes.",
        basis="consent",
        permission="only_agreed",
    )
    assert answer.status_code == 302
    assert "Appels à projets &lt;&amp;&gt;" in admin.get("/settings/purposes").text
    assert "Appels à projets &lt;&amp;&gt;" in admin.get("/mailings/new?everyone=yes").text
    with app.app_context():
        db.session().expire_on_commit = False
        purpose = purposes.every()[-1]
        token = _queued(make, "newsletter").token
        db.session.commit()
    assert purpose.permission is Permission.ONLY_AGREED
    page = client.get(f"/u/{token}").text
    assert "Appels à projets &lt;&amp;&gt;" in page and "Les aides ouvertes." in page
    refused = admin.submit(f"/settings/purposes/{purpose.id}", permission="unless_objected")
    assert refused.status_code == 422 and "consentement" in refused.text
    admin.submit(f"/settings/purposes/{purpose.id}", name_fr="Aides")
    assert "Aides" in admin.get(f"/history/purposes/{purpose.id}").text
    admin.submit(f"/settings/purposes/{purpose.id}", to="/archive")
    assert "Aides" not in client.get(f"/u/{token}").text.partition("<main")[2].partition("<section")[0]


@ON_ONE_ENGINE
def test_the_purpose_of_service_messages_is_edited_too_but_for_who_may_be_written_to(
    app: Flask, client: Browser
) -> None:
    client.as_("admin")
    with app.app_context():
        address = f"/settings/purposes/{purposes.called(Purpose.SERVICE).id}"
    page = client.get(address)
    assert page.status_code == 200 and "permission" not in page.text
    assert client.submit(address, notice_fr="Vous l’avez demandé.").status_code == 302


def test_only_those_who_settle_open_the_purposes(app: Flask) -> None:
    from crm.web import access

    endpoints = [rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint.startswith("purposes.")]
    assert endpoints and {access.declared(app, one) for one in endpoints} == {May.SETTINGS}

"""Addresses that were erased: nothing tells what they were, and whoever brings them back is told."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from crm import clock
from crm.db import Base, db
from crm.directory.models import Person
from crm.directory.services import add_person, erasing
from crm.events.own import erasing as registrations
from crm.events.own.tasks import one_pass
from crm.events.services import seats
from crm.events.services.visitors import Visitor
from crm.mail import addresses, queries, services
from crm.mail.models import Address, BounceKind, Delivery, DeliveryState, Purpose, ReportSource
from crm.mail.outbox import Courier
from crm.mail.returns import services as returns
from crm.mail.senders.folder import FolderSender
from crm.mailings import queries as mailings
from crm.mailings import services as writing
from crm.mailings.audiences.models import Fate
from tests.directory.test_importing import HEAD, take  # noqa: F401  (a fixture)
from tests.directory.test_importing_pages import checked
from tests.mail.test_outbox import _letter, _queued  # noqa: F401  (enters the composer)
from tests.make import EARLY, PASSWORD, Make
from tests.outbox import ORIGIN, MemorySender, courier, told
from tests.pages import Browser

LATER = EARLY + timedelta(days=1)
DAY = clock.day(EARLY)
EMAIL = "ada@example.org"
ON_ONE_ENGINE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def erase(session: Session, email: str = EMAIL) -> Address:
    address = session.scalars(select(Address).where(Address.email == email)).one()
    erasing.erase_address(address, by="admin@example.org", at=EARLY)
    session.commit()
    return address


def everything(session: Session) -> str:
    """All that the database holds, as one text."""
    return " ".join(
        str(row)
        for table in Base.metadata.sorted_tables
        for row in session.execute(text(f'SELECT * FROM "{table.name}"'))
    )


def fates(session: Session) -> dict[Fate, int]:
    mailing = writing.create(audience="", subject_fr="Lettre", body_fr="<p>Bonjour</p>", at=EARLY)
    return mailings.counted(mailing, day=DAY).fates


def test_nothing_tells_what_an_erased_address_was_and_its_reader_stays(session: Session, make: Make) -> None:
    make.person("Ada", email=EMAIL)
    services.object_also(make.address(EMAIL).id, "mobilisation", source="one-click", at=EARLY)
    add_person(given_name="Bob", family_name="", emails=[EMAIL], by="staff@example.org", at=EARLY)
    session.commit()
    assert EMAIL in everything(session)
    address = erase(session)
    assert EMAIL not in everything(session)
    assert address.is_sealed and [one.addresses for one in session.scalars(select(Person))] == [[], []]
    with pytest.raises(erasing.ErasedAlready):
        erasing.erase_address(address, by="admin@example.org", at=LATER)


def test_an_import_that_brings_it_back_does_not_make_it_mailable_and_keeps_what_it_said(
    session: Session,
    make: Make,
    take: Any,  # noqa: F811
) -> None:
    make.person("Ada", email=EMAIL)
    services.object_also(make.address(EMAIL).id, "mobilisation", source="one-click", at=EARLY)
    session.commit()
    key = erase(session).id
    take(HEAD + f"Réseau;;Ada;Roux;{EMAIL};;;\nRéseau;;Zoé;Le Goff;zoe@example.org;;;\n")
    back = session.scalars(select(Address).where(Address.email == EMAIL)).one()
    assert back.id == key and back.is_silent and not back.is_sealed
    assert fates(session)[Fate.ERASED] == 1 and fates(session)[Fate.WRITTEN_TO] == 1
    assert queries.objections(key) == {"mobilisation"}


@pytest.mark.parametrize("way", ["hand", "owner"])
def test_by_hand_it_stays_silent_until_its_owner_does_something(
    session: Session, make: Make, way: str
) -> None:
    make.person("Ada", email=EMAIL)
    key = erase(session).id
    address = addresses.find_or_add(EMAIL)
    assert address.id == key
    if way == "owner":
        services.touched(address, at=LATER)
    session.flush()
    for purpose in (Purpose.INVITATION, Purpose.SERVICE):
        _queued(make, address=address, purpose=purpose, subject_id=len(purpose))
    silent = way == "hand"
    assert courier(at=LATER).run() == (told(accepted=1, suppressed=1) if silent else told(accepted=2))


def test_what_was_about_to_leave_for_an_erased_address_does_not(session: Session, make: Make) -> None:
    make.person("Ada", email=EMAIL)
    delivery = _queued(make, address=make.address(EMAIL), purpose=Purpose.SERVICE)
    erase(session)
    sender = MemorySender()
    courier(sender, at=EARLY).run()
    session.refresh(delivery)
    assert sender.messages == [] and delivery.state is DeliveryState.SUPPRESSED


def test_keys_of_the_installation_may_change_meanwhile(
    app: Flask, session: Session, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.person("Ada", email=EMAIL)
    key = erase(session).id
    monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", [app.config["SECRET_KEY"]])
    monkeypatch.setitem(app.config, "SECRET_KEY", "another key of the installation, long enough")
    assert addresses.find_or_add(EMAIL).id == key


@ON_ONE_ENGINE
def test_the_files_of_the_folder_go_with_whoever_is_erased(
    session: Session, make: Make, data_dir: Path
) -> None:
    event = make.event("Colloque")
    visitors = [
        Visitor(given_name=name, family_name="R", email=f"{name}@example.org") for name in ("ada", "bob")
    ]
    ada, _bob = (seats.ask(event, one, mode=None, language="fr", at=EARLY) for one in visitors)
    session.commit()
    Courier(sender=FolderSender(data_dir / "outbox"), origin=ORIGIN, worker="test", now=lambda: EARLY).run()
    files = {
        delivery.address.email: f"{delivery.message_id}.eml" for delivery in session.scalars(select(Delivery))
    }
    lying = lambda: {file.name for file in (data_dir / "outbox").glob("*.eml")} & set(files.values())  # noqa: E731
    assert len(lying()) == 2
    registrations.ask(ada, at=EARLY)
    session.commit()
    assert one_pass(at=EARLY + registrations.AFTER) == 1
    assert lying() == {files["bob@example.org"]}


@ON_ONE_ENGINE
def test_an_administrator_erases_an_address_and_the_import_that_brings_it_back_says_so(
    app: Flask, client: Browser, make: Make
) -> None:
    person = make.person("Ada", email=EMAIL)
    page = f"/mail/addresses/{make.address(EMAIL).id}/wishes"
    assert "Effacer cette adresse" not in client.as_("director").get(page).text
    client.as_("admin")
    assert page in client.get(f"/people/{person.id}").text
    assert client.submit(page, to="/erase", present="not the password").status_code == 422
    assert EMAIL in client.get(page).text
    assert client.submit(page, to="/erase", present=PASSWORD).status_code == 302
    shown = client.get(page).text
    assert "Une adresse effacée" in shown and EMAIL not in shown
    here = checked(client, f"Prénom;Nom;Courriel\r\nZoé;Le Goff;zoe@example.org\r\nAda;Roux;{EMAIL}\r\n")
    # Said before anything is written, row by row, on the page and in the file of results.
    before = client.get(here).text
    assert "1 ligne porte une adresse" in before and "Ada Roux" in before
    lines = client.get(f"{here}/results.csv").text.splitlines()
    assert "effacée" not in lines[1] and "que des messages de service" in lines[2]
    client.submit(here, to="/apply")
    assert "1 adresse avait été effacée" in client.get(here).text
    with app.app_context():
        back = db.session.scalars(select(Person.id).where(Person.given_name == "Ada")).all()
    assert any("Effacée auparavant" in client.get(f"/people/{key}").text for key in back)


def test_texts_that_hold_the_address_forget_it_too(session: Session, make: Make, data_dir: Path) -> None:
    make.person("Ada", email=EMAIL)
    exchange = make.exchange(
        "Appel", organisations=[make.organisation()], body=f"<p>Écrire à Ada@Example.org, pas à l{EMAIL}</p>"
    )
    session.commit()
    erase(session)
    session.refresh(exchange)
    assert exchange.body == f"<p>Écrire à •, pas à l{EMAIL}</p>"


def test_a_report_that_comes_late_does_not_tell_the_address_again(session: Session, make: Make) -> None:
    make.person("Ada", email=EMAIL)
    delivery = make.delivery(EMAIL)
    session.commit()
    address = erase(session)
    late = returns.Returned(
        EMAIL, BounceKind.HARD, True, delivery.id, address.id, "5.1.1", f"<{EMAIL}> unknown"
    )
    report = returns.keep(f"To: {EMAIL}".encode(), source=ReportSource.MAIL, returned=[late], at=LATER)
    session.flush()
    assert EMAIL not in everything(session) and EMAIL.encode() not in report.raw
    assert (report.bounces[0].kind, report.bounces[0].status) == (BounceKind.HARD, "5.1.1")

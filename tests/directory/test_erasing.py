"""Erasing a person for good: nothing tells any more who it was, and everything goes on counting."""

import json
import secrets
import zlib
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, func, select
from sqlalchemy.engine import make_url

from crm import clock
from crm.db import Base, db
from crm.directory import services as directory
from crm.directory.bulk import services as bulk
from crm.directory.bulk.kinds import called
from crm.directory.bulk.models import BulkAct
from crm.directory.erasing import rules, services, tasks, texts
from crm.directory.erasing.models import Erasure
from crm.directory.erasing.near import columns
from crm.directory.erasing.words import HIDDEN, Words
from crm.directory.filters import Filter
from crm.directory.importing import reviewing
from crm.directory.merging import refusals
from crm.directory.merging import services as merging
from crm.directory.models import Person, PersonAddress, Phone, Role
from crm.directory.queries.listed import people as listed
from crm.errors import CrmError
from crm.events.models import Attendance, Mode, Registration, Seat
from crm.events.publics.kinds import By
from crm.events.queries import agenda
from crm.events.queries.attendance import Chosen
from crm.governance import queries as governance
from crm.governance.models import Seat as Seat_
from crm.history import Change
from crm.keeping import kinds
from crm.keeping import queries as keeping
from crm.mail import services as outbox
from crm.mail.kept.models import KeptForm, KeptMessage
from crm.mail.kept.packing import compressed
from crm.mail.models import Address, Purpose
from crm.mailings import queries as mailings
from crm.mailings import services as writing
from crm.mailings.audiences.models import Fate
from crm.relations.models import Interaction
from crm.reports.publics import queries as publics
from crm.text import fold
from crm.web.files import keep_made
from tests.directory import rows_of
from tests.directory.test_importing import HEAD, take  # noqa: F401  (a fixture)
from tests.make import EARLY, PASSWORD

LATER, DAY = EARLY + timedelta(days=1), clock.day(EARLY)
GIVEN, FAMILY = "Élodie", "Crèvecœur-Sand"
EMAIL, PHONE = "elodie@example.org", "+33241054000"
TOLD = f"Vu {GIVEN} {FAMILY} ({EMAIL}, 02 41 05 40 00), {FAMILY.upper()} {GIVEN}."
ON_ONE_ENGINE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def elodie(make, **facts):
    return make.person(GIVEN, FAMILY, email=EMAIL, phones=[Phone(number=PHONE)], **facts)


@pytest.fixture
def erased(data_dir):
    def erase(person, reason="Sa demande du 3 mai"):
        return services.erase(person, reason=reason, home=data_dir, by="ana@example.org", at=EARLY)

    return erase


def everything(session) -> dict[str, str]:
    """All that each table holds, folded, as whoever searches would find it."""
    found = {}
    for table in Base.metadata.sorted_tables:
        rows = session.execute(select(table)).mappings().all()
        found[table.name] = fold(" ".join(str(value) for row in rows for value in row.values()))
        found[table.name] += " ".join(str(value) for row in rows for value in row.values()).lower()
    return found


def who_tells(session) -> list[str]:
    """The tables in which the name, the address or the number still stands."""
    traces = (fold(f"{GIVEN} {FAMILY}"), fold(f"{FAMILY} {GIVEN}"), EMAIL, "241054000", "41 05 40 00")
    held = everything(session)
    return [f"{name}: {trace}" for name, words in held.items() for trace in traces if trace in words]


SHAPES: dict[str, Any] = {
    "changes.values": {"notes": [None, TOLD]},
    "filed_mails.named": [{"email": EMAIL, "name": "Crèvecœur"}],
    "import_reviews.cells": [FAMILY, GIVEN, EMAIL],
}


def told_everywhere(table) -> dict[str, Any]:
    """A row of the table whose every text names her."""
    values = {}
    for column in table.columns:
        shape = SHAPES.get(f"{table.name}.{column.name}")
        if column.name.endswith("stored_as") and column.nullable:
            continue
        if column.name.endswith("stored_as"):
            values[column.name] = secrets.token_hex(16)
        elif shape is not None:
            values[column.name] = shape
        elif column in texts.swept(table):
            short = getattr(column.type, "length", None)
            words = fold(TOLD) if column.name in ("search", "sort", "folded", "name_key") else TOLD
            words = words if not short or short >= len(TOLD) else "x"
            values[column.name] = {"told": [words]} if isinstance(column.type, JSON) else words
    return values


def test_no_text_of_any_table_tells_who_it_was(session, make, erased):
    """Made from the tables themselves: one that is new tomorrow is tried tomorrow."""
    person = elodie(make)
    session.flush()
    named = {table.name for table, _column in columns()}
    for table, column in columns():
        rows_of.add(session, table, **{**told_everywhere(table), column.name: person.id})
    for table in Base.metadata.sorted_tables:
        if texts.swept(table) and table.name not in named:
            rows_of.add(session, table, **told_everywhere(table))
    session.commit()
    assert len(who_tells(session)) > 80

    erased(person)
    session.commit()

    assert who_tells(session) == []


def test_every_column_that_names_people_says_what_becomes_of_its_rows():
    named, _left = rules.entered()
    there = {f"{table.name}.{column.name}" for table, column in columns()}
    assert named == there, "rules.stays, rules.goes: a column too few, or one too many"


def test_what_is_left_alone_is_there_and_says_why():
    _named, left = rules.entered()
    tables = Base.metadata.tables
    for name, why in left.items():
        table, _dot, column = name.partition(".")
        assert table in tables and (not column or column in tables[table].c), name
        assert why


# Everything goes on counting


def took_part(make, event, person, **facts):
    told = {"given_name": person.given_name, "family_name": person.family_name, "asked_at": EARLY}
    told |= {"mode": Mode.ONSITE, "seat": Seat.CONFIRMED, "token": secrets.token_hex(8), **facts}
    return make.add(Registration(event_id=event.id, person_id=person.id, **told))


def test_figures_are_the_same_and_seats_to_come_are_given_back(session, make, erased):
    past = make.event(state="held", starts_wall=datetime(2024, 6, 1, 9))  # noqa: DTZ001  (a wall)
    coming, house = make.event(), make.organisation("Région Bretagne")
    person, other = elodie(make, organisation=house, function="Présidente"), make.person("Bob", "Le Goff")
    session.flush()
    came = {"attendance": Attendance.PRESENT, "organisation_id": house.id, "role_id": person.roles[0].id}
    took_part(make, past, person, **came)
    took_part(make, past, other)
    took_part(make, coming, person)
    exchange = make.exchange("Bilan", people=[person], organisations=[house])
    session.commit()

    def told():
        return (
            agenda.figures(past),
            publics.total(publics.of_event(past), Chosen()),
            publics.counted(publics.of_event(past), By.CATEGORY, Chosen()),
            [session.scalar(select(func.count()).select_from(one)) for one in (Interaction, Role)],
            [one.person_id for one in session.get_one(Interaction, exchange.id).people],
        )

    before = told()
    erased(person)
    session.commit()
    assert told() == before
    seats = session.scalars(select(Registration).where(Registration.event_id == coming.id))
    assert [one.seat for one in seats] == [Seat.WITHDRAWN]
    assert [(role.function, role.organisation_id) for role in person.roles] == [("", house.id)]


# Nothing brings them back


def test_an_erased_person_is_in_no_list_and_nothing_brings_them_back(session, make, erased):
    person, other = elodie(make), make.person(GIVEN, FAMILY, email="elodie.2@example.org")
    session.commit()
    made = merging.merge(person, other, by="ana@example.org", at=EARLY)
    kind, everybody = called("bin"), listed(Filter(), day=DAY)
    seen = bulk.preview(kind, "people", everybody, {}, day=DAY).mark
    put = bulk.start(
        kind, "people", everybody, "", chosen="", seen=seen, by="a@example.org", at=EARLY, day=DAY
    )
    assert bulk.claim(session, put.id, at=EARLY) and bulk.carry_on(session.get_one(BulkAct, put.id), at=EARLY)
    session.commit()

    erased(person)
    session.commit()

    for chosen in (Filter(), Filter(in_bin=True), Filter(chosen=(person.id,))):
        assert session.scalars(listed(chosen, day=DAY, also_in_bin=not chosen.in_bin)).all() == []
    assert session.scalars(keeping.binned(kinds.known("people"))).all() == []
    assert session.get_one(Person, other.id).given_name == ""
    with pytest.raises(refusals.ErasedSince):
        merging.undo(made, by="ana@example.org", at=LATER)
    bulk.ask_undo(put, by="a@example.org", at=LATER)
    assert bulk.claim(session, put.id, at=LATER)
    session.expire_all()
    bulk.carry_on(session.get_one(BulkAct, put.id), at=LATER)
    assert put.undone == 0
    assert session.get_one(Person, person.id).binned_at is not None
    with pytest.raises(directory.PersonErased):
        directory.restore_record(person, by="a@example.org", at=LATER)
    with pytest.raises(directory.PersonErased):
        directory.give_role(person=person, organisation=make.organisation(), by="a@example.org", at=LATER)
    with pytest.raises(directory.PersonErased):
        merging.merge(make.person(), person, by="ana@example.org", at=LATER)
    with pytest.raises(services.ErasedAlready):
        erased(person)


def test_whoever_is_imported_again_is_not_mailed_and_the_reason_is_told(session, make, erased, take):  # noqa: F811
    person = elodie(make)
    session.commit()
    erased(person)
    session.commit()
    take(HEAD + f"Réseau;;{GIVEN};{FAMILY};{EMAIL};;;\n")
    assert session.scalar(select(func.count()).where(Person.erased_at.is_(None))) == 1
    mailing = writing.create(audience="", subject_fr="Lettre", body_fr="<p>Bonjour</p>", at=EARLY)
    assert mailings.counted(mailing, day=DAY).fates == {Fate.ERASED: 1}


def test_an_import_that_made_them_is_taken_back_without_them(session, erased, imports):
    record = imports.take(f"Prénom;Nom;Courriel\n{GIVEN};{FAMILY};{EMAIL}\nZoé;Le Goff;zoe@example.org\n")
    erased(session.scalars(select(Person).where(Person.given_name == GIVEN)).one())
    session.commit()
    told = imports.undo(record)
    assert (told["people"], told["left"]) == (1, 1)
    assert [one.erased_at is not None for one in session.scalars(select(Person))] == [True]


# Whose words


def test_an_address_that_others_read_stays_theirs(session, make, erased):
    person = elodie(make)
    make.add(PersonAddress(person_id=make.person("Bob", email=None).id, address_id=make.address(EMAIL).id))
    session.commit()
    erased(person)
    session.commit()
    address = session.scalars(select(Address).where(Address.email == EMAIL)).one()
    readers = session.scalars(select(PersonAddress.person_id).where(PersonAddress.address_id == address.id))
    assert not address.is_sealed and list(readers) != [person.id]


def test_texts_about_a_namesake_are_left_alone(session, make, erased):
    person, other = elodie(make), make.person(GIVEN, FAMILY, email="autre@example.org")
    with_her = make.exchange(f"Appel de {GIVEN} {FAMILY}", people=[person])
    with_other = make.exchange(f"Appel de {GIVEN} {FAMILY}", people=[other])
    session.commit()
    erased(person)
    session.commit()
    session.expire_all()
    assert [one.title for one in (with_her, with_other)] == ["Appel de •", f"Appel de {GIVEN} {FAMILY}"]


@pytest.mark.parametrize(
    ("given", "family", "other"),
    [
        ("Marie", "Rose", ("Marie-Rose", "Martin")), ("Jean", "Petit", ("Jean", "Petit-Lambert")),
        ("Jean", "Petit", ("Pierre-Jean", "Petit")), ("Li", "Wu", ("Anne", "Wu-Li")),
    ],
)  # fmt: skip
def test_somebody_whose_longer_name_holds_it_keeps_theirs(session, make, erased, given, family, other):
    person, another = make.person(given, family), make.person(*other)
    written = make.exchange("Vu {0} {1} et {1} {0}".format(*other), people=[another])
    both = make.exchange(f"{given} {family} appelle {' '.join(other)}", people=[person, another])
    session.commit()
    erased(person)
    session.commit()
    session.expire_all()
    assert written.title == "Vu {0} {1} et {1} {0}".format(*other)
    assert both.title == f"• appelle {' '.join(other)}"


def test_the_family_name_alone_tells_only_where_they_took_part(session, make, erased):
    person, bob = elodie(make), make.person("Bob", "Le Goff")
    with_her = make.exchange(
        "Crevecoeur-Sand rappelle Bob", people=[person, bob], body="<p>Élodie et Bob</p>"
    )
    elsewhere = make.exchange("Rue Crèvecœur-Sand", people=[bob])
    session.commit()
    erased(person)
    session.commit()
    session.expire_all()
    assert (with_her.title, with_her.body) == ("• rappelle Bob", "<p>• et Bob</p>")
    assert elsewhere.title == "Rue Crèvecœur-Sand"


@pytest.mark.parametrize(
    "text",
    [
        "ELODIE CREVECOEUR SAND", "Crèvecœur-Sand, Élodie", "elodie_crevecoeur-sand.pdf",
        "E\u0301lodie&nbsp;Cre\u0300vecœur-Sand", "mailto:Elodie@Example.org", "+33 (0)2 41 05 40 00",
        "0241054000", "02.41.05.40.00", "0033 241054000",
    ],
)  # fmt: skip
def test_however_it_is_written_it_goes(text):
    words = Words(names=[(GIVEN, FAMILY)], emails=[EMAIL], phones=[("33", "241054000")])
    assert words.redacted(f"Vu {text} hier") in (
        f"Vu {HIDDEN} hier",
        f"Vu mailto:{HIDDEN} hier",
        f"Vu {HIDDEN}.pdf hier",
    )


@pytest.mark.parametrize(
    "text", ["melodie@example.org", "elodie@example.organisation", "302410540009", "Mélodie"]
)
def test_what_only_looks_like_it_stays(text):
    words = Words(names=[(GIVEN, FAMILY)], alone=[GIVEN], emails=[EMAIL], phones=[("33", "241054000")])
    assert words.redacted(text) == text


# Files


@ON_ONE_ENGINE
def test_no_file_tells_who_it_was(session, make, erased, data_dir, app):
    # A name of its own: the file of the database keeps traces of other tests.
    given, family = "Ysolde", "Quillévéré"
    person = make.person(given, family, email="ysolde@example.org")
    texts_ = (("note.txt", f"Appel de {family}".encode()), ("autre.txt", b"Rien"))
    files = [keep_made(content, name, "text/plain") for name, content in texts_]
    kept = make.exchange("Bilan", people=[person], files=files)
    reports, outbox = data_dir / "imports", data_dir / "outbox"
    for folder in (reports, outbox):
        folder.mkdir(exist_ok=True)
    refused = {"row": 2, "cells": [family, given, "x"], "text": "No", "facts": {}, "place": None}
    (reports / "a.refused").write_text(json.dumps(refused, ensure_ascii=False) + "\n", "utf-8")
    (reports / "a.results").write_text(f"1\tcreated\t{given} {family}\n", "utf-8")
    (reports / "a.samples").write_text(json.dumps([[given, family], ["Bob", "Le Goff"]]), "utf-8")
    (reports / "b").write_text(f"Prénom;Nom\n{given};{family}\n", "utf-8")
    letter = EmailMessage()
    letter["To"], letter["Subject"] = "bob@example.org", f"{given} {family} s’est inscrite"
    letter.set_content(f"{given} {family} vient.")
    (outbox / "c.eml").write_bytes(letter.as_bytes())
    session.commit()

    erased(person)
    session.commit()
    tasks.finish(data_dir)

    assert json.loads((reports / "a.samples").read_text()) == [[HIDDEN, HIDDEN], ["Bob", "Le Goff"]]
    assert not (reports / "b").exists() and not (outbox / "c.eml").exists()
    assert [one.name for one in session.get_one(Interaction, kept.id).files] == ["autre.txt"]
    database = Path(make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database)
    places = [*data_dir.rglob("*"), database, database.with_name(f"{database.name}-wal")]
    for place in filter(Path.is_file, places):
        held = fold(place.read_bytes().decode("utf-8", "ignore"))
        assert not [one for one in ("quillevere", "ysolde") if one in held], place
    assert session.scalars(select(Erasure)).one().leavings == {}


@ON_ONE_ENGINE
def test_reports_of_imports_do_not_tell_a_name_that_stands_alone(session, make, erased, data_dir):
    reports = data_dir / "imports"
    reports.mkdir(exist_ok=True)
    results, differences = reports / "ab12.results", reports / "ab12.differences"
    results.write_text("2\tmade\tDUPONTEL · Mairie\n3\tmade\tJean Dupontel\n4\tmade\tDupontel\n", "utf-8")
    told = [{"row": row, "name": name, "field": "notes", "held": "a", "given": "b"}
            for row, name in enumerate(("Dupontel · Mairie", "Jean Dupontel"))]  # fmt: skip
    differences.write_text("".join(f"{json.dumps(one)}\n" for one in told), "utf-8")
    person = make.person("", "Dupontel", email="seul@example.org")
    session.commit()
    erased(person)
    session.commit()
    assert results.read_text("utf-8") == "2\tmade\t• · Mairie\n3\tmade\tJean Dupontel\n4\tmade\t•\n"
    kept = [json.loads(line)["name"] for line in differences.read_text("utf-8").splitlines()]
    assert kept == [HIDDEN, "Jean Dupontel"]


@pytest.mark.parametrize("given", ["", "Ada"])
def test_an_empty_line_of_a_report_is_no_name(given):
    assert not Words(names=[(given, "Dupontel")]).is_alone("")


# Pages


@ON_ONE_ENGINE
def test_the_page_asks_why_who_and_the_password_and_tells_the_act(client, make):
    person = elodie(make, organisation=make.organisation("Région Bretagne"))
    page = f"/people/{person.id}/erase"
    client.as_("staff")
    assert client.get(page).status_code == 403
    client.as_("admin")
    seen = client.get(page).text
    assert "Fonctions, avec leur organisation et leurs dates" in seen and "Numéros de téléphone" in seen
    whole = {"reason": f"Lettre de {GIVEN} {FAMILY}", "typed": "elodie crevecoeur sand", "present": PASSWORD}
    for field in whole:
        answer = client.submit(page, **{**whole, field: "x" if field != "reason" else ""})
        assert answer.status_code == 422
    assert client.get(f"/people/{person.id}").status_code == 200

    assert client.submit(page, **whole).status_code == 302

    told = client.get(f"/people/{person.id}")
    assert told.status_code == 410
    assert "Personne effacée" in told.text and "admin@example.org" in told.text
    assert "Lettre de •" in told.text and FAMILY not in told.text
    for gone in ("edit", "erase", "roles/new"):
        assert client.get(f"/people/{person.id}/{gone}").status_code == 410
    assert client.get(f"/duplicates/people/{person.id}").status_code == 410
    assert FAMILY not in client.get("/people/").text + client.get("/bin?kind=people").text


@ON_ONE_ENGINE
def test_links_of_mails_they_have_answer_politely(client, make, app, data_dir):
    event, person = make.event(), elodie(make)
    invitation = make.invitation(event, person)
    registration = took_part(make, event, person)
    delivery = make.delivery(EMAIL)
    with app.app_context():
        services.erase(
            db.session.get_one(Person, person.id), reason="x", home=data_dir, by="ana@example.org", at=EARLY
        )
        db.session.commit()
    gone = client.get(f"/i/{invitation.token}")
    assert gone.status_code == 410 and "effacé" in gone.text
    assert client.post(f"/i/{invitation.token}", data={"answer": "accepted"}).status_code == 410
    assert client.get(f"/r/{registration.token}").status_code == 200
    assert "effacée" in client.get(f"/u/{delivery.token}").text
    client.as_("admin")
    for page in (f"/events/{event.id}/invitations", f"/mail/deliveries/{delivery.id}"):
        shown = client.get(page).text
        assert "adresse effacée" in shown and "erased.invalid" not in shown, page


def test_a_column_that_nobody_thought_of_stops_the_erasing(session, make, erased, monkeypatch):
    person = elodie(make)
    session.commit()
    monkeypatch.delitem(rules._rules, "quotes.person_id")
    with pytest.raises(services.Unruled):
        erased(person)


def test_the_act_is_told_without_who_it_was(session, make, erased):
    person = elodie(make)
    session.commit()
    erased(person, reason=f"Demande de {EMAIL}")
    session.commit()
    told = session.scalars(select(Erasure)).one()
    assert (told.by, told.reason) == ("ana@example.org", "Demande de •")
    acts = session.scalars(
        select(Change.act).where(Change.record == f"people:{person.id}").order_by(Change.id)
    ).all()
    assert acts[-1] == "erased"


def test_a_row_that_waits_for_a_choice_does_not_bring_them_back(session, make, erased, imports):
    person = elodie(make)
    session.commit()
    record = imports.take(
        f"Prénom;Nom;Courriel\nAnne;{FAMILY};{EMAIL}\n{GIVEN};{FAMILY}x;{EMAIL}\n{GIVEN};{FAMILY};elodie@example.com\n"
    )
    waiting = reviewing.first(session, record)
    assert [len(reviewing.candidates(session, one)) for one in waiting] == [1] * len(waiting)
    erased(person)
    session.commit()
    for review in waiting:
        session.refresh(review)
        assert EMAIL not in review.cells and not reviewing.candidates(session, review)
        with pytest.raises(CrmError):
            reviewing.decide(session, review, str(person.id), by="a@example.org", at=EARLY)


def test_messages_to_others_that_name_them_are_kept_no_longer(session, make, erased):
    """The programme of an event names its speakers in the part that all its messages have in common."""
    person = elodie(make)
    ours, theirs = (make.delivery(f"{name}@example.org", kind="note") for name in ("bob", "zoe"))
    dispatch = outbox.dispatch(subject="events:1", title="x", purpose=Purpose.INVITATION, by="a", at=EARLY)
    form = KeptForm(
        dispatch_id=dispatch.id, kind="event", language="fr", content=zlib.compress(TOLD.encode())
    )
    session.add(form)
    session.flush()
    for delivery, told, of in ((ours, TOLD, None), (theirs, "Bonjour", None)):
        session.merge(KeptMessage(delivery_id=delivery.id, form_id=of, content=packed(told), at=EARLY))
    third = make.delivery("tim@example.org", kind="note")
    session.merge(KeptMessage(delivery_id=third.id, form_id=form.id, content=packed("Bonjour"), at=EARLY))
    session.commit()
    done = erased(person)
    session.commit()
    assert session.scalars(select(KeptMessage.delivery_id)).all() == [theirs.id]
    assert set(done.leavings["messages"]) == {ours.message_id, third.message_id}


def packed(text: str) -> bytes:
    return compressed(text.encode(), b"")


def test_who_sat_when_is_told_without_the_name_and_nobody_sits_on(session, make, erased):
    person, body, first = elodie(make), make.body("Bureau"), DAY - timedelta(days=400)
    session.flush()
    now = make.seat(body, person, begins_on=DAY - timedelta(days=90))
    before = make.seat(body, person, begins_on=first, ends_on=first + timedelta(days=200))
    to_come = make.seat(body, person, begins_on=DAY + timedelta(days=30))
    session.commit()
    erased(person)
    session.commit()
    for day, seats in ((first, [before.id]), (DAY, [now.id]), (DAY + timedelta(days=1), [])):
        assert [seat.id for seat in governance.seats_on([body.id], day).get(body.id, [])] == seats
    assert session.get_one(Seat_, to_come.id).binned_at is not None


def test_what_stands_in_the_keys_of_json_goes_too():
    words = Words(emails=[EMAIL])
    assert words.redacted_value({EMAIL: [EMAIL, 1, None]}) == {HIDDEN: [HIDDEN, 1, None]}


def test_the_name_the_address_and_the_number_of_before_go_too(session, make, erased):
    facts = {
        "civility": "none",
        "language": "fr",
        "tags": [],
        "notes": "",
        "by": "a@example.org",
        "at": EARLY,
    }
    before = {"given_name": GIVEN, "family_name": FAMILY, "emails": [EMAIL], "phones": [PHONE]}
    person = directory.add_person(**facts, **before)
    make.exchange(TOLD, organisations=[make.organisation()])
    make.delivery(EMAIL, person_id=person.id)
    session.commit()
    now = {
        "given_name": GIVEN,
        "family_name": "Roux",
        "emails": ["roux@example.org"],
        "phones": ["0241054099"],
    }
    directory.change_person(person, **facts, **now)
    session.commit()
    assert who_tells(session)
    erased(person)
    session.commit()
    assert who_tells(session) == []
    assert session.scalars(select(Address).where(Address.erased_at.is_(None))).all() == []

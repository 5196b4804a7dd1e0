"""Imports as batches: how records are recognised, and who chooses where a row is not clear."""

import json
from typing import Any

import pytest
from sqlalchemy import event, select

from crm import clock
from crm.directory.filters import Filter
from crm.directory.importing import (
    extra,
    layouts,
    refusals,
    reviewing,
    running,
    services,
    taking,
)
from crm.directory.importing.choices import Key, Mode
from crm.directory.importing.services import State
from crm.directory.importing.shelf import Shelf
from crm.directory.models import (
    Import,
    Organisation,
    OrganisationAddress,
    Person,
    Role,
    Tag,
)
from crm.directory.queries import organisations, people
from crm.history import Change
from crm.keeping import kinds, telling
from crm.keeping import queries as history_queries
from crm.mail.models import Address, Objection, Purpose
from tests.directory.imports_made import BY, HEAD, ZOE, number, told
from tests.make import EARLY

# The batch


def history_of(session: Any, app: Any, record: Any) -> list[tuple[str, str, str, dict[str, tuple[str, str]]]]:
    """What the history page says of the record, the latest first: who, what, in which batch, which fields."""
    kind = kinds.known(record.__tablename__)
    rows = session.execute(history_queries.changes(kind, record.id).order_by(Change.id.desc())).all()
    with app.test_request_context("/?lang=en"):
        return [
            (
                line.who,
                line.what,
                line.batch.name if line.batch else "",
                {fact.label: (str(fact.before), str(fact.after)) for fact in line.facts},
            )
            for line in telling.lines(rows, kind, record.id, are_last=True)
        ]


def test_the_history_of_a_record_names_the_imports_that_added_filled_and_gave_back(
    session, app, imports, make
):
    ana = make.person("Ana", "Roux")
    make.role(person=ana, organisation=make.organisation("Réseau"))
    text = "Structure;Prénom;Nom;Autres adresses;Étiquettes;Téléphone\n"
    text += "Réseau;Ana;Roux;ana@example.org;open data;0612345678\nAutre;Zoé;Le Goff;zoe@example.org;;\n"
    record = imports.take(text, "élus.csv")
    zoe = session.scalars(select(Person).where(Person.given_name == "Zoé")).one()
    assert history_of(session, app, zoe) == [(BY, "added", "Import “élus”", {})]
    filled = next(line for line in history_of(session, app, ana) if "Tags" in line[3])
    assert filled[:3] == (BY, "changed", "Import “élus”")
    assert filled[3] == {
        "E-mail addresses": ("", "ana@example.org"),
        "Phones": ("", "+33612345678"),
        "Tags": ("", "open data"),
    }
    imports.undo(record)
    assert all(line[2] in ("Import “élus”", "") for line in history_of(session, app, ana))


def test_the_lists_show_what_a_file_named(session, imports, make):
    make.person("Ana", "Roux", email="ana@example.org")
    make.person("Lou", "Petit", email="lou@example.org")
    record = imports.take(HEAD + ZOE + ";;Ana;Roux;ana@example.org;;;;\n")
    day = clock.day(EARLY)
    found = session.scalars(people(Filter.of(f"import={record.id}"), day=day))
    assert sorted(one.family_name for one in found) == ["Le Goff", "Roux"]
    found = session.scalars(organisations(Filter(of_import=record.id), day=day))
    assert [one.name for one in found] == ["Réseau"]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_what_names_many_records_is_planned_for_those_it_names(session, imports):
    planned = []

    def note(connection, cursor, statement, *_rest):
        if "SET LOCAL" in statement:
            planned.append(statement.rpartition(" ")[2])

    event.listen(session.get_bind(), "before_cursor_execute", note)
    record = imports.take(HEAD + ZOE)
    asked = len(planned)
    imports.undo(record)
    event.remove(session.get_bind(), "before_cursor_execute", note)
    assert planned[:2] == planned[asked : asked + 2] == ["force_custom_plan", "auto"]


def test_a_stopped_import_goes_on_where_it_was_and_one_that_is_left_can_be_undone(
    session, imports, monkeypatch
):
    monkeypatch.setattr(taking, "AT_ONCE", 2)
    rows = "".join(f"Réseau {n};;Zoé;Le Goff {n};z{n}@example.org;;;;\n" for n in range(5))
    record = imports.receive(HEAD + rows)
    services.ask_check(session, record, record.mapping)
    record.state = State.ASKED
    tell = Shelf.tell

    def stop_after_two(shelf: Shelf, stored_as: str, read: int) -> None:
        tell(shelf, stored_as, read)
        if read == 2:
            services.stop(session, shelf, session.get_one(Import, record.id, populate_existing=True))
            session.rollback()

    monkeypatch.setattr(Shelf, "tell", stop_after_two)
    record = imports.work(record)
    assert (record.state, record.read_upto, number(session, Person)) == (State.STOPPED, 2, 2)
    monkeypatch.setattr(Shelf, "tell", tell)
    services.ask_resume(imports.shelf, record)
    record = imports.work(record)
    assert (record.state, told(record)) == (State.DONE, (5, 0, 0, 0))
    assert (number(session, Person), number(session, Role)) == (5, 5)
    results = imports.shelf.report(record.stored_as).results.read_text("utf-8").splitlines()
    assert [line.split("\t")[0] for line in results] == ["2", "3", "4", "5", "6"]
    assert imports.undo(record)["people"] == 5
    assert number(session, Person) == 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_colleagues_write_while_a_long_file_is_checked(session, imports, monkeypatch):
    monkeypatch.setattr(running, "MANY", 0)
    record = imports.receive(HEAD + ZOE)
    services.ask_check(session, record, record.mapping)
    wrote = []

    def write(shelf: Shelf, stored_as: str, read: int) -> None:
        if read:
            session.add(Tag(name="ajoutée pendant ce temps"))
            session.commit()
            wrote.append(read)

    monkeypatch.setattr(Shelf, "tell", write)
    record = imports.work(record)
    assert (record.state, told(record), wrote) == (State.CHECKED, (1, 0, 0, 0), [1])
    assert number(session, Person) == 0


# How records are recognised, and what becomes of known ones


def test_an_import_that_leaves_known_records_adds_only_new_ones(session, imports, make):
    make.person("Zoé", "Le Goff", email="zoe@example.org")
    record = imports.take(HEAD + ZOE + "Réseau;;Ana;Roux;ana@example.org;;Élue;élue;\n", mode=Mode.SKIP)
    assert told(record)[0] == 2
    zoe = session.scalars(select(Person).where(Person.given_name == "Zoé")).one()
    assert (zoe.version, zoe.phones, zoe.roles, zoe.tags) == (1, [], [], [])
    # What the file itself brought is completed by its later rows.
    assert session.scalars(select(Role)).one().function == "Élue"


def test_own_references_recognise_records_whatever_their_names(session, imports, make):
    make.person("Zoé", "Le Goff", email="zoe@example.org", reference="A-12")
    make.organisation("Réseau", reference="S-1")
    head = "Référence de l'organisation;Organisation;Référence;Prénom;Nom\n"
    text = head + "S-1;Réseau X;A-12;Zoé;Martin\nS-1;;A-13;Zoé;Le Goff\n"
    record = imports.take(text, key=Key.REFERENCE)
    assert told(record) == (1, 1, 0, 0)
    assert sorted(str(one.reference) for one in session.scalars(select(Person))) == ["A-12", "A-13"]
    assert number(session, Organisation) == 1


@pytest.mark.parametrize(
    ("key", "row", "sentence"),
    [
        (Key.ADDRESS, ";;Zoé;Le Goff;;;;;", "has no e-mail address"),
        (Key.SIREN, "Réseau;;;;;;;;", "has no SIREN"),
    ],
)
def test_a_row_without_the_chosen_key_is_refused(imports, key, row, sentence):
    record = imports.take(HEAD + row + "\n" + ZOE, key=key)
    assert told(record) == (1, 0, 0, 1)
    assert sentence in imports.shelf.report(record.stored_as).refused.read_text("utf-8")


def test_a_key_that_no_column_has_is_refused(session, imports):
    record = imports.receive("Nom;Prénom\nLe Goff;Zoé\n")
    with pytest.raises(refusals.KeyNotInFile):
        services.ask_check(session, record, record.mapping, key=Key.ADDRESS)


def test_forty_people_of_one_mailbox_stay_forty(session, imports):
    rows = "".join(f";;{chr(65 + n % 26)}{n}a;Nom{n}x;mairie@example.org;;;;\n" for n in range(40))
    assert told(imports.take(HEAD + rows)) == (40, 0, 0, 0)
    assert (number(session, Person), number(session, Address)) == (40, 1)
    # Taken in again, nobody is doubled.
    assert told(imports.take(HEAD + rows)) == (0, 0, 40, 0)


def test_half_a_name_and_a_shared_mailbox_ask_who_is_meant(session, imports, make):
    make.person("Jean", "Martin", email="famille@example.org")
    record = imports.take(
        HEAD + ";;Anne;Martin;famille@example.org;;;;\n;;Jean;Martín;famille@example.org;;;;\n"
    )
    assert (told(record), record.counts["told"]["to_review"]) == ((0, 0, 1, 1), 1)
    [review] = reviewing.first(session, record)
    assert [one.name for one in reviewing.candidates(session, review)] == ["Jean Martin"]


@pytest.mark.parametrize("mode", list(Mode))
def test_no_import_lifts_an_objection_or_writes_elsewhere_to_whoever_objected(session, imports, make, mode):
    person = make.person("Zoé", "Le Goff", email="zoe@example.org", organisation=make.organisation("Réseau"))
    held = make.person("Ana", "Roux", email="ana@example.org", organisation=make.organisation("Autre"))
    objected = make.address("zoe@example.org")
    make.add(Objection(address_id=objected.id, purpose=Purpose.NEWSLETTER, at=EARLY, source="test"))
    session.get_one(Address, make.address("ana@example.org").id).held_since = EARLY
    imports.take(
        HEAD
        + "Réseau;;Zoé;Le Goff;nouvelle@example.org;;;;\nAutre;;Ana;Roux;autre@example.org;;;;\n"
        + ";;Zoé;Le Goff;zoe@example.org;;;;\n;;Neuf;Venu;neuf@example.org;;;;\n",
        mode=mode,
    )
    firsts = [session.get_one(Person, one.id).addresses[0].address.email for one in (person, held)]
    assert firsts == ["zoe@example.org", "ana@example.org"]
    assert number(session, Objection) == 1
    assert session.scalars(select(Address.email).where(Address.held_since.is_not(None))).all() == [
        "ana@example.org"
    ]


# Authorities


def test_an_authority_is_found_by_name_and_department_however_it_is_written(session, imports, make):
    make.territory("Maine-et-Loire", kind="department", code="49", department_code="49")
    make.territory("Seine-Saint-Denis", kind="department", code="93", department_code="93")
    make.territory("Saint-Denis", code="93066", siren="219300662", department_code="93")
    make.territory("Saint-Denis", code="11339", siren="211103395", department_code="11")
    record = imports.take(
        "Collectivité;Département;E-mail\nVille de St Denis;93;mairie@example.org\n"
        "SAINT DENIS;Seine-Saint-Denis;contact@example.org\n"
    )
    assert told(record) == (1, 1, 0, 0)
    found = session.scalars(select(Organisation)).one()
    assert (found.siren, len(found.addresses)) == ("219300662", 2)
    assert told(imports.take("Collectivité;Département\nSt-Denis;Atlantide\n"))[3] == 1


def test_a_former_commune_leads_to_the_one_that_took_it_in(session, imports, make):
    make.territory("Nord", kind="department", code="59", department_code="59")
    make.territory("Aisne", kind="department", code="02", department_code="02")
    make.territory(
        "Saint-Souplet", code="59545", siren="215905456", department_code="59", other_codes="02285",
        former="02285 Escaufourt",
    )  # fmt: skip
    record = imports.take("Collectivité;Code INSEE;Département\nMairie d'Escaufourt;;2\nEscaufourt;02285;\n")
    assert told(record)[3] == 0
    assert [one.siren for one in session.scalars(select(Organisation))] == ["215905456"]


def test_an_ambiguous_authority_waits_for_a_choice_and_is_never_guessed(session, imports, make):
    place = make.territory("Saint-Denis", code="93066", siren="219300662", department_code="93")
    make.territory("Saint-Denis", code="11339", siren="211103395", department_code="11")
    record = imports.take("Collectivité;Nom;Prénom\nMairie de Saint-Denis;Roux;Ana\nAilleurs;Bel;Jo\n")
    assert (told(record), record.counts["told"]["to_review"]) == ((1, 0, 0, 1), 1)
    [review] = reviewing.first(session, record)
    assert {one.name for one in reviewing.candidates(session, review)} == {"Saint-Denis"}
    with pytest.raises(refusals.ChooseOne):
        reviewing.decide(session, review, "999999", by=BY, at=EARLY)
    session.rollback()
    reviewing.decide(session, review, str(place.id), by=BY, at=EARLY)
    session.commit()
    session.expire_all()
    assert (told(record), record.counts["told"]["to_review"]) == ((2, 0, 0, 0), 0)
    role = session.scalars(select(Role).join(Role.person).where(Person.family_name == "Roux")).one()
    assert role.organisation.siren == "219300662"
    with pytest.raises(refusals.AlreadyDecided):
        reviewing.decide(session, review, str(place.id), by=BY, at=EARLY)
    session.rollback()
    # What was chosen is undone with the rest.
    assert imports.undo(record)["people"] == 2
    assert (number(session, Person), number(session, Organisation)) == (0, 0)


def test_several_people_of_one_name_are_offered_and_a_new_one_too(session, imports, make):
    there = make.organisation("Réseau")
    for email in ("a@example.org", "b@example.org"):
        make.person("Zoé", "Le Goff", email=email, organisation=there)
    record = imports.take(HEAD + "Réseau;;Zoé;Le Goff;;0612345678;;;\n")
    [review] = reviewing.first(session, record)
    assert len(reviewing.candidates(session, review)) == 2
    assert reviewing.decide(session, review, reviewing.NEW, by=BY, at=EARLY) == "created"
    assert number(session, Person) == 3


DILA = {
    "service": [
        {
            "nom": "Mairie - Port-l’Exemple",
            "siren": "",
            "siret": "21770188700010",
            "pivot": [{"type_service_local": "mairie", "code_insee_commune": ["77999"]}],
            "adresse_courriel": ["mairie@example.org", "etat-civil@example.org"],
            "site_internet": [{"libelle": "", "valeur": "http://www.example.org"}],
            "adresse": [{"type_adresse": "Adresse", "numero_voie": "3 rue du Port", "code_postal": "77590",
                         "nom_commune": "Port-l’Exemple"}],
            "code_insee_commune": "77999",
        },
        {"nom": "Trésorerie", "pivot": [{"type_service_local": "tresorerie"}]},
    ]
}  # fmt: skip


def test_town_halls_of_the_dila_give_their_shared_mailboxes(session, imports, make):
    make.territory("Port-l’Exemple", code="77999", siren="217701887")
    record = imports.take(json.dumps(DILA, ensure_ascii=False), "annuaire.json")
    assert told(record) == (1, 0, 0, 0)
    found = session.scalars(select(Organisation)).one()
    assert (found.name, found.aliases, found.street) == ("Port-l’Exemple", "", "3 rue du Port")
    emails = [one.address.email for one in session.scalars(select(OrganisationAddress).order_by("position"))]
    assert emails == ["mairie@example.org", "etat-civil@example.org"]
    assert number(session, Person) == 0


def test_a_file_of_the_dila_that_breaks_off_is_said_to(tmp_path):
    cut = tmp_path / "cut.json"
    whole = json.dumps(DILA, ensure_ascii=False).encode()
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    with layouts.opened(cut, "cut.json") as table, pytest.raises(layouts.refusals.Truncated):
        list(table.rows)


# What is remembered


def test_choices_saved_under_a_name_are_proposed_for_the_same_columns(session, imports):
    record = imports.receive("Où;Qui\nRéseau;Zoé Le Goff\n")
    services.ask_check(session, record, {"Où": "organisation", "Qui": "full_name"}, mode=Mode.SKIP)
    services.remember(session, record, "Liste du salon", by=BY, at=EARLY)
    session.commit()
    again = imports.receive("Où;Qui\nAutre;Ana Roux\n", "autre.csv")
    assert (again.mapping, again.mode) == ({"Où": "organisation", "Qui": "full_name"}, "skip")
    assert [kept.name for kept in services.saved_for(session, ["Où", "Qui"])] == ["Liste du salon"]
    assert imports.receive("Qui;Où\nAna Roux;Autre\n").mapping == {"Qui": "", "Où": ""}


# Columns of other modules


class Budgets:
    """A further column, as own fields are."""

    tables: tuple[str, ...] = ()

    def __init__(self) -> None:
        self.values: dict[int, dict[str, Any]] = {}

    def columns(self, session: Any) -> list[extra.Extra]:
        return [extra.Extra("own-budget", "Budget", extra.ORGANISATIONS, int)]

    def held(self, session: Any, record: str, ids: Any) -> dict[int, dict[str, Any]]:
        return {key: self.values[key] for key in ids if key in self.values}

    def keep(self, session: Any, record: str, values: Any) -> None:
        for key, name, value in values:
            self.values.setdefault(key, {})[name] = value


def test_columns_of_other_modules_are_filled_told_and_undone(session, imports, make, monkeypatch):
    budgets = Budgets()
    monkeypatch.setattr(extra, "_SOURCES", [budgets])
    known = make.organisation("Réseau")
    record = imports.take("Organisation;Budget\nRéseau;12\n")
    assert (told(record), budgets.values[known.id]) == ((0, 1, 0, 0), {"own-budget": 12})
    assert told(imports.take("Organisation;Budget\nRéseau;12\n")) == (0, 0, 1, 0)
    assert told(imports.take("Organisation;Budget\nRéseau;13\n")) == (0, 0, 1, 0)
    imports.undo(record)
    assert budgets.values[known.id] == {"own-budget": None}

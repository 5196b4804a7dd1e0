"""What an import makes of each row: rules, on both databases."""

import io
import threading
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import func, select

from crm.db import db
from crm.directory.importing import columns, refusals, report, taking
from crm.directory.importing.report import Places, Report
from crm.directory.importing.rows import Kinds
from crm.directory.models import (
    Civility,
    Organisation,
    OrganisationAddress,
    OrganisationKind,
    Person,
    PersonAddress,
    Role,
    RoleCategory,
)
from crm.history import Change
from crm.mail.models import Address, Objection, Purpose, Wish
from crm.settings.defaults import DEFAULTS
from crm.web import tables_in
from tests.make import EARLY

HEAD = "Structure;SIREN;Prénom;Nom;Courriel;Téléphone;Fonction;Catégorie\n"


class Told:
    """What one import said."""

    def __init__(self, counts: taking.Counts, places: Places) -> None:
        self.counts = counts
        self.refused = [
            (line["row"], line["place"], report.reason(line, str)) for line in report.lines(places.refused)
        ]
        self.differences = [
            (line["field"], line["held"], line["given"]) for line in report.lines(places.differences)
        ]

    @property
    def rows(self) -> tuple[int, int, int, int]:
        counts = self.counts
        return counts.created, counts.updated, counts.unchanged, counts.refused


@pytest.fixture
def take(session: Any, tmp_path: Path) -> Any:
    """Take a text in as a CSV file; the session is not committed."""
    for place, (slug, french, english) in enumerate(DEFAULTS["organisation_kinds"]):
        session.add(OrganisationKind(slug=slug, name_fr=french, name_en=english, position=place))
    session.flush()

    def taken(text: str | bytes, name: str = "liste.csv", **chosen: str) -> Told:
        session.flush()
        raw = text.encode() if isinstance(text, str) else text
        places = Places.beside(tmp_path, "told")
        with tables_in.read(io.BytesIO(raw), name) as table, Report(places) as told:
            order = taking.Order(
                fields=columns.checked(table.columns, {**columns.proposed(table.columns), **chosen}),
                kinds=taking.kinds(session, "en"),
                source="liste.csv",
                import_id=None,
                by="staff@example.org",
                at=EARLY,
            )
            counts = taking.take(db.session(), table, order, told)
        session.expire_all()
        return Told(counts, places)

    return taken


def number(session: Any, model: type) -> int:
    return int(session.scalar(select(func.count()).select_from(model)))


def test_one_row_makes_a_person_an_organisation_and_the_role(session, take):
    told = take(HEAD + "Réseau Exemple;;Zoé;Le Goff;Zoe@Example.org;02 41 05 40 00;Présidente;élue\n")

    assert told.rows == (1, 0, 0, 0)
    person, role = session.scalars(select(Person)).one(), session.scalars(select(Role)).one()
    assert (person.name, person.source, person.sort) == ("Zoé Le Goff", "liste.csv", "le goff zoe")
    assert [read.address.email for read in person.addresses] == ["zoe@example.org"]
    assert [phone.number for phone in person.phones] == ["+33241054000"]
    assert (role.person, role.organisation.name) == (person, "Réseau Exemple")
    assert (role.function, role.category, role.is_main) == ("Présidente", RoleCategory.ELECTED, True)


def test_the_same_file_again_changes_nothing(session, take):
    text = (
        HEAD
        + "Réseau Exemple;;Zoé;Le Goff;zoe@example.org;;Présidente;élue\n"
        + "Réseau Exemple;;Yann;Caron;;;Trésorier;\n"
        + ";;Marie;Curie;;06 12 34 56 78;;\n"
        + "Autre;552081317;;;;;;\n"
    )
    assert take(text).rows == (4, 0, 0, 0)
    assert take(text).rows == (0, 0, 4, 0)
    assert (number(session, Person), number(session, Organisation), number(session, Role)) == (3, 2, 2)


def test_later_rows_see_what_earlier_rows_of_the_file_brought(session, take):
    told = take(
        HEAD
        + "Réseau Exemple;;Zoé;Le Goff;zoe@example.org;;;\n"
        + "RESEAU EXEMPLE;;LE GOFF;Zoé;zoe@example.org;;Présidente;\n"
        + "Réseau exemple;552081317;;;;;;\n"
    )
    assert told.rows == (1, 2, 0, 0)
    assert session.scalars(select(Organisation)).one().siren == "552081317"
    assert session.scalars(select(Role)).one().function == "Présidente"


def test_a_known_address_fills_blanks_and_reports_differences(session, take, make):
    person = make.person("Zoé", "Le Goff", email="zoe@example.org", civility=Civility.MADAM)
    told = take("Civilité;Prénom;Nom;E-mail;Téléphone;Langue\nM.;Zoé;Legoff;zoe@example.org;0612345678;fr\n")

    assert told.rows == (0, 1, 0, 0)
    assert told.differences == [("civility", "mme", "m"), ("family_name", "Le Goff", "Legoff")]
    session.refresh(person)
    assert (person.family_name, person.civility, person.version) == ("Le Goff", Civility.MADAM, 2)
    assert [phone.number for phone in person.phones] == ["+33612345678"]
    change = session.scalars(
        select(Change).where(Change.record == f"people:{person.id}", Change.act == "changed")
    )
    assert [(one.actor, one.values["phones"]) for one in change] == [
        ("staff@example.org", [[], [["", "+33612345678"]]])
    ]


def test_a_shared_address_is_read_by_several_people(session, take, make):
    make.person("Zoé", "Le Goff", email="mairie@example.org")
    told = take(HEAD + ";;Yann;Caron;mairie@example.org;;;\n;;;;mairie@example.org;;;\n")

    assert told.rows == (1, 0, 0, 1)
    assert "Several people read “mairie@example.org”" in told.refused[0][2]
    assert number(session, Address) == 1
    assert number(session, PersonAddress) == 2


def test_another_address_of_somebody_known_there_is_told_and_makes_no_double(session, take, make):
    make.person("Zoé", "Le Goff", email="zoe@example.org", organisation=make.organisation("Réseau"))
    told = take(HEAD + "Réseau;;Zoé;Le Goff;z.legoff@example.org;;;\n")

    assert told.differences == [("email", "zoe@example.org", "z.legoff@example.org")]
    assert number(session, Person) == 1


def test_namesakes_in_one_organisation_are_refused_until_an_address_tells_them_apart(take, make):
    there = make.organisation("Réseau")
    make.person("Zoé", "Le Goff", email="zoe@example.org", organisation=there)
    make.person("Zoé", "Le Goff", email="zlg@example.org", organisation=there)

    told = take(HEAD + "Réseau;;Zoé;Le Goff;;;Trésorière;\nRéseau;;Zoé;Le Goff;zlg@example.org;;;\n")
    assert told.rows == (0, 0, 1, 1)
    assert "Give the e-mail address" in told.refused[0][2]


def test_an_authority_is_made_from_the_reference_once(session, take, make):
    place = make.territory("Angers", code="49007", siren="214900078", postcodes="49000 49100")
    text = "Organisation;Code INSEE;SIREN;E-mail\n"
    told = take(
        text
        + "Mairie d'Angers;49007;;contact@example.org\n"
        + "Angers;;214900078;\n"
        + ";49007;;mairie@example.org\n"
    )
    assert told.rows == (1, 1, 1, 0)
    angers = session.scalars(select(Organisation)).one()
    assert (angers.name, angers.siren, angers.territory_id) == ("Angers", "214900078", place.id)
    assert (angers.kind.slug, angers.city, angers.postcode) == ("commune", "Angers", "")
    assert angers.aliases == ""
    assert [read.address.email for read in angers.addresses] == ["contact@example.org", "mairie@example.org"]
    assert take(text + "Mairie d'Angers;49007;;\n").rows == (0, 0, 1, 0)


def test_the_code_of_a_place_does_not_make_an_association_its_town_hall(session, take, make):
    make.territory("Angers", code="49007", siren="214900078")
    told = take("Organisation;Code INSEE;Type\nLes Amis du code ouvert;49007;Association\n")

    assert told.rows == (1, 0, 0, 0)
    assert session.scalars(select(Organisation.territory_id)).one() is None


def test_a_known_siren_fills_blanks_and_keeps_the_name(session, take, make):
    known = make.organisation("Réseau Exemple", siren="552081317", city="Nantes")
    told = take("Raison sociale;SIRET;Ville;Site\nRéseau X;55208131766522;Angers;www.example.org\n")

    assert told.rows == (0, 1, 0, 0)
    assert told.differences == [("organisation", "Réseau Exemple", "Réseau X"), ("city", "Nantes", "Angers")]
    session.refresh(known)
    assert (known.name, known.city) == ("Réseau Exemple", "Nantes")
    assert (known.siret, known.website) == ("55208131766522", "https://www.example.org")


def test_a_name_that_several_bear_is_refused_and_asks_for_the_siren(take, make):
    make.organisation("Saint-Denis")
    make.organisation("Saint Denis")
    told = take(HEAD + "SAINT-DENIS;;Zoé;Le Goff;zoe@example.org;;;\n")
    assert told.rows == (0, 0, 0, 1)
    assert "Give the SIREN or the INSEE code" in told.refused[0][2]


@pytest.mark.parametrize("row", ["Réseau;552081317;;;;;;", "Réseau;;Zoé;;;;;"])
def test_what_lies_in_the_bin_is_not_made_anew(session, take, make, row):
    make.organisation("Réseau", siren="552081317", binned_at=EARLY)
    told = take(HEAD + row + "\n")
    assert "“Réseau” is in the bin" in told.refused[0][2]
    assert (number(session, Organisation), number(session, Person)) == (1, 0)


def test_a_role_there_is_completed_another_function_is_told_and_elsewhere_is_a_new_role(session, take, make):
    there = make.organisation("Réseau")
    make.person("Zoé", "Le Goff", email="zoe@example.org", organisation=there, function="Directrice")
    told = take(
        "Organisation;Prénom;Nom;E-mail;Fonction;Catégorie;Début\n"
        "Réseau;Zoé;Le Goff;zoe@example.org;Directrice;agent;01/02/2020\n"
        "Réseau;Zoé;Le Goff;zoe@example.org;Maire;;\n"
        "Ailleurs;Zoé;Le Goff;zoe@example.org;Vice-présidente;élue;\n"
    )
    assert told.rows == (1, 1, 1, 0)
    assert told.differences == [("function", "Directrice", "Maire")]
    roles = session.scalars(select(Role).order_by(Role.id)).all()
    assert [(role.function, role.category, role.is_main) for role in roles] == [
        ("Directrice", RoleCategory.OFFICER, True),
        ("Vice-présidente", RoleCategory.ELECTED, False),
    ]
    assert roles[0].begins_on.isoformat() == "2020-02-01"


def test_objections_and_holds_outlast_an_import(session, take, make):
    address = make.address("zoe@example.org", held_since=EARLY, hold_reason="bounced")
    make.add(Objection(address_id=address.id, purpose=Purpose.NEWSLETTER, at=EARLY, source="test"))
    take(HEAD + ";;Zoé;Le Goff;zoe@example.org;;;\n")

    session.refresh(address)
    assert (address.held_since, address.hold_reason) == (EARLY, "bounced")
    assert number(session, Objection) == 1


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_file_that_says_yes_brings_no_consent(session, take):
    take(
        HEAD.rstrip("\n")
        + ";consentement;newsletter;Accepte les messages\n;;Zoé;Le Goff;zoe@example.org;;;;oui;oui;oui\n"
    )

    assert number(session, Address) == 1
    assert number(session, Wish) == 0


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("45380", date(2024, 3, 29)),
        ("45380.5", date(2024, 3, 29)),
        ("29/03/2024", date(2024, 3, 29)),
        ("29/03/24", date(2024, 3, 29)),
        ("29.03.2024", date(2024, 3, 29)),
        ("2024-03-29 10:30", date(2024, 3, 29)),
        ("19999", None),
        ("31/02/2024", None),
    ],
)
def test_a_day_is_read_as_people_write_it_and_as_the_number_a_spreadsheet_keeps(session, take, written, day):
    told = take(f"Structure;Prénom;Nom;Date de début\nRéseau;Zoé;Le Goff;{written}\n")
    if day is None:
        assert told.refused == [(2, 3, f"“{written}” is not a date. Write it as 2026-03-29 or 29/03/2026.")]
    else:
        assert session.scalars(select(Role)).one().begins_on == day


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_days_and_numbers_of_a_workbook_are_what_they_look_like(session, take):
    """A date of Excel is a number that is shown as a day; formatted as a number it still is that day."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Structure", "Prénom", "Nom", "Date de début", "Date de fin"])
    sheet.write_row(1, 0, ["Réseau", "Ελένη", "Παπαδοπούλου"])
    sheet.write_datetime(1, 3, date(2024, 3, 29), book.add_format({"num_format": "dd/mm/yyyy"}))
    sheet.write_number(1, 4, 46000)
    book.close()
    assert take(out.getvalue(), "elus.xlsx").rows == (1, 0, 0, 0)
    role = session.scalars(select(Role)).one()
    assert (role.begins_on, role.ends_on) == (date(2024, 3, 29), date(2025, 12, 9))
    assert role.person.name == "Ελένη Παπαδοπούλου"


def test_tags_are_added_and_not_doubled(session, take, make):
    person = make.person("Zoé", "Le Goff", email="zoe@example.org")
    text = "Prénom;Nom;E-mail;Étiquettes\nZoé;Le Goff;zoe@example.org;Open Data, mobilité\n"
    assert take(text).rows == (0, 1, 0, 0)
    assert take(text.replace("Open Data", "open data")).rows == (0, 0, 1, 0)
    session.refresh(person)
    assert sorted(tag.name for tag in person.tags) == ["Open Data", "mobilité"]


@pytest.mark.parametrize(
    ("row", "cell", "sentence"),
    [
        ("Réseau;123456789;;;;;;", 1, "“123456789” is not a SIREN"),
        (";;Zoé;Le Goff;zoe.example.org;;;", 4, "is not an e-mail address"),
        (";;Zoé;Le Goff;;12;;", 5, "is not a phone number"),
        ("Réseau;;Zoé;Le Goff;;;;chef", 7, "is not a category of role"),
        ("Réseau;;;;;;Maire;", None, "without a name or an e-mail address"),
        (";;Zoé;Le Goff;;;Maire;", None, "name the organisation"),
        (";552081317;;;;;;", None, "no organisation with this number"),
    ],
)
def test_each_fault_has_its_sentence_names_its_cell_and_stops_no_other_row(
    session, take, row, cell, sentence
):
    told = take(f"{HEAD}{row}\n;;Yann;Caron;yann@example.org;;;\n")
    assert told.rows == (1, 0, 0, 1)
    [(line, place, reason)] = told.refused
    assert (line, place) == (2, cell)
    assert sentence in reason
    assert number(session, Person) == 1


def test_french_and_english_headers_mean_the_same():
    french = ["Structure", "Prénom", "NOM", "Adresse électronique", "Téléphone", "Fonction", "Bidon"]
    english = ["Organisation", "Given name", "Family name", "E-mail address", "Phone", "Function", "Bogus"]
    assert list(columns.proposed(french).values()) == list(columns.proposed(english).values())
    assert "Bidon" not in columns.proposed(french)


def test_names_and_addresses_are_the_organisations_own_in_a_list_of_organisations():
    assert columns.proposed(["Nom", "Sigle", "SIREN", "Adresse électronique", "Téléphone"]) == {
        "Nom": columns.Field.ORGANISATION,
        "Sigle": columns.Field.ACRONYM,
        "SIREN": columns.Field.SIREN,
        "Adresse électronique": columns.Field.ORGANISATION_EMAIL,
        "Téléphone": columns.Field.ORGANISATION_PHONE,
    }


def test_a_choice_of_columns_that_does_not_fit_is_refused_with_the_names_there_are():
    with pytest.raises(refusals.UnknownFields, match=r"“Mail”.*“Nom”, “E-mail”"):
        columns.checked(["Nom", "E-mail"], {"Mail": "email"})
    with pytest.raises(refusals.UnknownMeaning, match="“mel”"):
        columns.checked(["Nom"], {"Nom": "mel"})
    with pytest.raises(refusals.FieldTwice, match="“Nom”, “Contact”"):
        columns.checked(["Nom", "Contact"], {"Nom": "family_name", "Contact": "family_name"})
    with pytest.raises(refusals.NothingToImport):
        columns.checked(["Fonction"], {"Fonction": "function"})


def test_mailboxes_of_organisations_are_theirs(session, take):
    take("Organisation;E-mail de l'organisation;Nom;E-mail\nRéseau;contact@example.org;Curie;m@example.org\n")
    assert session.scalars(select(OrganisationAddress)).one().address.email == "contact@example.org"


def ordered(width: int) -> taking.Order:
    kinds = Kinds(by_name={}, ids={}, called={})
    fields = [columns.Field.FAMILY_NAME] * width
    return taking.Order(fields=fields, kinds=kinds, source="", import_id=None, by="test", at=EARLY)


def test_while_a_part_is_written_the_next_one_is_read_and_what_breaks_off_is_told_in_its_turn(monkeypatch):
    monkeypatch.setattr(taking, "AT_ONCE", 2)
    is_read_ahead = threading.Event()

    def rows():
        yield from (tables_in.Row(2, ["Un"]), tables_in.Row(3, ["Deux"]), tables_in.Row(4, ["Trois"]))
        is_read_ahead.set()
        raise tables_in.refusals.Truncated

    with taking.in_parts(tables_in.Table(["Nom"], rows()), ordered(1), behind=1) as parts:
        each = iter(parts)
        first = next(each)
        assert [(row.number, said.person["family_name"]) for row, said in first] == [
            (3, "Deux"), (4, "Trois"),
        ]  # fmt: skip
        assert not is_read_ahead.is_set()
        parts.read_on()
        # Nobody asked for the second part yet.
        assert is_read_ahead.wait(10)
        with pytest.raises(tables_in.refusals.Truncated):
            next(each)

"""The roster of parliament: official files in their real layouts, and whom a place elects."""

import io
import json
import zipfile
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from crm.db import db
from crm.errors import CrmError
from crm.kits.parliament import queries, reading, services, uploads
from crm.kits.parliament.models import Parliamentarian, RosterLoad
from crm.kits.parliament.reading import told
from tests.kits import roster_files as files
from tests.make import EARLY

LATER = EARLY + timedelta(days=30)
ANGERS, NANTES = "PA11,Roux,Ana,Mésanges,MES,Maine-et-Loire,49,1,", "PA12,Vidal,Zoé,Mésanges,MES,Loire,42,2,"


def take(*paths, at=EARLY, is_forced=False):
    found = []
    for plan in services.plans(reading.read([(path.name, path) for path in paths])):
        load = services.note(plan, stored_as="", by="test", at=at)
        services.take(plan, load, is_forced=is_forced, by="test", at=at)
        found.append(plan)
    db.session.flush()
    return found


def member(key):
    return db.session.scalar(select(Parliamentarian).where(Parliamentarian.source_key == key))


# The Assemblée


def test_the_archive_of_the_assemblee_gives_those_who_sit_with_their_official_address(session, tmp_path):
    [plan] = take(files.archive(tmp_path / "AMO10.json.zip"))
    assert plan.counts == {
        "read": 4, "created": 3, "updated": 0, "unchanged": 0, "left": 0, "refused": 0, "places": 0,
    }  # fmt: skip
    bois = member("PA1")
    assert (bois.name, bois.seat, bois.group, bois.group_name) == (
        "Véra Bois",
        "49-01",
        "MES",
        "Groupe des Mésanges",
    )
    assert (bois.email, bois.committee) == ("vera.bois@assemblee-nationale.fr", "Commission des jardins")
    assert bois.began_on == date(2024, 7, 8)
    # One alone is no list; who has no seat is no deputy.
    assert member("PA2").seat == "2A-02" and member("PA4") is None
    assert (bois.load.source, bois.load.licence, bois.load.legislature) == (
        "Assemblée nationale", "Licence Ouverte 2.0", 17,
    )  # fmt: skip


def test_a_folder_and_the_older_single_file_say_the_same_as_the_archive(session, tmp_path):
    folder = tmp_path / "amo"
    with zipfile.ZipFile(files.archive(tmp_path / "amo.zip")) as packed:
        packed.extractall(folder)
    entries = files.amo10()
    whole = tmp_path / "whole.json"
    whole.write_text(
        json.dumps(
            {
                "export": {
                    "acteurs": {"acteur": [one["acteur"] for one in entries.values() if "acteur" in one]},
                    "organes": {"organe": [one["organe"] for one in entries.values() if "organe" in one]},
                }
            }
        )
    )
    expected = reading.read([("a", tmp_path / "amo.zip")])[0].members
    assert reading.read([("a", folder)])[0].members == expected
    assert reading.read([("a", whole)])[0].members == expected


def test_a_file_read_again_changes_nothing_and_one_that_tells_less_erases_nothing(session, tmp_path):
    packed = files.archive(tmp_path / "amo.zip")
    take(packed)
    [again] = take(packed, at=LATER)
    assert (len(again.unchanged), again.created, again.changed, again.left) == (3, [], [], [])
    table = tmp_path / "liste.csv"
    table.write_text(
        '"identifiant","Prénom","Nom","Région","Département","Numéro de circonscription","Profession",'
        '"Groupe politique (complet)","Groupe politique (abrégé)"\n'
        '"1","Véra","Bois","Pays de la Loire","Maine-et-Loire","1","Juriste","Groupe des Grives","GRI"\n'
        '"2","Léo","Cap","Corse","Corse-du-Sud","2","Juriste","Groupe des Grives","GRI"\n'
        '"3","Ana","Dune","Outre-mer","Saint-Barthélemy et Saint-Martin","1","","Groupe des Grives","GRI"\n'
    )
    [plan] = take(table, at=LATER)
    assert len(plan.changed) == 3
    assert (member("PA1").group, member("PA1").email) == ("GRI", "vera.bois@assemblee-nationale.fr")


def test_datan_is_read_with_its_small_letters_and_its_three_signs_for_abroad(session, tmp_path):
    take(
        files.datan(
            tmp_path / "deputes-active.csv",
            "PA7,Cap,Léo,Mésanges,MES,Corse-du-sud,2a,1,Leo.Cap@assemblee-nationale.fr",
            "PA8,Dune,Ana,Mésanges,MES,Français établis hors de France,099,6,ana@private.example.org",
        )
    )
    assert (member("PA7").seat, member("PA7").email) == ("2A-01", "leo.cap@assemblee-nationale.fr")
    assert (member("PA8").seat, member("PA8").email) == ("099-06", "")
    assert member("PA7").load.dated_on == date(2025, 7, 2)


def test_who_is_not_in_a_new_roster_has_left_and_who_took_the_seat_holds_it_alone(session, tmp_path):
    others = [f"PA{n},Autre{n},Ana,Mésanges,MES,Paris,75,{n - 100}," for n in range(101, 119)]
    take(files.datan(tmp_path / "one.csv", ANGERS, *others))
    take(
        files.datan(tmp_path / "two.csv", ANGERS.replace("PA11,Roux,Ana", "PA99,Lys,Eva"), *others), at=LATER
    )
    assert member("PA11").left_on == LATER.date()
    elected = queries.of_constituency("49-01")
    assert [seat.deputy.name for seat in elected.seats] == ["Eva Lys"]
    # Back again.
    take(files.datan(tmp_path / "one.csv", ANGERS, *others), at=LATER)
    assert member("PA11").left_on is None and member("PA99").left_on == LATER.date()


def test_a_file_without_more_than_a_tenth_of_those_who_sit_is_refused_unless_told_so(session, tmp_path):
    many = [f"PA{n},Autre{n},Ana,Mésanges,MES,Paris,75,{n - 100}," for n in range(101, 119)]
    take(files.datan(tmp_path / "one.csv", *many))
    fewer = files.datan(tmp_path / "two.csv", *many[:15])
    with pytest.raises(services.TooManyLeave, match="3 of 18"):
        take(fewer)
    assert member("PA118").left_on is None
    take(fewer, is_forced=True)
    assert member("PA118").left_on is not None


def test_a_file_of_an_older_legislature_is_refused(session, tmp_path):
    take(files.datan(tmp_path / "one.csv", ANGERS))
    with pytest.raises(services.OlderLegislature, match="16"):
        take(files.datan(tmp_path / "old.csv", ANGERS, legislature=16))


def test_lines_that_cannot_be_read_are_told_with_their_number_and_the_others_are_taken(session, tmp_path):
    [plan] = take(
        files.datan(
            tmp_path / "d.csv", ANGERS, NANTES.replace("42,2", "42,9"), ",Sans,Clef,M,M,Ain,01,1,", ANGERS
        )
    )
    assert [(fault.where, fault.reason) for fault in plan.faults] == [
        ("3", told.NO_SEAT), ("4", told.NO_KEY), ("PA11", told.TWICE),
    ]  # fmt: skip
    assert plan.created == ["PA11"]


# The Sénat


def test_the_senates_two_files_are_joined_on_the_matricule(session, tmp_path):
    general = files.senate(
        tmp_path / "ODSEN_GENERAL.csv",
        "19651A,Mme,Pré,Eva,ACTIF,RDPI,commission de la culture,Alpes de Haute-Provence,e.pre@senat.fr",
        "000346,M.,Ancien,Max,ANCIEN,G.D.,commission des lois,Alger,",
        "83008P,M.,Mas,Théo,ACTIF,SER,,Iles Wallis et Futuna,Non public",
    )
    api = files.senate_api(
        tmp_path / "senateurs.json", ("19651A", "Pré", "Eva", "04"), ("24001Z", "Sud", "Lou", "998")
    )
    [plan] = take(general, api)
    assert plan.counts["read"] == 5 and sorted(plan.created) == ["19651A", "24001Z", "83008P"]
    pre = member("19651A")
    assert (pre.seat, pre.email, pre.group, pre.group_name) == (
        "04",
        "e.pre@senat.fr",
        "RDPI",
        "Groupe des Hirondelles",
    )
    assert (member("83008P").seat, member("83008P").email) == ("986", "")
    assert member("24001Z").seat == "099"


# Files that are none


@pytest.mark.parametrize(
    ("name", "content", "refusal", "says"),
    [
        ("cut.json", b'[{"matricule": "19651A", "nom": "Pr', told.Unreadable, "character"),
        ("cut.zip", b"PK\x03\x04 half of it", told.Unreadable, "archive"),
        ("other.json", b'{"service": []}', told.UnknownFile, "service"),
        ("other.csv", b"a;b\n1;2\n", told.UnknownFile, "a, b"),
        ("deep.json", b"[" * 200_000, told.Unreadable, "nested|breaks off"),
        ("latin.json", b'[{"nom": "Pr\xe9"}]', told.Unreadable, "character"),
        ("empty.csv", b"", CrmError, "empty|row"),
    ],
)
def test_a_file_that_is_none_says_so_and_changes_nothing(session, tmp_path, name, content, refusal, says):
    place = tmp_path / name
    place.write_bytes(content)
    with pytest.raises(refusal, match=says):
        take(place)
    assert session.scalar(select(RosterLoad.id)) is None


def test_an_archive_that_swells_or_has_too_many_entries_is_refused(session, tmp_path, monkeypatch):
    monkeypatch.setattr("crm.kits.parliament.reading.files.MOST_UNPACKED", 1_000_000)
    bomb = files.archive(tmp_path / "bomb.zip", {"a.json": b"0" * 2_000_000})
    with pytest.raises(told.Unreadable, match="unpacks"):
        take(bomb)
    monkeypatch.setattr("crm.kits.parliament.reading.files.MOST_ENTRIES", 3)
    with pytest.raises(told.Unreadable, match="entries"):
        take(files.archive(tmp_path / "many.zip"))


def test_archives_that_swell_only_together_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("crm.kits.parliament.reading.files.MOST_UNPACKED", 1_000_000)
    several = [files.archive(tmp_path / f"{n}.zip", {"a.json": b"0" * 600_000}) for n in range(2)]
    with pytest.raises(told.Unreadable, match="unpacks"):
        reading.read([(place.name, place) for place in several])


def test_uploaded_files_keep_names_that_no_disk_could_hold(tmp_path):
    names = ["名" * 110 + ".csv", "../../a.csv", "b.csv"]
    stored_as = uploads.keep(tmp_path, [(name, io.BytesIO(name.encode())) for name in names])
    kept = uploads.files(tmp_path, stored_as)
    assert [name for name, _path in kept] == names
    assert [path.read_bytes().decode() for _name, path in kept] == names
    uploads.discard(tmp_path, stored_as)
    with pytest.raises(uploads.Gone):
        uploads.files(tmp_path, stored_as)


def test_one_damaged_entry_of_an_archive_is_told_and_the_others_are_read(session, tmp_path):
    [plan] = take(files.archive(tmp_path / "a.zip", {**files.amo10(), "json/acteur/PA9.json": b"{"}))
    assert [(fault.where, fault.reason) for fault in plan.faults] == [("json/acteur/PA9.json", told.BAD_JSON)]
    assert len(plan.created) == 3


# Whom a place elects


@pytest.fixture
def country(session, make, tmp_path):
    """Two communes of Ain (one of them split), one of Loire-Atlantique, and who sits for them."""
    whole = make.territory("Ambérieu", code="01004", department_code="01", postcodes="01500 01200")
    split = make.territory("Bourg", code="01053", department_code="01", postcodes="01000 01200")
    new = make.territory(
        "Neuville", code="01999", department_code="01", postcodes="01700", other_codes="01025"
    )
    take(
        files.composition(tmp_path / "i.csv", "01004,01005,entière", "01053,01001,partiel",
                          "01053,01004,partiel", "01025,01002,entière", "55039,,"),
        files.datan(tmp_path / "d.csv", "PA5,Cinq,Eva,M,M,Ain,01,5,", "PA6,Une,Ana,M,M,Ain,01,1,"),
        files.senate_api(tmp_path / "s.json", ("1A", "Sen", "Lou", "01"), ("2B", "Loin", "Zoé", "997")),
    )  # fmt: skip
    return {"whole": whole, "split": split, "new": new}


def names(elected):
    return [seat.deputy.family_name if seat.deputy else seat.code for seat in elected.seats]


def test_a_commune_in_one_constituency_has_its_deputy_and_the_departments_senators(country):
    elected = queries.of_territory(country["whole"])
    assert (names(elected), [one.family_name for one in elected.senators]) == (["Cinq"], ["Sen"])
    assert elected.is_certain and elected.how is queries.How.COMMUNE


def test_a_split_commune_gives_the_choice_and_a_vacant_seat_is_told(country):
    elected = queries.of_territory(country["split"])
    assert names(elected) == ["Une", "01-04"] and not elected.is_certain
    assert elected.seats[1].deputy is None


def test_a_commune_made_since_is_found_by_those_it_took_in(country):
    assert names(queries.of_territory(country["new"])) == ["01-02"]


def test_a_commune_that_insee_does_not_tell_gives_every_seat_of_its_department(country, make):
    unknown = make.territory("Ailleurs", code="01888", department_code="01", postcodes="01800")
    assert len(queries.of_territory(unknown).seats) == 5


def test_a_postcode_of_several_communes_asks_which_and_a_name_answers(country):
    several = queries.of_postcode("01200")
    assert names(several) == ["Une", "01-04", "Cinq"]
    assert [commune.name for commune in several.communes] == ["Ambérieu", "Bourg"]
    assert names(queries.of_postcode("01200", "amberieu")) == ["Cinq"]
    assert names(queries.of_postcode("01 500")) == ["Cinq"]


def test_a_cedex_gives_its_department_and_nonsense_nobody(country):
    assert len(queries.of_postcode("01059").seats) == 5
    assert [seat.code for seat in queries.of_postcode("20250").seats] == ["2B-01", "2B-02"]
    assert queries.of_postcode("1") == queries.of_postcode("99999") == queries.NOBODY


def test_abroad_the_country_decides_and_the_twelve_senators_are_everyones(country):
    elected = queries.of_country("DE")
    assert [seat.code for seat in elected.seats] == ["099-07"]
    assert [one.family_name for one in elected.senators] == ["Loin"]
    assert [seat.code for seat in queries.of_country("MF").seats] == ["977-01"]


def test_an_organisation_elects_by_what_it_stands_for_or_by_its_seat(country, make):
    of_commune = make.organisation(territory_id=country["whole"].id)
    by_seat = make.organisation(postcode="01500", city="Ambérieu")
    away = make.organisation(country="CH")
    assert [names(queries.of_organisation(one)) for one in (of_commune, by_seat)] == [["Cinq"], ["Cinq"]]
    assert queries.of_organisation(away).seats[0].code == "099-06"
    assert queries.of_organisation(make.organisation()) == queries.NOBODY


def test_the_invented_roster_makes_room_for_the_real_one(session, make, tmp_path):
    make.parliamentarian("Ventée", "49-01", is_invented=True)
    assert queries.has_invented()
    take(files.datan(tmp_path / "d.csv", ANGERS))
    assert names(queries.of_constituency("49-01")) == ["Roux"] and not queries.has_invented()


# Pages and the command


def run(app, *words):
    return app.test_cli_runner().invoke(args=["kits", "import-parliament", *map(str, words)])


def test_the_command_tells_its_counts_keeps_what_was_refused_and_writes_nothing_when_dry(app, tmp_path):
    table = files.datan(tmp_path / "d.csv", ANGERS, NANTES.replace("42,2", "42,9"))
    dry = run(app, table, "--dry-run", "--json")
    assert dry.exit_code == 1
    counts = json.loads(dry.output)
    assert (counts["read"], counts["created"], counts["refused"]) == (2, 1, 1)
    assert "42 9" in (tmp_path / "d-refused.csv").read_text("utf-8-sig")
    with app.app_context():
        assert db.session.scalar(select(Parliamentarian.id)) is None
    assert run(app, table, "--json").exit_code == 1
    with app.app_context():
        assert member("PA11") is not None


def test_the_command_refuses_a_file_that_is_none_with_a_sentence(app, tmp_path):
    (tmp_path / "x.json").write_text("{")
    told_so = run(app, tmp_path / "x.json", "--json")
    assert told_so.exit_code == 2 and "x.json" in json.loads(told_so.output.splitlines()[0])["error"]


def test_uploaded_files_are_shown_first_and_taken_in_once(client, app, tmp_path):
    client.as_("staff")
    table = files.datan(tmp_path / "deputes.csv", ANGERS)
    shown = client.submit("/kits/parliament/files", files=[(table.open("rb"), "deputes.csv")])
    assert shown.status_code == 302
    address = shown.headers["Location"]
    with app.app_context():
        assert db.session.scalar(select(Parliamentarian.id)) is None
    assert "deputes.csv" in client.get(address).text
    assert client.submit(address).status_code == 302
    listed = client.get("/kits/parliament/?q=roux")
    assert "Ana Roux" in listed.text and "Datan" in listed.text
    # There is nothing left to take in.
    assert "Prendre en compte" not in client.get(address).text


@pytest.mark.parametrize("at", [datetime(2026, 3, 2, tzinfo=UTC)])
def test_strangers_words_in_a_roster_are_shown_as_words(client, app, tmp_path, at):
    with app.app_context():
        take(files.datan(tmp_path / "d.csv", ANGERS.replace("Roux", "<script>x</script>")), at=at)
        db.session.commit()
    page = client.as_("viewer").get("/kits/parliament/")
    assert "&lt;script&gt;" in page.text and "<script>x" not in page.text

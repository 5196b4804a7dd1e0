"""Attendance from the webinar platform's file: layouts, languages, dates, overlaps, names, dry run, undo."""

# ruff: noqa: E501  (files as platforms write them)

import io
import json
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from crm.db import db
from crm.events.models import Registration
from crm.events.platforms import matching, moments, queries, reading, services
from crm.events.platforms.models import Connected, FileState, Match, PlatformFile
from crm.events.platforms.moments import DateOrder, DatesContradict
from crm.events.platforms.reading import Asks, Told
from crm.events.platforms.services import Answers
from crm.events.services import seats
from crm.events.services.visitors import Visitor
from crm.web.tables_in import TableRefused
from tests.make import EARLY

LATE = EARLY + timedelta(days=2)
TOLD = Told(datetime(2026, 3, 2, 14), datetime(2026, 3, 2, 16))  # noqa: DTZ001

ZOOM = """Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants
123 456,Santé,03/02/2026 02:00:00 PM,03/02/2026 04:00:00 PM,h@example.org,120,3

Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest,Recording Consent
Ada Lovelace,ada@example.org,03/02/2026 02:00:00 PM,03/02/2026 02:40:00 PM,40,Yes,Y
Ada Lovelace,ada@example.org,03/02/2026 02:30:00 PM,03/02/2026 03:00:00 PM,30,Yes,Y
Blaise Pascal,,03/02/2026 02:00:00 PM,03/02/2026 02:05:00 PM,5,Yes,Y
"""
ZOOM_WEBINAR = """Rapport des participants,
Détails de l’animateur,
Participé,Nom d’utilisateur (nom d’origine),E-mail,Heure d’arrivée,Heure de départ,Durée de la session (minutes),Est invité
Oui,Hôte,h@example.org,2 mars 2026 13:50:00,2 mars 2026 16:00:00,130,Non
Détails des participants,
Participé,Nom d’utilisateur (nom d’origine),Prénom,Nom,E-mail,Heure d’inscription,État d’approbation,Heure d’arrivée,Heure de départ,Durée de la session (minutes),Est invité
Oui,Ada L.,Ada,Lovelace,ada@example.org,1 mars 2026 09:00:00,approuvé,2 mars 2026 14:00:00,2 mars 2026 15:00:00,60,Oui
Non,Blaise Pascal,Blaise,Pascal,blaise@example.org,1 mars 2026 09:00:00,approuvé,--,--,--,--
"""
TEAMS = """1. Résumé
Titre de la réunion\tSanté
Participants\t2
Heure de début\t02/03/2026, 13:58:00

2. Participants
Nom\tPremière connexion\tDernier départ\tDurée de la réunion\tE-mail\tID du participant (UPN)\tRôle
Ada Lovelace\t02/03/2026, 14:00:00\t02/03/2026, 16:00:00\t50 min 10 s\tada@example.org\tada@example.org\tParticipant
Blaise Pascal (Invité)\t02/03/2026, 14:10:00\t02/03/2026, 15:10:00\t1 h\t\t\tParticipant

3. Activités pendant la réunion
Nom\tHeure d’arrivée\tHeure de départ\tDurée\tE-mail\tRôle
Ada Lovelace\t02/03/2026, 14:00:00\t02/03/2026, 14:20:00\t20 min\tada@example.org\tParticipant
Ada Lovelace\t02/03/2026, 15:29:50\t02/03/2026, 16:00:00\t30 min 10 s\tada@example.org\tParticipant
Blaise Pascal (Invité)\t02/03/2026, 14:10:00\t02/03/2026, 15:10:00\t1 h\t\tParticipant
"""
TEAMS_SUMS = """Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole
Ada Lovelace\t3/2/26, 2:00:00 PM\t3/2/26, 4:00:00 PM\t50m 10s\tada@example.org\tada@example.org\tAttendee
"""
MEET = """First name,Last name,Email,Duration,Time joined,Time exited
Ada,Lovelace,ada@example.org,1 hr 2 min,2:03 PM,3:05 PM
"""
MEET_FRENCH = """Prénom;Nom;Adresse e-mail;Durée;Heure d'arrivée;Heure de départ
Ada;Lovelace;ada@example.org;1 h 2 min;14:03;15:05
"""
LIVESTORM = """First name,Last name,Email,Registration date,Attended,Attendance duration
Ada,Lovelace,ada@example.org,2026-02-20 10:00,Yes,01:02:00
Blaise,Pascal,blaise@example.org,2026-02-20 10:00,No,
"""
# As its dashboard writes them in French: some columns keep their English name, and time is told in seconds.
LIVESTORM_FRENCH = """Email,Prénom,Nom,Code d'accès au webinar,Lien d'accès,Ville (depuis IP),Pays (depuis IP),Ip country name,Date d'inscription,Présent,Taux de présence,Durée de la présence (en seconde),Nombre de sessions inscrites,Nombre de sessions participées,Sessions inscrites,Sessions participées,A vu le replay,Inscrit à la demande,Company,Job title,Phone number,Is guest speaker,Is team member
ada@example.org,Ada,Lovelace,x1,https://example.org,Angers,FR,France,20/02/2026 10:00,true,52%,3720,1,1,a,a,false,false,Ville d’Angers,DSI,,false,false
blaise@example.org,Blaise,Pascal,x2,https://example.org,Angers,FR,France,20/02/2026 10:00,false,0%,0,1,0,a,,false,false,,,,false,false
"""
MEET_SHORT = """Name,Email,Duration,Time joined,Time exited
Ada Lovelace,ada@example.org,1 hr 2 min,2026-03-02 14:03:00,2026-03-02 15:05:00
"""
TEAMS_GERMAN = """2. Teilnehmer
Name\tErster Beitritt\tLetztes Verlassen\tDauer der Besprechung\tE-Mail\tTeilnehmer-ID (UPN)\tRolle
Ada Lovelace\t02.03.26, 14:03:00\t02.03.26, 16:00:00\t1 Std. 2 Min. 5 Sek.\tada@example.org\tada@example.org\tTeilnehmer
"""
TEAMS_SPANISH = """Nombre;Primera entrada;Última salida;Duración de la reunión;Correo electrónico;Rol
Ada Lovelace;02/03/2026, 14:03:00;02/03/2026, 16:00:00;1 h 2 min 5 s;ada@example.org;Asistente
"""
ZOOM_FRENCH = """Nom (nom original),Adresse e-mail de l’utilisateur,Heure d’arrivée,Heure de départ,Durée (minutes),Invité,Salle d’attente
Ada Lovelace,ada@example.org,02/03/2026 14:03:00,02/03/2026 15:05:00,62,Oui,Non
"""
# As its dashboard writes them: two columns have no French name, and the last line holds anonymous polls.
BBB = """Name,Moderator,Activity Score,Talk Time,Webcam Time,Messages,Reactions,Poll Votes,Raise Hands,Join,Left,Duration,Où ?
"Ada Lovelace","FALSE","2.5","00:01:00","-","3","0","1","0","3/2/2026, 02:03:00 PM","3/2/2026, 03:05:00 PM","01:02:00","-"
"Anonymous","","","","","","","","","","","","Ici\r\nLà"
"""
BBB_FRENCH = """Nom,Modérateur,Activity Score,Temps de conversation,Temps de partage de caméra,Messages,Réactions,Votes du sondage,Mains levées,Rejoindre,Quitté,Duration
"Ada Lovelace","FALSE","2,5","00:01:00","-","3","0","0","0","02/03/2026 14:03:00","02/03/2026 15:05:00","01:02:00"
"Anonyme","","","","","","","","","","",""
"""


def understood(text, told=TOLD, name="rapport.csv", encoding="utf-8"):
    return reading.read(text.encode(encoding), name, told)


def minutes(found):
    return {person.name: person.seconds // 60 for person in found.people}


@pytest.mark.parametrize(
    ("text", "layout", "told"),
    [
        (ZOOM, "zoom", {"Ada Lovelace": 60, "Blaise Pascal": 5}),
        (ZOOM_WEBINAR, "zoom", {"Hôte": 130, "Ada Lovelace": 60}),
        (TEAMS, "teams", {"Ada Lovelace": 50, "Blaise Pascal (Invité)": 60}),
        (TEAMS_SUMS, "teams", {"Ada Lovelace": 50}),
        (MEET, "meet", {"Ada Lovelace": 62}),
        (MEET_FRENCH, "meet", {"Ada Lovelace": 62}),
        (LIVESTORM, "livestorm", {"Ada Lovelace": 62}),
        (LIVESTORM_FRENCH, "livestorm", {"Ada Lovelace": 62}),
        (MEET_SHORT, "meet", {"Ada Lovelace": 62}),
        (ZOOM_FRENCH, "zoom", {"Ada Lovelace": 62}),
        (TEAMS_GERMAN, "teams", {"Ada Lovelace": 62}),
        (TEAMS_SPANISH, "teams", {"Ada Lovelace": 62}),
        (BBB, "bigbluebutton", {"Ada Lovelace": 62}),
        (BBB_FRENCH, "bigbluebutton", {"Ada Lovelace": 62}),
    ],
)
def test_each_platforms_report_is_told_by_its_columns_in_both_languages(text, layout, told):
    found = understood(text)
    assert (found.layout, found.asks, found.unread) == (layout, None, [])
    assert minutes(found) == told


def test_the_file_that_teams_writes_is_utf16_with_tabs():
    assert minutes(understood(TEAMS, encoding="utf-16"))["Ada Lovelace"] == 50


def test_time_on_two_devices_counts_once_and_pauses_do_not_count():
    assert reading.united([[0, 10], [5, 20], [30, 40], [40, 45]]) == [[0, 20], [30, 45]]


DAYS = [date(2026, 3, 2)]


def test_dates_in_american_order_are_told_by_their_numbers_or_by_the_day_of_the_event():
    assert moments.order_of(["03/28/2026 2:00 PM"], DAYS) is DateOrder.MONTH_FIRST
    assert moments.order_of(["28/03/2026 14:00"], DAYS) is DateOrder.DAY_FIRST
    assert moments.order_of(["03/02/2026 14:00"], DAYS) is DateOrder.MONTH_FIRST
    assert moments.order_of(["02/03/2026 14:00"], DAYS) is DateOrder.DAY_FIRST
    assert moments.order_of(["2026-03-02 14:00", "14:00"], DAYS) is DateOrder.DAY_FIRST
    assert moments.order_of(["04/05/2026 14:00"], DAYS) is None
    with pytest.raises(DatesContradict):
        moments.order_of(["28/03/2026 14:00", "03/28/2026 14:00"], DAYS)


def test_when_nothing_tells_the_order_of_dates_it_is_asked():
    text = ZOOM.replace("03/02/2026", "04/05/2026")
    assert understood(text).asks is Asks.DATES
    told = Told(TOLD.begins, TOLD.ends, order=DateOrder.MONTH_FIRST)
    assert minutes(understood(text, told)) == {"Ada Lovelace": 60, "Blaise Pascal": 5}


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("62", 3720),
        ("1h 2m 3s", 3723),
        ("1 hr 2 min", 3720),
        ("01:02:03", 3723),
        ("45 min", 2700),
        ("2:05", 125),
        ("1 Std. 5 Min.", 3900),
        ("1 hora 2 minutos", 3720),
        ("3 sek", 3),
    ],
)
def test_durations_are_read_as_platforms_write_them(said, seconds):
    assert moments.duration(said).total_seconds() == seconds


def test_a_length_of_which_a_part_is_not_understood_is_not_shortened():
    with pytest.raises(moments.NoDuration):
        moments.duration("1 tunti 5 min")


@pytest.mark.parametrize(
    ("heads", "proposed"),
    [
        ("Vorname;Nachname;E-Mail-Adresse;Beitrittszeit;Austrittszeit;Dauer (Minuten)",
         {"given_name": 0, "family_name": 1, "email": 2, "joined": 3, "left": 4, "duration": 5}),
        ("Nombre (nombre original);Correo del usuario;Hora de entrada;Hora de salida;Duración (minutos)",
         {"name": 0, "email": 1, "joined": 2, "left": 3, "duration": 4}),
        ("Naam;E-mailadres;Aangekomen;Vertrokken", {"name": 0, "email": 1, "joined": 2, "left": 3}),
        ("Kolumn 1;Kolumn 2;Kolumn 3", {}),
    ],
)  # fmt: skip
def test_the_columns_of_a_table_that_is_not_known_are_proposed_as_far_as_their_names_tell(heads, proposed):
    found = understood(f"{heads}\nAda;b;c;14:00;15:00;d\n")
    assert (found.asks, dict(found.guessed)) == (Asks.COLUMNS, proposed)


def test_a_file_in_another_language_asks_for_its_columns_and_is_then_read():
    text = "Naam;E-mailadres;Aangekomen;Vertrokken\nAda Lovelace;ada@example.org;14:00;15:00\n"
    found = understood(text)
    assert (found.asks, list(found.columns)) == (
        Asks.COLUMNS,
        ["Naam", "E-mailadres", "Aangekomen", "Vertrokken"],
    )
    places = {"name": 0, "email": 1, "joined": 2, "left": 3}
    assert minutes(understood(text, Told(TOLD.begins, TOLD.ends, places))) == {"Ada Lovelace": 60}
    with pytest.raises(reading.ColumnsMissing):
        understood(text, Told(TOLD.begins, TOLD.ends, {"name": 0}))


def test_a_file_cut_short_keeps_what_is_whole_and_says_which_row_is_not():
    cut = ZOOM[: ZOOM.index("03/02/2026 02:05")].rsplit(",", 2)[0]
    found = understood(cut)
    assert minutes(found) == {"Ada Lovelace": 60}
    assert [(row.number, type(row.reason)) for row in found.unread] == [(7, reading.NoTimeSaid)]
    with pytest.raises(TableRefused):
        reading.read(("\ufeff" + TEAMS).encode("utf-16-le")[:-1], "coupé.csv", TOLD)


def test_a_report_without_anybody_is_refused():
    with pytest.raises(reading.NobodyConnected):
        understood(MEET.splitlines()[0] + "\n")


# Names


def register_of(*people):
    found = matching.Register()
    for key, (name, organisation, *emails) in enumerate(people, start=1):
        found.add(key, name, organisation, emails)
    return found


def find(register, name, organisation="", email=""):
    found = register.find(name=name, email=email, organisation=organisation)
    return found.match, found.registration_id or list(found.candidates)


def test_sure_matches_never_ask_and_what_only_resembles_waits_for_a_person():
    known = register_of(
        ("Ada Lovelace", "Ville d’Angers", "ada@example.org", "mairie@example.org"),
        ("Blaise Pascal", "Région Bretagne", "mairie@example.org"),
        ("Jean Dupont", "Ville de Brest"),
        ("Jean Dupont", "Métropole de Lyon"),
        ("Marie-Ève Çelik", ""),
    )
    assert find(known, "whoever", email="ada@example.org") == (Match.SURE, 1)
    assert find(known, "Pascal Blaise", email="mairie@example.org") == (Match.SURE, 2)
    assert find(known, "Accueil", email="mairie@example.org") == (Match.UNSURE, [1, 2])
    assert find(known, "LOVELACE Ada") == (Match.SURE, 1)
    assert find(known, "marie eve celik") == (Match.SURE, 5)
    assert find(known, "Ada Lovelace - Angers") == (Match.SURE, 1)
    assert find(known, "Ada Lovelace (SNCF)") == (Match.UNSURE, [1])
    assert find(known, "Ada Lovelace", "Préfecture du Nord") == (Match.UNSURE, [1])
    assert find(known, "Jean Dupont", "Brest") == (Match.SURE, 3)
    assert find(known, "Jean Dupont") == (Match.UNSURE, [3, 4])
    assert find(known, "Ada Lovelacce") == (Match.UNSURE, [1])
    assert find(known, "A. Lovelace") == (Match.UNSURE, [1])
    assert find(known, "iPad de Chloé") == (Match.NONE, [])
    assert find(known, "Marie") == (Match.NONE, [])


# From the file to attendance and back


def ask(event, given, family, email="", organisation="", make=None):
    visitor = Visitor(given_name=given, family_name=family, email=email, organisation=organisation)
    return seats.ask(event, visitor, mode=None, language="fr", at=EARLY)


@pytest.fixture
def webinar(session, make):
    starts, ends = datetime(2026, 3, 2, 14), datetime(2026, 3, 2, 16)  # noqa: DTZ001
    event = make.event(starts_wall=starts, ends_wall=ends, zone="Europe/Paris", format="online")
    for given, family in (("Ada", "Lovelace"), ("Blaise", "Pascal"), ("Grace", "Hopper")):
        ask(event, given, family, f"{given.lower()}@example.org")
    session.flush()
    return event


def said(session, event):
    session.expire_all()
    rows = select(Registration.given_name, Registration.attendance).where(Registration.event_id == event.id)
    return {given: state.value for given, state in session.execute(rows)}


def taken(event, text=ZOOM, **facts):
    facts = {"least_minutes": 15, "by": "staff", "at": LATE, **facts}
    file, _found = services.receive(event, text.encode(), "zoom.csv", **facts)
    return file


def test_a_file_is_a_dry_run_until_it_is_noted_and_can_be_undone(session, webinar):
    file = taken(webinar, marks_others=True)
    assert set(said(session, webinar).values()) == {"unknown"}
    told = queries.figures(file)
    assert (told.people, told.came, told.less, told.unsure) == (2, 1, 1, 0)
    services.note(file, by="staff", at=LATE)
    assert said(session, webinar) == {"Ada": "present", "Blaise": "absent", "Grace": "absent"}
    with pytest.raises(services.AlreadyNoted):
        taken(webinar)
    assert services.undo(file, by="staff", at=LATE) == 3
    assert set(said(session, webinar).values()) == {"unknown"}


def test_whoever_was_connected_for_less_is_not_said_to_be_absent_unless_asked(session, webinar):
    services.note(taken(webinar), by="staff", at=LATE)
    assert said(session, webinar) == {"Ada": "present", "Blaise": "unknown", "Grace": "unknown"}


def test_the_share_of_an_event_is_so_many_minutes(session, webinar):
    assert services.minutes_of(webinar, 50) == 60
    came, less = services.attended(taken(webinar, least_minutes=60))
    assert (len(came), len(less)) == (1, 1)
    assert services.attended(taken(webinar, least_minutes=61))[0] == []


def test_the_unknown_are_kept_and_counted_and_the_unsure_are_decided_by_a_person(session, webinar):
    text = ZOOM + (
        "iPhone,,03/02/2026 02:00:00 PM,03/02/2026 03:00:00 PM,60,Yes,Y\n"
        "Grace Hoper,,03/02/2026 02:00:00 PM,03/02/2026 03:00:00 PM,60,Yes,Y\n"
    )
    file = taken(webinar, text, marks_others=True)
    services.note(file, by="staff", at=LATE)
    assert queries.anonymous(webinar) == 1
    assert said(session, webinar)["Grace"] == "unknown"
    [unsure] = queries.people(file, Match.UNSURE)
    services.choose(file, unsure, unsure.candidates[0], by="staff", at=LATE)
    assert said(session, webinar)["Grace"] == "present"
    services.undo(file, by="staff", at=LATE)
    assert set(said(session, webinar).values()) == {"unknown"}
    assert queries.anonymous(webinar) == 0


def test_two_connections_under_two_names_of_one_person_are_added_up(session, webinar):
    text = ZOOM + "Blaise PASCAL,blaise@example.org,03/02/2026 02:03:00 PM,03/02/2026 02:15:00 PM,12,Yes,Y\n"
    came, _less = services.attended(taken(webinar, text))
    assert len(came) == 2


def test_nobody_is_chosen_who_is_registered_for_another_event(session, webinar, make):
    other = ask(make.event(), "Eve", "Durand", "eve@example.org")
    file = taken(webinar)
    one = session.scalars(select(Connected).where(Connected.file_id == file.id)).first()
    with pytest.raises(services.NotACandidate):
        services.choose(file, one, other.id, by="staff", at=LATE)


def test_the_names_of_a_file_are_forgotten_after_90_days_and_its_counts_stay(session, webinar):
    file = taken(webinar, ZOOM + "iPhone,,03/02/2026 02:00:00 PM,03/02/2026 03:00:00 PM,60,Yes,Y\n")
    services.note(file, by="staff", at=LATE)
    assert services.forget(LATE + timedelta(days=89)) == 0
    assert services.forget(LATE + timedelta(days=91)) == 1
    session.expire_all()
    assert set(session.scalars(select(Connected.name))) == {""}
    assert queries.anonymous(webinar) == 1


def test_a_file_in_another_language_waits_with_its_content_until_it_is_explained(session, webinar):
    text = "Naam;Aangekomen;Vertrokken\nAda Lovelace;14:00;15:00\n"
    file = taken(webinar, text)
    assert (file.state, file.content) == (FileState.ASKING, text.encode())
    with pytest.raises(services.StillAsking):
        services.note(file, by="staff", at=LATE)
    services.explain(file, Answers({"name": 0, "joined": 1, "left": 2}))
    assert (file.state, file.content, queries.figures(file).came) == (FileState.READ, None, 1)


# Through the page and the command


@pytest.fixture
def held(make):
    starts, ends = datetime(2026, 3, 2, 14), datetime(2026, 3, 2, 16)  # noqa: DTZ001
    event = make.event("Webinaire santé", starts_wall=starts, ends_wall=ends, format="online")
    with make.app.app_context():
        mine = db.session.merge(event)
        ask(mine, "Ada", "Lovelace", "ada@example.org")
        ask(mine, "Grace", "Hopper", "grace@example.org")
        db.session.commit()
    return event


def states(make):
    with make.app.app_context():
        rows = select(Registration.given_name, Registration.attendance)
        return {given: state.value for given, state in db.session.execute(rows)}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_staff_read_a_file_look_at_it_decide_note_it_and_undo(client, make, held):
    client.as_("staff")
    text = ZOOM + "Grace Hoper,,03/02/2026 02:00:00 PM,03/02/2026 03:00:00 PM,60,Yes,Y\n"
    sent = {"file": (io.BytesIO(text.encode()), "zoom.csv"), "least": "15", "unit": "minutes"}
    home = f"/events/{held.id}/connections/new"
    page = client.submit(home, **sent).headers["Location"]
    shown = client.get(page).text
    assert "Grace Hopper" in shown and "Blaise Pascal" in shown
    assert set(states(make).values()) == {"unknown"}
    client.submit(page, to=f"{page}/note")
    assert states(make) == {"Ada": "present", "Grace": "unknown"}
    with make.app.app_context():
        unsure = db.session.scalars(select(Connected).where(Connected.match == Match.UNSURE)).one()
    client.submit(page, to=f"{page}/people/{unsure.id}", registration=str(unsure.candidates[0]))
    assert states(make) == {"Ada": "present", "Grace": "present"}
    client.submit(page, to=f"{page}/undo")
    assert set(states(make).values()) == {"unknown"}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_staff_say_what_the_columns_are_and_then_how_dates_are_read(client, make, held):
    client.as_("staff")
    text = "Naam;Aangekomen;Vertrokken\nAda Lovelace;04/05/2026 14:00;04/05/2026 15:00\n"
    sent = {"file": (io.BytesIO(text.encode()), "lijst.csv"), "least": "50", "unit": "share"}
    page = client.submit(f"/events/{held.id}/connections/new", **sent).headers["Location"]
    asked = client.get(page).text
    assert ">Naam · Ada Lovelace</option>" in asked
    dates = client.submit(page).headers["Location"]
    assert "04/05/2026 14:00" in client.get(dates).text
    result = client.submit(dates, order="dmy").headers["Location"]
    assert "lijst.csv" in client.get(result).text
    assert stored(make, PlatformFile).least_minutes == 60


def stored(make, kind):
    with make.app.app_context():
        return db.session.scalars(select(kind)).one()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_command_knows_a_platforms_report(app, make, held, tmp_path):
    file = tmp_path / "rapport.csv"
    file.write_text(TEAMS, encoding="utf-16")
    run = app.test_cli_runner().invoke
    dry = run(args=["events", "import-attendance", held.slug, str(file), "--dry-run", "--json"])
    assert dry.exit_code == 0, dry.output
    told = json.loads(dry.output)
    assert (told["layout"], told["read"], told["updated"], told["anonymous"]) == ("teams", 3, 1, 1)
    assert set(states(make).values()) == {"unknown"}
    done = run(args=["events", "import-attendance", held.slug, str(file), "--absent", "--json"])
    assert states(make) == {"Ada": "present", "Grace": "absent"}, done.output
    file.write_text("Wie;Hoe lang\nAda Lovelace;70\n")
    free = ["--column", "name=Wie", "--column", "duration=Hoe lang", "--json"]
    told = json.loads(run(args=["events", "import-attendance", held.slug, str(file), *free]).output)
    assert (told["layout"], told["attended"]) == ("free", 1)

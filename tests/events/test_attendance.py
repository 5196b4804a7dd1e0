"""Who came: marked, undone, taken out as a file and read back."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from crm.db import db
from crm.directory.models import Phone
from crm.events.models import Attendance, AttendanceMark, EventState, Registration, Seat
from crm.events.services import attendance, seats
from crm.events.services.visitors import Visitor
from crm.relations.models import Act, Note
from crm.web.models import Export
from tests.make import EARLY

LATE = EARLY + timedelta(days=1)


def held(make, title=None, **facts):
    """An event of the very day that people register on: who came can be noted ever since."""
    starts, ends = datetime(2026, 3, 2, 14), datetime(2026, 3, 3, 16)  # noqa: DTZ001
    return make.event(title, starts_wall=starts, ends_wall=ends, **facts)


def ask(event, given, family, email, organisation=""):
    visitor = Visitor(given_name=given, family_name=family, email=email, organisation=organisation)
    return seats.ask(event, visitor, mode=None, language="fr", at=EARLY)


def register(make, event, *people):
    """Registrations in a context of their own, for tests through pages and commands."""
    with make.app.app_context():
        event = db.session.merge(event)
        made = [ask(event, given, family, email).id for given, family, email in people]
        db.session.commit()
    return made


ADA, BLAISE = ("Ada", "Lovelace", "ada@example.org"), ("Blaise", "Pascal", "blaise@example.org")


def states(make):
    with make.app.app_context():
        rows = select(Registration.family_name, Registration.attendance).order_by(Registration.id)
        return {name: state.value for name, state in db.session.execute(rows)}


def test_marking_many_says_what_they_were_before_and_can_be_undone(session, make):
    event = held(make)
    first, second = ask(event, *ADA), ask(event, *BLAISE)
    attendance.mark(event, [first.id], Attendance.EXCUSED, by="staff", at=EARLY)
    mark = attendance.mark(event, [first.id, second.id], Attendance.PRESENT, by="staff", at=LATE)
    session.expire_all()
    assert [first.attendance, second.attendance] == [Attendance.PRESENT] * 2
    assert attendance.undo(mark, by="staff", at=LATE) == 2
    session.expire_all()
    assert [first.attendance, second.attendance] == [Attendance.EXCUSED, Attendance.UNKNOWN]
    with pytest.raises(attendance.NothingToUndo):
        attendance.undo(mark, by="staff", at=LATE)


def test_undoing_leaves_alone_what_was_marked_anew_since(session, make):
    event = held(make)
    first, second = ask(event, *ADA), ask(event, *BLAISE)
    mark = attendance.mark(event, [first.id, second.id], Attendance.ABSENT, by="staff", at=EARLY)
    attendance.mark(event, [first.id], Attendance.PRESENT, by="staff", at=LATE)
    assert attendance.undo(mark, by="staff", at=LATE) == 1
    session.expire_all()
    assert [first.attendance, second.attendance] == [Attendance.PRESENT, Attendance.UNKNOWN]


def test_presence_is_in_the_log_of_the_organisation_until_it_is_undone(session, make):
    organisation = make.organisation("Ville d’Angers")
    make.person(*ADA[:2], email=ADA[2], organisation=organisation)
    event = held(make)
    registration = ask(event, *ADA)
    mark = attendance.mark(event, [registration.id], Attendance.PRESENT, by="staff", at=LATE)
    attended = select(Note.organisation_id).where(Note.act == Act.ATTENDED)
    assert session.scalars(attended).all() == [organisation.id]
    attendance.undo(mark, by="staff", at=LATE)
    assert session.scalars(attended).all() == []


def test_people_of_other_events_and_who_withdrew_are_left_alone(session, make):
    event, other = held(make), held(make)
    gone, elsewhere = ask(event, *ADA), ask(other, *BLAISE)
    seats.withdraw(gone, by="public", at=LATE)
    mark = attendance.mark(event, [gone.id, elsewhere.id], Attendance.PRESENT, by="staff", at=LATE)
    assert mark.before == {}


def test_nobody_ticked_and_a_cancelled_event_are_refused(session, make):
    event = held(make)
    with pytest.raises(attendance.NobodyChosen):
        attendance.mark(event, [], Attendance.PRESENT, by="staff", at=EARLY)
    event.state = EventState.CANCELLED
    with pytest.raises(seats.EventCancelled):
        attendance.mark(event, [1], Attendance.PRESENT, by="staff", at=EARLY)


@pytest.mark.parametrize(("hour", "is_known"), [(12, False), (14, True)])
def test_who_came_is_noted_from_the_first_day_on_where_the_event_is(session, make, hour, is_known):
    """In Nouméa the 12th begins at 13:00 UTC of the 11th."""
    event = make.event(zone="Pacific/Noumea")
    registration = ask(event, *ADA)
    at = datetime(2030, 6, 11, hour, tzinfo=UTC)
    attendance.mark(event, [registration.id], Attendance.EXCUSED, by="staff", at=at)
    visitor = Visitor(given_name="Sophie", family_name="Germain", email="", organisation="")
    for state in (Attendance.PRESENT, Attendance.ABSENT):
        if is_known:
            attendance.mark(event, [registration.id], state, by="staff", at=at)
            continue
        with pytest.raises(seats.NotThatDayYet):
            attendance.mark(event, [registration.id], state, by="staff", at=at)
        with pytest.raises(seats.NotThatDayYet):
            seats.walk_in(event, visitor, mode=None, attendance=state, by="staff", at=at)


def test_pages_and_files_say_that_it_is_too_early_to_note_who_came(client, make, tmp_path):
    event = make.event()
    [key] = register(make, event, ADA)
    client.as_("staff")
    page = f"/events/{event.id}/registrations"
    early = "n’a pas commencé"
    assert early in client.submit_and_follow(page, to="/attendance", one=f"{key}:present").text
    # The page offers nothing that would be refused; who had it open since yesterday is told.
    assert "walk-in" not in client.get(page).text and ":present" not in client.get(page).text
    _action, fields = client.filled(page, to="/attendance")
    walk_in = {"given_name": "Sophie", "family_name": "Germain", "csrf_token": fields["csrf_token"]}
    walked = client.post(f"/events/{event.id}/walk-in", data=walk_in)
    assert walked.status_code == 422 and early in walked.text and "Sophie" in walked.text
    client.submit(page, to="/attendance", one=f"{key}:excused")
    text = "email,given_name,family_name,attendance\nada@example.org,,,yes\n,Sophie,Germain,yes\n"
    _done, told = imported(make, tmp_path, event, text)
    assert (told["refused"], told["created"], told["updated"]) == (2, 0, 0)
    assert states(make) == {"Lovelace": "excused"}


def test_staff_mark_one_person_many_and_all_of_a_filter_and_undo(client, make):
    event = held(make)
    ids = register(make, event, ADA, BLAISE)
    client.as_("staff")
    page = f"/events/{event.id}/registrations"
    done = client.submit_and_follow(page, to="/attendance", one=f"{ids[0]}:present")
    assert "Notés présents\N{NO-BREAK SPACE}: 1." in done.text
    assert states(make) == {"Lovelace": "present", "Pascal": "unknown"}
    client.submit(page, to="/attendance", act="absent", chosen=[str(key) for key in ids])
    assert states(make) == {"Lovelace": "absent", "Pascal": "absent"}
    client.submit(f"{page}?q=pascal", to="/attendance", act="excused", all="yes")
    assert states(make) == {"Lovelace": "absent", "Pascal": "excused"}
    with make.app.app_context():
        newest = db.session.scalars(select(AttendanceMark.id).order_by(AttendanceMark.id.desc())).first()
    undone = client.submit_and_follow(page, to=f"/attendance/{newest}/undo")
    assert "Annulé pour 1 personne." in undone.text
    assert states(make) == {"Lovelace": "absent", "Pascal": "absent"}


def test_ticking_nobody_says_what_to_do(client, make):
    event = held(make)
    register(make, event, ADA)
    client.as_("staff")
    page = client.submit_and_follow(f"/events/{event.id}/registrations", to="/attendance", act="present")
    assert "Cochez d’abord au moins une personne." in page.text


def test_someone_who_came_without_registering_is_added_in_one_line(client, make):
    event = held(make, capacity=1)
    register(make, event, ADA)
    client.as_("staff")
    page = f"/events/{event.id}/registrations"
    facts = {"given_name": "Sophie", "family_name": "Germain"}
    assert "Sophie Germain est sur la liste" in client.submit_and_follow(page, to="/walk-in", **facts).text
    assert states(make) == {"Lovelace": "unknown", "Germain": "present"}
    refused = client.submit(page, to="/walk-in", given_name="Sophie")
    assert refused.status_code == 422 and "Saisissez un nom" in refused.text


# The file


def taken(client, event, format, **facts):
    return client.submit(f"/events/{event.id}/export", format=format, **{"purpose": "Bilan", **facts})


def table(answer):
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def test_the_list_as_csv_opens_in_a_french_spreadsheet(client, make):
    organisation = make.organisation("Ville d’Angers")
    person = make.person(*ADA[:2], email=ADA[2], organisation=organisation, function="Maire")
    make.add(Phone(person_id=person.id, number="+33241054000", position=0))
    event = held(make, "Journée")
    register(make, event, ADA)
    answer = taken(client.as_("staff"), event, "csv")
    assert answer.data.startswith(b"\xef\xbb\xbf") and b"\r\n" in answer.data
    assert table(answer) == [
        ["Civilité", "Prénom", "Nom", "Adresse électronique", "Téléphone", "Organisation", "Fonction",
         "Catégorie", "Participe", "Place", "Présence", "Inscription du"],
        ["", "Ada", "Lovelace", "ada@example.org", "+33241054000", "Ville d’Angers", "Maire", "Autre",
         "Sur place", "Inscrit", "Non renseigné", "2026-03-02 10:00"],
    ]  # fmt: skip
    assert "journee" not in answer.headers["Content-Disposition"].partition("=")[0]


def test_the_function_of_that_day_is_exported_when_it_has_changed_since(client, make):
    organisation = make.organisation("Ville d’Angers")
    make.person(*ADA[:2], email=ADA[2], organisation=organisation, function="Maire")
    event = held(make)
    register(make, event, ADA)
    with make.app.app_context():
        from crm.directory.models import Role

        db.session.scalars(select(Role)).one().function = "Ancienne maire"
        db.session.commit()
    assert table(taken(client.as_("staff"), event, "csv", columns=["function"]))[1] == ["Maire"]


def test_a_name_that_a_spreadsheet_would_run_is_made_harmless(client, make):
    event = held(make)
    register(make, event, ('=HYPERLINK("http://x")', "Lovelace", "ada@example.org"))
    answer = taken(client.as_("staff"), event, "csv", columns=["given_name"])
    assert table(answer)[1] == ['\'=HYPERLINK("http://x")']


def test_the_workbook_says_event_filter_day_and_author_and_the_table_follows(client, make):
    event = held(make, "Journée des données")
    register(make, event, ADA)
    client.as_("staff", name="Camille Martin")
    answer = client.submit(
        f"/events/{event.id}/export?seat=confirmed",
        format="xlsx",
        purpose="Bilan",
        columns=["family_name", "attendance"],
    )
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    answer.close()
    said = " ".join(str(cell) for row in rows[:4] for cell in row)
    assert "Journée des données" in said and "Inscrit" in said and "Camille Martin" in said
    assert rows[-2:] == [["Nom", "Présence"], ["Lovelace", "Non renseigné"]]


def test_the_export_holds_what_the_list_shows_and_is_remembered(client, make):
    event = held(make, capacity=1)
    register(make, event, ADA, BLAISE)
    client.as_("staff")
    client.submit(f"/events/{event.id}/export?seat=waiting", format="csv", purpose="Relancer")
    with make.app.app_context():
        log = db.session.scalars(select(Export)).one()
    assert (log.what, log.rows, log.format, log.actor) == (
        f"events:{event.id}",
        1,
        "csv",
        "staff@example.org",
    )
    assert (log.chosen, log.purpose) == ("Liste d’attente", "Relancer")


def test_a_viewer_takes_no_list_out(client, make):
    event = held(make)
    register(make, event, ADA)
    assert client.as_("viewer").get(f"/events/{event.id}/export").status_code == 403


def test_no_column_chosen_is_refused(client, make):
    event = held(make)
    register(make, event, ADA)
    refused = taken(client.as_("staff"), event, "csv", columns=None)
    assert refused.status_code == 422 and "Choisissez au moins une colonne" in refused.text


# The command line


def run(make, *words):
    return make.app.test_cli_runner().invoke(args=["events", *(str(word) for word in words)])


def test_the_command_lists_every_event(make):
    event = held(make, "Journée", slug="journee")
    register(make, event, ADA, BLAISE)
    told = json.loads(run(make, "list", "--json").stdout)
    assert told == [
        {
            "id": event.id,
            "slug": "journee",
            "title": "Journée",
            "state": "open",
            "starts": "2026-03-02T14:00:00+01:00",
            "registered": 2,
            "attended": 0,
        }
    ]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_our_own_export_reads_back_without_changing_anything(make, tmp_path, form, language):
    event = held(make, slug="journee")
    register(make, event, ADA, BLAISE, ("=Zoé", "@Admin", "zoe@example.org"))
    file = tmp_path / f"list.{form}"
    out = run(make, "export-attendance", "journee", "--format", form, "--out", file, "--language", language)
    assert out.exit_code == 0, out.output
    back = run(make, "import-attendance", event.id, file, "--json")
    assert json.loads(back.stdout) == {
        "read": 3, "created": 0, "updated": 0, "unchanged": 3, "refused": 0, "refused_file": None,
    }  # fmt: skip


def test_a_csv_with_its_heading_reads_back_too(make, tmp_path):
    event = held(make)
    register(make, event, ADA)
    file = tmp_path / "list.csv"
    run(make, "export-attendance", event.id, "--heading", "--out", file)
    assert json.loads(run(make, "import-attendance", event.id, file, "--json").stdout)["unchanged"] == 1


def imported(make, tmp_path, event, text, *options):
    file = tmp_path / "presence.csv"
    file.write_text(text, "utf-8")
    done = run(make, "import-attendance", event.id, file, "--json", *options)
    return done, json.loads(done.stdout) if done.stdout.startswith("{") else None


def test_a_simple_list_notes_who_came_and_adds_who_was_not_registered(make, tmp_path):
    event = held(make)
    register(make, event, ADA, BLAISE)
    text = "courriel;prénom;nom;présence\nada@example.org;;;oui\n;Pascal;Blaise;absent\n;Sophie;Germain;x\n"
    done, told = imported(make, tmp_path, event, text)
    assert done.exit_code == 0
    assert (told["read"], told["created"], told["updated"]) == (3, 1, 2)
    assert states(make) == {"Lovelace": "present", "Pascal": "absent", "Germain": "present"}


def test_a_dry_run_changes_nothing(make, tmp_path):
    event = held(make)
    register(make, event, ADA)
    done, told = imported(make, tmp_path, event, "email,attendance\nada@example.org,present\n", "--dry-run")
    assert (done.exit_code, told["updated"]) == (0, 1)
    assert states(make) == {"Lovelace": "unknown"}


def test_rows_that_cannot_be_used_come_back_with_the_reason(make, tmp_path):
    event = held(make)
    register(make, event, ADA, BLAISE)
    text = "email,attendance\nada@example.org,maybe\nnobody@example.org,yes\nblaise@example.org,yes\n"
    done, told = imported(make, tmp_path, event, text)
    assert (done.exit_code, told["refused"], told["updated"]) == (1, 2, 1)
    with open(told["refused_file"], encoding="utf-8-sig") as file:  # noqa: PTH123
        rows = list(csv.reader(file, delimiter=";"))
    assert [row[:3] for row in rows[1:]] == [
        ["ada@example.org", "maybe", "2"],
        ["nobody@example.org", "yes", "3"],
    ]
    assert "maybe" in rows[1][3]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("email,town\nada@example.org,Angers\n", "email, town"),
        ("town,attendance\nAngers,yes\n", "town, attendance"),
        ("", "presence.csv"),
    ],
)
def test_a_file_that_says_nothing_is_refused_whole(make, tmp_path, text, sentence):
    event = held(make)
    register(make, event, ADA)
    done, told = imported(make, tmp_path, event, text)
    assert done.exit_code == 1 and told is None
    assert sentence in done.output


def test_the_same_person_said_present_and_absent_is_refused(make, tmp_path):
    event = held(make)
    register(make, event, ADA)
    _done, told = imported(
        make, tmp_path, event, "email,attendance\nada@example.org,yes\nada@example.org,no\n"
    )
    assert (told["updated"], told["refused"]) == (1, 1)


def test_an_unknown_event_or_column_is_said(make, tmp_path):
    event = held(make)
    assert "no event 'nowhere'" in run(make, "export-attendance", "nowhere", "--out", tmp_path / "x").output
    wrong = run(make, "export-attendance", event.id, "--columns", "email,shoe", "--out", tmp_path / "x")
    assert wrong.exit_code == 1 and "shoe" in wrong.output


def test_who_withdrew_is_not_noted_as_present_from_a_file(make, tmp_path):
    event = held(make)
    [key] = register(make, event, ADA)
    with make.app.app_context():
        seats.withdraw(db.session.get_one(Registration, key), by="public", at=LATE)
        db.session.commit()
    _done, told = imported(make, tmp_path, event, "email,attendance\nada@example.org,yes\n")
    assert told["refused"] == 1
    with make.app.app_context():
        assert db.session.get_one(Registration, key).seat == Seat.WITHDRAWN

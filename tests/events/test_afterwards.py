"""After the event: what it leaves behind, thanks to those who came, and evaluations that stay anonymous."""

import io
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import inspect, select

from crm import clock
from crm.db import db
from crm.directory import queries as directory
from crm.events.evaluation import services as evaluations
from crm.events.evaluation.models import Evaluation, EvaluationQuestion, Kind, Sheet, SheetAnswer, Signature
from crm.events.evaluation.services import Wanted
from crm.events.models import Attendance, Registration
from crm.events.platforms.models import Connected
from crm.events.resources import services as resources
from crm.events.resources.models import ReplayRequest, Resource, ResourceKind
from crm.events.services import seats
from crm.events.services.visitors import Visitor
from crm.history import Change
from crm.mailings import after_events
from crm.mailings.after_events import Whom
from crm.mailings.models import Mailing
from tests.make import EARLY
from tests.outbox import send_due

LATE = EARLY + timedelta(days=3)
ON_ONE_ENGINE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def past(make, **facts):
    """An event that is over; people registered for it before."""
    starts, ends = datetime(2026, 3, 2, 14), datetime(2026, 3, 2, 16)  # noqa: DTZ001
    return make.event("Webinaire santé", starts_wall=starts, ends_wall=ends, **facts)


def came(event, number, attendance=Attendance.PRESENT):
    visitor = Visitor(given_name=f"P{number}", family_name="Roux", email=f"p{number}@example.org")
    one = seats.ask(event, visitor, mode=None, language="fr", at=EARLY)
    one.attendance = attendance
    db.session.flush()
    return one


QUESTIONS = (
    Wanted("Satisfait ?", Kind.RATING, is_required=True),
    Wanted("Et demain ?", Kind.CHOICE, ("Oui", "Peut-être")),
    Wanted("Un mot ?", Kind.TEXT),
)


def opened(event, **facts):
    facts = {"is_anonymous": True, "introduction": "", "questions": QUESTIONS, **facts}
    evaluation = evaluations.write(event, **facts)
    evaluations.open_up(evaluation, at=LATE)
    return evaluation


def answer(evaluation, registration, *said, at=LATE):
    keys = [question.id for question in evaluation.questions]
    evaluations.answer(registration, dict(zip(keys, said, strict=False)), at=at)


def test_an_anonymous_sheet_has_no_link_to_anybody_and_no_hour(session, make):
    event = past(make)
    evaluation = opened(event)
    before = len(session.scalars(select(Change)).all())
    answer(evaluation, came(event, 1), "5", "Oui", "Bravo")
    answer(evaluation, came(event, 2), "1")
    columns = {column.name: column.type.python_type for column in inspect(Sheet).columns}
    assert columns == {"id": int, "evaluation_id": int, "answered_on": date}
    targets = {
        key.column.table.name for model in (Sheet, SheetAnswer) for key in model.__table__.foreign_keys
    }
    assert targets == {"evaluations", "evaluation_sheets", "evaluation_questions"}
    assert session.scalars(select(Signature)).all() == []
    told = [change.record for change in session.scalars(select(Change))][before:]
    assert not [record for record in told if record.startswith("evaluation_")]
    first, second = session.scalars(select(Sheet.id))
    assert abs(first - second) > 1  # made by chance: the order of answering is not kept


def test_an_evaluation_is_answered_once_and_only_by_those_who_came(session, make):
    event = past(make)
    evaluation = opened(event)
    one = came(event, 1)
    answer(evaluation, one, "4")
    with pytest.raises(evaluations.AnsweredAlready):
        answer(evaluation, one, "5")
    with pytest.raises(evaluations.WasNotThere):
        answer(evaluation, came(event, 2, Attendance.ABSENT), "5")
    with pytest.raises(evaluations.AnswerMissing):
        answer(evaluation, came(event, 3), "", "Oui")
    for said in (("6",), ("5", "Jamais")):
        with pytest.raises(evaluations.NotAnAnswer):
            answer(evaluation, came(event, 4), *said)
    evaluations.close(evaluation, at=LATE)
    with pytest.raises(evaluations.NotOpen):
        answer(evaluation, came(event, 5), "5")
    assert evaluations.number_answered(evaluation) == 1


def test_anonymous_results_appear_from_five_answers_on(session, make):
    event = past(make)
    evaluation = opened(event)
    for number in range(4):
        answer(evaluation, came(event, number), "4", "Oui")
    assert evaluations.results(evaluation) is None
    answer(evaluation, came(event, 5), "1", "Peut-être", "Trop long")
    mark, choice, text = evaluations.results(evaluation)
    assert (mark.counts, mark.average) == ([("1", 1), ("2", 0), ("3", 0), ("4", 4), ("5", 0)], 3.4)
    assert (choice.counts, text.texts) == ([("Oui", 4), ("Peut-être", 1)], ["Trop long"])


def test_answers_with_names_are_shown_at_once_and_taken_away_at_wish(session, make):
    event = past(make)
    evaluation = opened(event, is_anonymous=False)
    one = came(event, 1)
    answer(evaluation, one, "4", "Oui", "Merci")
    assert evaluations.results(evaluation)[2].texts == ["Merci"]
    assert ("Un mot ?", "Merci") in evaluations.told(one, "fr")
    evaluations.forget(one)
    assert evaluations.results(evaluation)[2].texts == []
    assert evaluations.told(one, "fr") == []


def test_questions_stay_once_somebody_answered_and_anonymity_once_it_opened(session, make):
    event = past(make)
    evaluation = opened(event)
    with pytest.raises(evaluations.OpenedAlready):
        evaluations.write(event, is_anonymous=False, introduction="", questions=QUESTIONS)
    answer(evaluation, came(event, 1), "4")
    evaluations.write(event, is_anonymous=True, introduction="Merci !", questions=QUESTIONS)
    with pytest.raises(evaluations.HasAnswers):
        evaluations.write(event, is_anonymous=True, introduction="", questions=QUESTIONS[:1])
    with pytest.raises(evaluations.ChoicesMissing):
        evaluations.write(
            past(make), is_anonymous=True, introduction="", questions=[Wanted("?", Kind.CHOICE)]
        )


def test_those_who_came_are_written_to_once_and_not_after_they_answered(session, make):
    event = past(make)
    evaluation = evaluations.write(event, is_anonymous=True, introduction="", questions=QUESTIONS)
    came(event, 1), came(event, 2), came(event, 3, Attendance.ABSENT)
    assert evaluations.send(evaluation, by="staff", at=LATE) == 2
    answer(evaluation, session.scalars(select(Registration)).first(), "5")
    assert evaluations.send(evaluation, by="staff", at=LATE) == 0


# What stays


def test_links_and_files_are_shown_after_the_event_to_those_they_are_for(session, make):
    event = past(make)
    add = {"kind": ResourceKind.REPLAY, "title": "Vidéo", "at": EARLY}
    resources.add(event, url="https://video.example.org/1", is_public=True, **add)
    resources.add(event, url="https://video.example.org/2", is_public=False, **add)
    during = event.starts_at
    assert resources.shown(event, to_registered=True, at=during) == []
    assert len(resources.shown(event, to_registered=False, at=LATE)) == 1
    assert len(resources.shown(event, to_registered=True, at=LATE)) == 2
    for url in ("javascript:alert(1)", "ftp://example.org", "video"):
        with pytest.raises(resources.NoWebLink):
            resources.add(event, url=url, is_public=True, **add)
    with pytest.raises(resources.LinkOrFile):
        resources.add(event, is_public=True, **add)


def test_the_audiences_of_thanks_are_the_conditions_of_participation(session, make):
    event = past(make)
    there, missed, unknown = (
        came(event, 1),
        came(event, 2, Attendance.ABSENT),
        came(event, 3, Attendance.UNKNOWN),
    )
    resources.ask(unknown, at=LATE)
    resources.ask(unknown, at=LATE)
    for whom, one in ((Whom.CAME, there), (Whom.ABSENT, missed), (Whom.ASKED, unknown)):
        people = directory.people_filtered(after_events.audience(event, whom), day=LATE.date())
        assert [person.id for person in session.scalars(people)] == [one.person_id], whom
    assert resources.number_asking(event) == 1


@pytest.fixture
def held(make):
    event = past(make)
    with make.app.app_context():
        one = came(db.session.merge(event), 1)
        db.session.commit()
        return event, one.token


@ON_ONE_ENGINE
def test_thanks_are_a_draft_with_words_and_audience(client, make, held):
    event, _token = held
    client.as_("staff")
    page = f"/events/{event.id}/after"
    answer = client.submit(page, to=f"/mailings/after/{event.id}/came")
    assert answer.status_code == 302
    with make.app.app_context():
        mailing = db.session.scalars(select(Mailing)).one()
        [part] = mailing.parts
    assert mailing.subject_fr.startswith("Merci d’être venus")
    assert f"/e/{event.slug}" in mailing.body_fr and f"/e/{event.slug}" in mailing.body_en
    assert f"events.came.yes;event:{event.id}" in part.filter and not part.is_excluded
    assert client.get(answer.headers["Location"]).status_code == 200


def content(client, address):
    with client.get(address) as answer:
        return answer.data


@ON_ONE_ENGINE
def test_staff_add_a_file_that_the_public_page_shows_and_gives(client, make, held):
    event, token = held
    client.as_("staff")
    page = f"/events/{event.id}/after"
    pdf = (io.BytesIO(b"%PDF-1.4 rien"), "diapos.pdf")
    sent = client.submit(page, kind="slides", title="Les diapos", file=pdf)
    assert sent.status_code == 302
    client.get(page)
    assert "Les diapos" not in client.get(f"/e/{event.slug}").text
    assert "Les diapos" in client.get(f"/r/{token}/resources").text
    with make.app.app_context():
        one = db.session.scalars(select(Resource)).one()
    assert client.get(f"/e/{event.slug}/resources/{one.stored_as}").status_code == 404
    assert content(client, f"/r/{token}/resources/{one.stored_as}").startswith(b"%PDF")
    client.submit(page, to=f"/resources/{one.id}/publish")
    assert "Les diapos" in client.get(f"/e/{event.slug}").text
    assert content(client, f"/e/{event.slug}/resources/{one.stored_as}").startswith(b"%PDF")
    client.submit(f"/r/{token}/resources")
    with make.app.app_context():
        assert db.session.scalars(select(ReplayRequest)).one().event_id == event.id
    assert client.submit(page, kind="replay", title="Rien").status_code == 422


@ON_ONE_ENGINE
def test_an_evaluation_is_written_sent_answered_and_read(client, make, held):
    event, token = held
    client.as_("staff")
    page = f"/events/{event.id}/evaluation"
    client.submit(page, to="/evaluation", introduction="Deux minutes")
    client.submit(page, to="/evaluation/send")
    with make.app.app_context():
        [mail] = send_due(at=clock.now())
        asked = db.session.scalars(select(EvaluationQuestion)).all()
    assert f"/r/{token}/evaluation" in mail.text
    assert f"/r/{token}/evaluation" in client.get(f"/r/{token}").text
    own = f"/r/{token}/evaluation"
    assert client.submit(own).status_code == 422
    assert client.submit(own, **{f"q{asked[0].id}": "5", f"q{asked[3].id}": "<b>Bravo"}).status_code == 302
    assert "vous avez déjà répondu" in client.get(own).text.lower()
    assert f"/r/{token}/evaluation" not in client.get(f"/r/{token}").text
    assert "Bravo" not in client.get(f"{page}/results").text
    with make.app.app_context():
        db.session.scalars(select(Evaluation)).one().is_anonymous = False
        db.session.commit()
    assert "&lt;b&gt;Bravo" in client.get(f"{page}/results").text


def test_whoever_is_erased_leaves_no_name_in_a_platforms_file(session, make):
    from crm.events.own import holdings

    event = past(make)
    one = came(event, 1)
    connected = make.platform_person(event, "P1 Roux", registration_id=one.id, email="p1@example.org")
    assert any("P1 Roux" in value for _label, value in holdings.told(one, "fr"))
    holdings.forget(one)
    session.expire_all()
    kept = session.get(Connected, connected.id)
    assert (kept.name, kept.email, kept.seconds) == ("", "", 3600)

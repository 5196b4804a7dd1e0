"""The registration form as pages: built by staff, filled in by anyone without JavaScript, answers changed."""

import io
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from crm import clock
from crm.db import db
from crm.events import robots
from crm.events.admission import services as admission
from crm.events.admission.models import ListedAddress
from crm.events.models import Approval, Event, Registration, Seat, Visibility
from crm.events.questions import answering
from crm.events.questions.models import Question, QuestionAnswer, QuestionSet
from crm.events.questions.tasks import forget
from crm.events.services import agenda
from crm.mail import addresses
from crm.web import files
from tests.outbox import send_due

ADA = {"given_name": "Ada", "family_name": "Lovelace", "email": "ada@example.org"}
EVIL = "<img src=x onerror=alert(1)>{{7*7}}"
PDF = b"%PDF-1.4 rien"


@pytest.fixture(autouse=True)
def slow_reader(monkeypatch):
    """Nobody types as quickly as a test."""
    monkeypatch.setattr(robots, "QUICKEST", timedelta(0))


def stored(make, kind, **facts):
    with make.app.app_context():
        return db.session.scalars(select(kind).filter_by(**facts).order_by(kind.id)).all()


def change(make, event, **facts):
    with make.app.app_context():
        found = db.session.get_one(Event, event.id)
        for name, value in facts.items():
            setattr(found, name, value)
        admission.reckon(found)
        db.session.commit()


def register(client, event, **facts):
    return client.submit(f"/e/{event.slug}", **{**ADA, **facts})


def told(make):
    return [(a.asked_fr, a.value or a.text or a.number) for a in stored(make, QuestionAnswer)]


# Staff build it


def test_staff_write_order_retire_and_take_over_questions(client, make):
    event, other = make.event(), make.event()
    client.as_("staff")
    page = f"/events/{event.id}/form"
    facts = {"title_fr": "Quel repas ?", "purpose": "Commander", "kind": "choice"}
    lines = {"choices-0-name_fr": "Poisson", "choices-1-name_fr": "Riz", "choices-1-rank": "1"}
    made = client.submit_and_follow(f"{page}/new", **facts, **lines)
    assert "Quel repas" in made.text
    [meal] = stored(make, Question)
    assert [choice["key"] for choice in meal.choices] == ["riz", "poisson"]
    client.submit(f"{page}/new", title_fr="Lequel ?", purpose="Commander", shown_if=[f"{meal.key}:riz"])
    assert stored(make, Question)[1].depends_values == ["riz"]
    refused = client.submit_and_follow(page, to=f"/form/{meal.id}/down")
    assert "ne s’affiche qu’après certaines réponses" in refused.text
    assert "sont gardées" in client.submit_and_follow(page, to="/keep", name="Repas du midi").text
    [kept] = stored(make, QuestionSet)
    taken = client.submit_and_follow(f"/events/{other.id}/form", to="/take", source=f"set:{kept.id}")
    assert "2 questions sont reprises" in taken.text
    assert len(stored(make, Question, event_id=other.id)) == 2


def test_more_lines_for_choices_lose_nothing_that_was_typed(client, make):
    client.as_("staff")
    event = make.event()
    action, fields = client.filled(
        f"/events/{event.id}/form/new", title_fr="Repas", kind="choice", **{"choices-0-name_fr": "Poisson"}
    )
    shown = client.post(action, data={**fields, "more": "1"})
    assert shown.status_code == 200
    assert 'value="Poisson"' in shown.text and 'name="choices-6-name_fr"' in shown.text
    assert stored(make, Question) == []


def test_a_sensitive_question_is_asked_about_before_it_is_asked(client, make):
    event = make.event()
    client.as_("staff")
    facts = {"title_fr": "Vos allergies", "purpose": "Commander les repas"}
    warned = client.submit(f"/events/{event.id}/form/new", **facts)
    assert warned.status_code == 422 and "la santé ou le handicap" in warned.text
    assert stored(make, Question) == []
    assert client.submit(f"/events/{event.id}/form/new", **facts, is_meant="y").status_code == 302
    assert "sensible" in client.get(f"/events/{event.id}/form").text


# Anyone fills it in


def test_the_public_form_asks_checks_and_keeps_answers(client, make):
    event = make.event()
    make.question(event, "Repas", "choice", is_required=True)
    make.question(event, "Lequel ?", depends_on="repas", depends_values=["autre"], is_required=True)
    make.question(event, "Ateliers", "choices", choices=("Un", "Deux"))
    page = client.get(f"/e/{event.slug}").text
    assert "Seulement si vous avez répondu" in page and "Commander les repas" in page
    refused = register(client, event, **{"q-repas": "autre", "q-ateliers": ["un", "deux"]})
    assert refused.status_code == 422 and "Répondez à cette question" in refused.text
    assert refused.text.count("checked") == 3 and 'value="ada@example.org"' in refused.text
    assert stored(make, Registration) == []
    assert register(client, event, **{"q-repas": "autre", "q-lequel": "Riz", "q-ateliers": ["deux"]}).location
    assert told(make) == [("Repas", "autre"), ("Lequel ?", "Riz"), ("Ateliers", "deux")]


@pytest.mark.parametrize("typed", [{"q-repas": "viande"}, {"q-age": "x"}])
def test_answers_that_the_page_does_not_offer_are_refused(client, make, typed):
    event = make.event()
    make.question(event, "Repas", "choice")
    make.question(event, "Age", "number", is_meant=True)
    assert register(client, event, **typed).status_code == 422
    assert stored(make, Registration) == []


def test_a_form_sent_twice_answers_once_and_a_stranger_changes_nothing(client, make):
    event = make.event()
    make.question(event, "Note")
    action, fields = client.filled(f"/e/{event.slug}", **ADA, **{"q-note": "la mienne"})
    assert client.post(action, data=fields).location == client.post(action, data=fields).location
    assert register(client, event, **{"q-note": "celle d’un autre"}).status_code == 302
    assert told(make) == [("Note", "la mienne")]


def send_file(client, event, content, name):
    action, fields = client.filled(f"/e/{event.slug}", **ADA)
    return client.post(action, data={**fields, "q-cv": (io.BytesIO(content), name)})


def test_a_file_is_known_by_its_content_and_given_back_as_a_download(client, make, data_dir, monkeypatch):
    event = make.event()
    make.question(event, "CV", "file", is_required=True)
    assert "Joignez un fichier" in register(client, event).text
    for content, name in ((b"MZ\x90\x00 exe", "cv.pdf"), (b"<html><script>", "cv.txt"), (b"", "cv.pdf")):
        assert send_file(client, event, content, name).status_code == 422
    with monkeypatch.context() as smaller:
        smaller.setattr(answering, "MOST_FILE", 1_000)
        big = send_file(client, event, PDF + b"x" * 1_000, "cv.pdf")
    assert big.status_code == 422 and "dépasse" in big.text
    before = set((data_dir / "files").glob("*"))
    assert send_file(client, event, PDF, "../../cv.pdf").status_code == 302
    [answer] = stored(make, QuestionAnswer)
    assert answer.text == "cv.pdf" and len(set((data_dir / "files").glob("*")) - before) == 1
    [registration] = stored(make, Registration)
    mine = client.get(f"/r/{registration.token}/answers/q-cv")
    assert mine.data == PDF and "attachment" in mine.headers["Content-Disposition"]
    mine.close()
    client.as_("viewer")
    theirs = f"/events/{event.id}/registrations/{registration.id}"
    assert f"{theirs}/answers/{answer.id}" in client.get(theirs).text
    client.get(f"{theirs}/answers/{answer.id}").close()
    other = make.event()
    assert (
        client.get(f"/events/{other.id}/registrations/{registration.id}/answers/{answer.id}").status_code
        == 404
    )


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_file_of_a_hundred_megabytes_is_refused_in_words(client, make):
    event = make.event()
    make.question(event, "CV", "file")
    refused = client.post(f"/e/{event.slug}", data=b"", content_length=100 * 1024 * 1024)
    assert refused.status_code == 413 and "trop" in refused.text


def test_a_refused_form_keeps_no_file(client, make, data_dir, monkeypatch):
    event = make.event(is_list_closed=True)
    make.question(event, "CV", "file")
    files_before = set((data_dir / "files").glob("*"))
    assert send_file(client, event, PDF, "cv.pdf").status_code == 422
    assert set((data_dir / "files").glob("*")) == files_before


def test_html_of_a_stranger_is_text_on_every_page_of_staff(client, make):
    event = make.event(needs_approval=True)
    for kind in ("text", "long_text"):
        make.question(event, f"Q {kind}", kind)
    register(client, event, family_name="Lovelace", **{"q-q-text": EVIL, "q-q-long-text": EVIL})
    [registration] = stored(make, Registration)
    client.as_("admin")
    columns = "columns=q-q-text&columns=q-q-long-text"
    for page in (
        f"registrations?{columns}&q-q-text=img", f"registrations/{registration.id}", "requests", "answers",
        f"registrations/{registration.id}/answers", "form", f"export?{columns}",
    ):  # fmt: skip
        text = client.get(f"/events/{event.id}/{page}").text
        assert "<img src=x" not in text, page
    assert "&lt;img src=x" in client.get(f"/events/{event.id}/requests").text


def test_answers_are_columns_filters_and_figures(client, make):
    event = make.event()
    make.question(event, "Repas", "choice")
    register(client, event, **{"q-repas": "poisson"})
    register(client, event, given_name="Blaise", email="b@example.org")
    client.as_("staff")
    listed = f"/events/{event.id}/registrations"
    both = client.get(f"{listed}?columns=q-repas").text
    assert "answer-cell" in both
    assert "Blaise" in both
    one = client.get(f"{listed}?q-repas=poisson").text
    assert "Ada" in one and "Blaise" not in one
    figures = client.get(f"/events/{event.id}/answers").text
    assert f"{listed}?q-repas=poisson" in figures and "1 personne a répondu" in figures


def test_the_export_takes_the_chosen_questions_and_the_filter(client, make):
    event = make.event()
    make.question(event, "Repas", "choice")
    register(client, event, **{"q-repas": "poisson"})
    register(client, event, given_name="Blaise", email="b@example.org")
    client.as_("staff")
    page = f"/events/{event.id}/export?q-repas=poisson"
    taken = client.submit(page, format="csv", purpose="Traiteur", columns=["given_name", "q-repas"])
    assert taken.text.lstrip("\ufeff").splitlines() == ["Prénom;Repas", "Ada;Poisson"]


# One's own answers


def test_whoever_is_registered_sees_and_changes_the_answers(client, make):
    event = make.event()
    make.question(event, "Repas", "choice")
    register(client, event, **{"q-repas": "poisson"})
    [registration] = stored(make, Registration)
    assert f"/r/{registration.token}/answers" in client.get(f"/r/{registration.token}").text
    own = f"/r/{registration.token}/answers"
    saved = client.submit_and_follow(own, **{"q-repas": "vegetarien"})
    assert "Vos réponses sont enregistrées" in saved.text
    assert told(make) == [("Repas", "vegetarien")]
    assert client.submit(own, **{"q-repas": "viande"}).status_code == 422
    action, fields = client.filled(own, **{"q-repas": "poisson"})
    client.submit(f"/r/{registration.token}", to="/withdraw")
    assert client.post(action, data=fields).status_code == 422
    assert told(make) == [("Repas", "vegetarien")]
    assert client.get("/r/unknown/answers").status_code == 404


# Several people in one go


def with_colleague(client, event, **facts):
    action, fields = client.filled(f"/e/{event.slug}", **ADA)
    shown = client.post(action, data={**fields, "more": "1", **facts})
    assert shown.status_code == 200 and 'value="ada@example.org"' in shown.text
    other = {"given_name": "Blaise", "family_name": "Pascal", "email": "b@example.org"}
    return action, {**fields, **{f"others-0-{name}": value for name, value in other.items()}}


def test_one_colleague_registers_others_each_with_a_seat_and_a_mail(client, make):
    event = make.event(capacity=1)
    make.question(event, "Repas", "choice", is_required=True)
    make.question(event, "J’accepte d’être photographiée", "consent", is_required=True)
    consent = stored(make, Question)[1].name
    action, fields = with_colleague(client, event)
    fields |= {"q-repas": "poisson", consent: "y"}
    refused = client.post(action, data=fields)
    assert refused.status_code == 422 and "#others-0-q-repas-0" in refused.text
    assert stored(make, Registration) == []
    action, fields = with_colleague(client, event)
    fields |= {"q-repas": "poisson", consent: "y", "others-0-q-repas": "autre"}
    done = client.post(action, data=fields)
    thanks = client.get(done.location).text
    assert "2 personnes" in thanks and "Vos inscriptions sont enregistrées" in thanks
    assert f'class="btn" href="/e/{event.slug}"' in thanks
    assert [r.seat for r in stored(make, Registration)] == [Seat.CONFIRMED, Seat.WAITING]
    with make.app.app_context():
        assert {message.to for message in send_due(at=clock.now())} == {"ada@example.org", "b@example.org"}
    blaise = stored(make, Registration)[1]
    assert "1 question attend votre réponse" in client.get(f"/r/{blaise.token}").text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_of_people_who_name_each_other_nobody_waits_with_the_event_locked(client, make, monkeypatch):
    event, order = make.event(), []
    add, lock = addresses.add, agenda.lock

    def adding(email, **facts):
        order.append(email)
        return add(email, **facts)

    def locking(event):
        order.append("lock")
        lock(event)

    action, fields = with_colleague(client, event)
    monkeypatch.setattr(addresses, "add", adding)
    monkeypatch.setattr(agenda, "lock", locking)
    fields |= {"email": "zoe@example.org", "others-0-email": "B@example.org"}
    assert client.post(action, data=fields).status_code == 302
    assert order[:3] == ["b@example.org", "zoe@example.org", "lock"]
    assert set(order[3:]) == {"lock"}


def test_an_empty_line_is_nobody_and_a_half_one_is_asked_for(client, make):
    event = make.event()
    action, fields = with_colleague(client, event)
    half = client.post(action, data={**fields, "others-0-email": ""})
    assert half.status_code == 422 and "son adresse électronique" in half.text
    empty = {name: "" for name in fields if name.startswith("others-0-")}
    _action, fresh = client.filled(f"/e/{event.slug}", **ADA)
    assert client.post(action, data={**fresh, **empty}).status_code == 302
    assert len(stored(make, Registration)) == 1


def test_people_brought_count_against_the_limits_and_are_five_at_most(client, make, monkeypatch):
    event = make.event()
    action, fields = client.filled(f"/e/{event.slug}", **ADA)
    many = {
        f"others-{n}-{name}": value
        for n in range(7)
        for name, value in {"given_name": "P", "family_name": f"N{n}", "email": f"p{n}@example.org"}.items()
    }
    assert client.post(action, data={**fields, **many}).status_code == 302
    assert len(stored(make, Registration)) == 6
    monkeypatch.setattr(robots, "MOST_PER_NETWORK", 7)
    action, fields = with_colleague(client, event)
    fields |= {"family_name": "Autre", "email": "autre@example.org"}
    assert client.post(action, data=fields).status_code == 429


# Who may register


def test_the_page_says_when_registration_opens_and_ends(client, make):
    event = make.event()
    soon = datetime.now() + timedelta(days=3)  # noqa: DTZ005  (a wall)
    change(make, event, opens_wall=soon.replace(hour=9, minute=0, second=0, microsecond=0))
    page = client.get(f"/e/{event.slug}").text
    assert "Les inscriptions ouvrent le" in page and "heure de Paris" in page and "given_name" not in page
    change(make, event, opens_wall=None, closes_wall=datetime(2030, 6, 1, 18, 0))  # noqa: DTZ001
    assert "Les inscriptions sont ouvertes jusqu’au" in client.get(f"/e/{event.slug}").text


def test_a_closed_list_refuses_with_a_sentence_and_is_not_found_out_by_trying(client, make, monkeypatch):
    monkeypatch.setattr(robots, "MOST_TRIES", 2)
    event = make.event(is_list_closed=True)
    assert "réservé aux personnes d’une liste" in client.get(f"/e/{event.slug}").text
    answers = [register(client, event, email=f"p{n}@example.org") for n in range(3)]
    assert [answer.status_code for answer in answers] == [422, 422, 429]
    assert "n’y figure pas" in answers[0].text and 'value="Lovelace"' in answers[0].text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_bringing_colleagues_does_not_tell_which_of_them_is_on_the_list(client, make, monkeypatch):
    monkeypatch.setattr(robots, "MOST_TRIES", 2)
    event = make.event(is_list_closed=True)
    make.add(ListedAddress(event_id=event.id, email="ada@example.org"))
    answers = []
    for mine, other in (("ada@example.org", "x@example.org"), ("x@example.org", "ada@example.org")) * 2:
        action, fields = with_colleague(client, event)
        answers.append(client.post(action, data={**fields, "email": mine, "others-0-email": other}))
    assert [answer.status_code for answer in answers] == [422, 422, 429, 429]
    assert all("au moins une de ces adresses" in answer.text for answer in answers[:2])
    assert all("Blaise Pascal :" not in answer.text for answer in answers)
    assert stored(make, Registration) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_one_reads_after_a_request_does_not_tell_who_is_registered(client, make):
    event = make.event(needs_approval=True, capacity=5)
    first, again = register(client, event), register(client, event)
    assert first.status_code == 302 and first.headers["Location"] == again.headers["Location"]


def test_a_secret_link_registers_for_what_is_not_public_until_it_is_revoked(client, make):
    event = make.event(visibility=Visibility.INVITATION)
    client.as_("staff")
    client.submit(f"/events/{event.id}/admission", to="/links", name="Les élus")
    with make.app.app_context():
        token = db.session.scalar(select(admission.PrivateLink.token))
    assert client.submit(f"/l/{token}", **ADA).status_code == 302
    assert stored(make, Registration)[0].source == "link"
    revoked = client.submit_and_follow(f"/events/{event.id}/admission", to="/revoke")
    assert "révoqué" in revoked.text and "1 personne" in revoked.text
    assert client.get(f"/l/{token}").status_code == 410
    assert client.get("/l/unknown").status_code == 404


def test_staff_set_hours_list_and_approval_and_bad_lines_are_named(client, make):
    event = make.event()
    client.as_("staff")
    page = f"/events/{event.id}/admission"
    bad = client.submit(page, to="/admission", listed="ada@example.org\npas une adresse")
    assert bad.status_code == 422 and "Ligne 2" in bad.text and "pas une adresse" in bad.text
    facts = {"closes": "2030-06-01T18:00", "needs_approval": "y", "listed": "@ville.example.org"}
    assert client.submit(page, to="/admission", **facts).status_code == 302
    [kept] = stored(make, Event)
    assert kept.needs_approval and kept.closes_at.hour == 16
    assert "@ville.example.org" in client.get(page).text


def test_a_request_is_answered_by_staff_and_each_answer_is_a_mail(client, make):
    event = make.event(needs_approval=True)
    thanked = client.get(register(client, event).location).text
    assert "Votre demande est enregistrée" in thanked
    register(client, event, given_name="Blaise", email="b@example.org")
    ada, blaise = stored(make, Registration)
    assert "Demande reçue" in client.get(f"/r/{ada.token}").text
    client.as_("staff")
    assert "2 demandes attendent votre réponse" in client.get(f"/events/{event.id}/registrations").text
    page = f"/events/{event.id}/requests"
    action, fields = client.filled(page)
    none = client.post(action, data={**fields, "act": "approve"})
    assert none.status_code == 422 and "Cochez" in none.text
    client.post(action, data={**client.filled(page)[1], "act": "approve", "chosen": [ada.id]})
    refusal = {**client.filled(page)[1], "act": "refuse", "chosen": [blaise.id], "words": "Trop tard <b>"}
    client.post(action, data=refusal)
    assert [r.approval for r in stored(make, Registration)] == [Approval.APPROVED, Approval.REFUSED]
    with make.app.app_context():
        said = {message.to: message.text + message.html for message in send_due(at=clock.now())}
    assert "Votre demande est acceptée" in said["ada@example.org"]
    assert "Trop tard &lt;b&gt;" in said["b@example.org"]
    assert "Demande refusée" in client.get(f"/r/{blaise.token}").text


# Forgetting


def test_the_worker_erases_answers_and_their_files_when_their_time_is_over(client, make, data_dir):
    event = make.event()
    make.question(event, "CV", "file", keep_days=0)
    send_file(client, event, PDF, "cv.pdf")
    [answer] = stored(make, QuestionAnswer)
    with make.app.app_context():
        forget()
        assert files.path_of(answer.stored_as).exists()
        db.session.get_one(Event, event.id).ends_at = clock.now() - timedelta(hours=1)
        db.session.get_one(Event, event.id).starts_at = clock.now() - timedelta(hours=2)
        db.session.commit()
        forget()
        assert not files.path_of(answer.stored_as).exists()
    assert stored(make, QuestionAnswer) == []
    client.as_("staff")
    erased = client.get(f"/events/{event.id}/answers").text
    assert "1 personne a répondu" in erased and "ont été effacées" in erased

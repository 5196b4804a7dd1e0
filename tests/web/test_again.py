"""A form that meets a database away, or somebody else's change, loses nothing of what was typed."""

import html
import io

import pytest
from sqlalchemy import event as hooks
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError

from crm.db import db
from crm.directory.models import Person
from crm.web import again
from tests.pages import forms

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
TYPED = {"given_name": "Ada", "family_name": "Lovelace", "notes": "<b>« Allô »</b>\r\nseconde ligne"}


@pytest.fixture
def away(app):
    """The database answers nothing until it is told to come back."""
    with app.app_context():
        engine = db.engine

    def refuse(_connection, _cursor, statement, *_rest):
        raise OperationalError(statement, {}, Exception("the server closed the connection"))

    def come_back():
        if hooks.contains(engine, "before_cursor_execute", refuse):
            hooks.remove(engine, "before_cursor_execute", refuse)

    def go():
        hooks.listen(engine, "before_cursor_execute", refuse)
        return come_back

    yield go
    come_back()


def people(app):
    with app.app_context():
        return db.session.scalars(select(Person)).all()


def again_on(answer):
    """The form of the page, as a browser sends it."""
    [form] = [form for form in forms(answer.text) if form.method == "post"]
    return form.action, form.fields


def test_what_was_typed_is_sent_again_by_one_button_and_done_once(client, app, away):
    action, fields = client.as_("staff").filled("/people/new", **TYPED)
    come_back = away()
    answer = client.post(action, data=fields)
    assert answer.status_code == 503 and answer.headers["Retry-After"]
    assert "Allô" in html.unescape(answer.text) and "<b>«" not in answer.text
    assert client.post(action, data=fields).status_code == 503, "still away"
    come_back()
    for _time in range(2):
        to, kept = again_on(answer)
        assert client.post(to, data=kept).status_code == 302
    [made] = people(app)
    assert (made.given_name, made.notes.splitlines()[1]) == ("Ada", "seconde ligne")


def test_somebody_elses_change_at_the_same_moment_loses_nothing(client, app, monkeypatch):
    action, fields = client.as_("staff").filled("/people/new", **TYPED)
    commit = db.session.commit

    def lose():
        monkeypatch.setattr(db.session, "commit", commit)
        raise StaleDataError

    monkeypatch.setattr(db.session, "commit", lose)
    answer = client.post(action, data=fields)
    assert answer.status_code == 409 and "au même moment" in answer.text
    to, kept = again_on(answer)
    assert client.post(to, data=kept).status_code == 302 and len(people(app)) == 1


@pytest.mark.parametrize(("accepted", "word"), [("fr", "Réessayer"), ("en", "Try again")])
def test_it_speaks_the_readers_language_and_keeps_no_password(client, away, accepted, word):
    action, fields = client.filled("/sign-in", email="ada@example.org", password="correct horse battery")
    away()
    answer = client.post(action, data=fields, headers={"Accept-Language": accepted})
    assert answer.status_code == 503 and word in answer.text
    assert "ada@example.org" in answer.text and "horse" not in answer.text
    assert again_on(answer)[1]["csrf_token"] == fields["csrf_token"]


def test_a_forged_form_is_given_no_token_to_be_sent_with(client, away):
    client.as_("staff")
    away()
    answer = client.post("/people/new", data=TYPED)
    assert answer.status_code == 503 and "csrf_token" not in answer.text and "Lovelace" not in answer.text


def test_a_file_has_to_be_chosen_again_and_the_page_says_so(client, away):
    action, fields = client.as_("staff").filled("/components")
    away()
    answer = client.post(action, data={**fields, "file": (io.BytesIO(b"nom"), "élus.csv")})
    assert "élus.csv" in answer.text and "Renvoyer sans le fichier" in answer.text


def test_what_is_too_large_for_a_page_is_left_to_the_browser(client, away, monkeypatch):
    monkeypatch.setattr(again, "LARGEST", 40)
    action, fields = client.as_("staff").filled("/people/new", **TYPED)
    away()
    answer = client.post(action, data=fields)
    assert answer.status_code == 503 and "Lovelace" not in answer.text and "navigateur" in answer.text


def test_a_page_that_was_only_asked_for_offers_to_ask_again_and_scripts_are_told(client, away):
    client.as_("staff")
    away()
    assert 'href="/people/?q=a"' in client.get("/people/?q=a").text
    told = client.get("/people/", headers={"Accept": "application/json"})
    assert told.status_code == 503 and "occupé" in told.json["error"]

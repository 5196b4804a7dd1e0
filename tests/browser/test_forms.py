"""A registration form on a phone: without JavaScript as with it, and what is hidden is not asked."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.db import db
from crm.events import robots
from crm.events.questions.models import QuestionAnswer
from tests.browser.conftest import PHONE

ON_ONE_ENGINE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def event(make, monkeypatch):
    """An event that asks which meal and, of some, which one; nobody types as quickly as a test."""
    monkeypatch.setattr(robots, "QUICKEST", timedelta(0))
    event = make.event("Journée")
    make.question(event, "Repas", "choice", is_required=True)
    make.question(event, "Lequel ?", depends_on="repas", depends_values=["autre"], is_required=True)
    return event


def fill(page):
    for name, typed in (("given_name", "Ada"), ("family_name", "Lovelace"), ("email", "ada@example.org")):
        page.fill(f"[name={name}]", typed)


def told(app):
    with app.app_context():
        return [answer.value or answer.text for answer in db.session.scalars(select(QuestionAnswer))]


@ON_ONE_ENGINE
def test_with_javascript_a_question_shows_when_its_answer_is_given(app, site, event, person_at, accessible):
    page = person_at(PHONE)
    page.goto(f"{site}/e/{event.slug}")
    which = page.locator("[name=q-lequel]")
    assert not which.is_visible()
    page.check("[name=q-repas][value=autre]")
    assert which.is_visible()
    which.fill("Riz")
    accessible(page)
    page.check("[name=q-repas][value=poisson]")
    assert not which.is_visible()
    fill(page)
    page.click("main button.btn-primary")
    page.wait_for_url("**/thanks*")
    assert told(app) == ["poisson"]


@ON_ONE_ENGINE
def test_without_javascript_the_same_is_asked_and_a_colleague_is_brought(app, site, event, person_at):
    page = person_at(PHONE, java_script_enabled=False)
    page.goto(f"{site}/e/{event.slug}")
    assert page.locator("[name=q-lequel]").is_visible()
    fill(page)
    page.check("[name=q-repas][value=autre]")
    page.click("button[name=more]")
    assert page.input_value("[name=email]") == "ada@example.org"
    for name, typed in (("given_name", "Blaise"), ("family_name", "Pascal"), ("email", "b@example.org")):
        page.fill(f"[name=others-0-{name}]", typed)
    page.check("[name=others-0-q-repas][value=poisson]")
    page.click("main button.btn-primary")
    assert "Répondez à cette question" in page.inner_text("main")
    page.fill("[name=q-lequel]", "Riz")
    page.click("main button.btn-primary")
    page.wait_for_url("**/thanks*")
    assert sorted(told(app)) == ["Riz", "autre", "poisson"]

"""What a registration form asks: how it is built, answered, shown, counted, and forgotten."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.directory.merging import services as merging
from crm.events import listing
from crm.events.models import Event, Registration
from crm.events.queries import attendance
from crm.events.questions import answering, carrying, messages, queries, sensitive, services, sets
from crm.events.questions.models import NO, YES, Asks, Question, QuestionAnswer
from crm.events.questions.sensitive import Subject
from crm.events.questions.services import Wanted
from crm.events.services import seats
from crm.events.services.visitors import Visitor
from crm.history import Change
from tests.directory import rows_of
from tests.make import EARLY

LATER = EARLY + timedelta(hours=1)
MEALS = (("", "Végétarien", "Vegetarian"), ("", "Poisson", "Fish"), ("", "Autre", "Other"))


def wanted(title, kind=Asks.TEXT, **facts):
    facts = {"purpose": "Commander les repas", **facts}
    if kind in (Asks.CHOICE, Asks.CHOICES) and "choices" not in facts:
        facts["choices"] = MEALS
    return Wanted(kind=kind, title_fr=title, **facts)


def add(event, title, kind=Asks.TEXT, **facts):
    return services.add(event, wanted(title, kind, **facts), by="ana@example.org")


def ask(event, name="Ada", at=EARLY):
    visitor = Visitor(given_name=name, family_name="Lovelace", email=f"{name.lower()}@example.org")
    return seats.ask(event, visitor, mode=None, language="fr", at=at)


def give(registration, answers, at=EARLY):
    return answering.give(registration, answers, language="fr", by="public", at=at)


def read(questions, held=None, files=(), **typed):
    def said(question):
        value = typed.get(question.key.replace("-", "_"), [])
        return value if isinstance(value, list) else [value]

    return answering.read(questions, said, has_file=lambda q: q.key in files, held=held)


def titles(event):
    return [question.title_fr for question in queries.asked(event)]


@pytest.fixture
def reader(app):
    """Somebody reads the page in French."""
    with app.test_request_context("/?lang=fr"):
        yield


# Building


def test_questions_are_asked_in_the_order_they_are_put_in(session, make):
    event = make.event()
    first, second = add(event, "Un"), add(event, "Deux")
    assert services.move(second, up=True, by="a") and titles(event) == ["Deux", "Un"]
    assert not services.move(second, up=True, by="a")
    services.move(first, up=True, by="a")
    assert titles(event) == ["Un", "Deux"]


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"title_fr": " "}, services.Untitled),
        ({"purpose": ""}, services.Aimless),
        ({"keep_days": -1}, services.KeptTooLong),
        ({"keep_days": 2_000}, services.KeptTooLong),
        ({"kind": Asks.CHOICE, "choices": [("", "Une seule", "")]}, services.NoChoices),
        ({"kind": Asks.CHOICE, "choices": [("", "Thé", ""), ("", "the", "")]}, services.ChoiceTwice),
        ({"depends_on": "nothing", "depends_values": ["x"]}, services.UnknownAnswer),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(session, make, facts, refusal):
    told = {"kind": Asks.TEXT, "title_fr": "Une question", "purpose": "Savoir", **facts}
    with pytest.raises(refusal):
        services.add(make.event(), Wanted(**told), by="a")


@pytest.mark.parametrize(
    ("words", "subject"),
    [
        ("Avez-vous des allergies ?", Subject.HEALTH),
        ("Any dietary needs?", Subject.HEALTH),
        ("Êtes-vous syndiqué ?", Subject.UNION),
        ("Votre étiquette politique", Subject.OPINION),
        ("Date de naissance", Subject.BIRTH),
    ],
)
def test_words_of_special_categories_are_warned_of_until_they_are_meant(session, make, words, subject):
    event = make.event()
    with pytest.raises(services.Sensitive) as warned:
        add(event, words)
    assert warned.value.subjects == [subject]
    assert titles(event) == []
    add(event, words, is_meant=True)
    assert titles(event) == [words]


@pytest.mark.parametrize("words", ["Quel atelier ?", "Votre trace écrite", "Où dînez-vous ?", "La graceuse"])
def test_ordinary_words_are_not_warned_of(words):
    assert sensitive.subjects([words]) == []


def test_a_question_with_answers_is_retired_and_never_destroyed(session, make):
    event = make.event()
    meal = add(event, "Repas", Asks.CHOICE)
    registration = ask(event)
    give(registration, {meal: ("poisson",)})
    with pytest.raises(services.Answered):
        services.remove(meal, by="a")
    with pytest.raises(services.KindStays):
        services.change(meal, wanted("Repas", Asks.TEXT), by="a")
    services.retire(meal, by="a", at=EARLY)
    assert titles(event) == [] and queries.listed(event) == [meal]
    assert messages.shown(queries.answers_of(registration)[meal.id]) == "Poisson"
    services.bring_back(meal, by="a")
    assert titles(event) == ["Repas"]


def test_what_was_answered_stays_what_it_was_when_question_and_choice_are_renamed(session, make):
    event = make.event()
    meal = add(event, "Repas", Asks.CHOICE)
    registration = ask(event)
    give(registration, {meal: ("poisson",)})
    lines = [(c["key"], "Sans viande" if c["key"] == "poisson" else c["name_fr"], "") for c in meal.choices]
    services.change(meal, wanted("Dîner", Asks.CHOICE, choices=lines), by="a")
    [answer] = queries.answers_of(registration)[meal.id]
    assert (answer.asked_fr, answer.said_fr, answer.value) == ("Repas", "Poisson", "poisson")
    # Sent again unchanged, it is still what was said then.
    give(registration, {meal: ("poisson",)}, at=LATER)
    assert (answer.answered_at, answer.said_fr) == (EARLY, "Poisson")


def test_a_choice_taken_out_stays_with_those_who_made_it_and_is_offered_no_more(session, make):
    event = make.event()
    meal = add(event, "Repas", Asks.CHOICE)
    registration = ask(event)
    give(registration, {meal: ("poisson",)})
    lines = [(c["key"], c["name_fr"], "") for c in meal.choices if c["key"] == "vegetarien"] + [
        ("", "Riz", "")
    ]
    services.change(meal, wanted("Repas", Asks.CHOICE, choices=lines), by="a")
    assert [choice["key"] for choice in meal.offered] == ["vegetarien", "riz"]
    assert {choice["key"] for choice in meal.choices} == {"vegetarien", "riz", "poisson"}
    held = queries.answers_of(registration)
    assert not read([meal], held=held, repas="poisson").refusals
    assert read([meal], repas="poisson").refusals
    assert read([meal], repas="autre").refusals


def test_a_question_that_decides_stays_before_the_one_it_decides_and_is_not_taken_away(session, make):
    event = make.event()
    meal = add(event, "Repas", Asks.CHOICE)
    other = add(event, "Lequel", depends_on="repas", depends_values=["autre"])
    with pytest.raises(services.Decides):
        services.move(other, up=True, by="a")
    with pytest.raises(services.Decides):
        services.retire(meal, by="a", at=EARLY)
    lines = [(c["key"], c["name_fr"], "") for c in meal.choices if c["key"] != "autre"]
    with pytest.raises(services.ChoiceDecides):
        services.change(meal, wanted("Repas", Asks.CHOICE, choices=lines), by="a")


def test_questions_are_kept_under_a_name_and_taken_over_with_their_conditions(session, make):
    event, other = make.event(), make.event()
    add(event, "Repas", Asks.CHOICE)
    add(event, "Lequel", depends_on="repas", depends_values=["autre"])
    add(other, "Repas")
    kept = sets.keep_as_set(event, "Colloque", by="a", at=EARLY)
    sets.copy(queries.asked(kept), other, by="a")
    _own, meal, which = queries.asked(other)
    assert (meal.key, which.depends_on, which.depends_values) == ("repas-2", "repas-2", ["autre"])
    with pytest.raises(sets.SetNameTaken):
        sets.keep_as_set(event, "colloque", by="a", at=EARLY)
    sets.drop_set(kept, by="a")
    assert len(queries.asked(event)) == 2 and len(queries.asked(other)) == 3


def test_an_event_made_from_another_asks_the_same_and_knows_no_answer(session, make):
    event, copy = make.event(), make.event()
    meal = add(event, "Repas", Asks.CHOICE, is_required=True, keep_days=3)
    add(event, "Lequel", depends_on="repas", depends_values=["autre"])
    services.retire(add(event, "Vieille question"), by="a", at=EARLY)
    give(ask(event), {meal: ("poisson",)})
    carrying.give(copy, json.loads(json.dumps(carrying.take(event))), at=EARLY)
    first, second = queries.listed(copy)
    assert (first.key, first.kind, first.is_required, first.keep_days) == ("repas", Asks.CHOICE, True, 3)
    assert (second.depends_on, second.depends_values) == ("repas", ["autre"])
    assert not queries.is_answered(first)


def test_when_two_people_turn_out_to_be_one_each_question_keeps_one_answer(session, make):
    event = make.event()
    meal, groups = add(event, "Repas", Asks.CHOICE), add(event, "Ateliers", Asks.CHOICES)
    one, other = ask(event, "Ada"), ask(event, "Augusta")
    give(one, {meal: ("poisson",), groups: ("poisson",)})
    give(other, {meal: ("autre",), groups: ("poisson", "autre")})
    session.commit()
    before = rows_of.everything(session)
    merge = merging.merge(one.person, other.person, by="a", at=LATER)
    [stays] = session.scalars(select(Registration)).all()
    held = queries.answers_of(stays)
    assert [answer.value for answer in held[meal.id]] == ["poisson"]
    assert {answer.value for answer in held[groups.id]} == {"poisson", "autre"}
    merging.undo(merge, by="a", at=LATER)
    assert rows_of.everything(session) == before


# Answering


def test_each_kind_of_answer_is_kept_as_what_it_is(session, make, reader):
    event = make.event()
    kinds = {kind: add(event, kind.value.replace("_", " "), kind) for kind in Asks}
    questions = queries.asked(event)
    told = read(
        questions, text="Ada", long_text="a\nb", number="1 234,5", choice="poisson",
        choices=["autre", "poisson"], yes_no="no", consent="yes",
    )  # fmt: skip
    assert not told.refusals
    registration = ask(event)
    give(registration, told.answers)
    held = queries.answers_of(registration)
    shown = {kind: messages.shown(held.get(question.id, ())) for kind, question in kinds.items()}
    assert shown[Asks.TEXT] == "Ada" and shown[Asks.LONG_TEXT] == "a\nb"
    assert shown[Asks.CHOICES] == "Autre, Poisson" and shown[Asks.FILE] == ""
    assert messages.in_file(held[kinds[Asks.NUMBER].id]) == 1234.5
    assert held[kinds[Asks.CONSENT].id][0].said_fr == "consent"


@pytest.mark.parametrize(
    ("kind", "typed", "refusal"),
    [
        (Asks.TEXT, "", answering.Missing),
        (Asks.TEXT, "x" * 301, answering.TooLong),
        (Asks.NUMBER, "beaucoup", None),
        (Asks.CHOICE, "", answering.MissingChoice),
        (Asks.CHOICE, "viande", answering.NotOffered),
        (Asks.CHOICE, ["poisson", "autre"], answering.NotOffered),
        (Asks.CHOICES, ["poisson", "viande"], answering.NotOffered),
        (Asks.YES_NO, "maybe", answering.NotOffered),
        (Asks.CONSENT, "", answering.MissingConsent),
        (Asks.CONSENT, "sure", answering.NotOffered),
        (Asks.FILE, "", answering.MissingFile),
    ],
)
def test_an_answer_that_is_none_is_refused_beside_its_question(session, make, kind, typed, refusal):
    question = add(make.event(), "Q", kind, is_required=True)
    refused = read([question], q=typed).refusals[question]
    assert refusal is None or isinstance(refused, refusal)


def test_a_question_that_is_not_shown_needs_no_answer_and_takes_none(session, make):
    event = make.event()
    add(event, "Repas", Asks.CHOICE)
    add(event, "Vient", Asks.YES_NO, depends_on="repas", depends_values=["autre"])
    add(event, "Lequel", is_required=True, depends_on="vient", depends_values=["yes"])
    meal, comes, which = questions = queries.asked(event)
    assert read(questions, repas="poisson", vient="yes", lequel="x").answers == {
        meal: ("poisson",), comes: None, which: None,
    }  # fmt: skip
    assert which in read(questions, repas="autre", vient="yes").refusals
    assert read(questions, repas="autre", vient="yes", lequel="Riz").answers[which] == "Riz"


def test_an_answer_changed_is_said_as_today_and_the_history_tells_that_but_not_what(session, make):
    event = make.event()
    note = add(event, "Note")
    registration = ask(event)
    give(registration, {note: "secret médical"})
    give(registration, {note: "autre chose"}, at=LATER)
    [answer] = queries.answers_of(registration)[note.id]
    assert (answer.text, answer.answered_at) == ("autre chose", LATER)
    told = [change.values for change in session.scalars(select(Change))]
    assert {"answers": [None, ["q-note"]]} in told
    assert "secret" not in repr(told) and "autre chose" not in repr(told)


def test_a_consent_taken_back_is_known_to_have_been_given(session, make):
    event = make.event()
    photo = add(event, "J’accepte d’être photographiée", Asks.CONSENT)
    registration = ask(event)
    give(registration, {photo: None})
    assert queries.answers_of(registration) == {}
    for said, value in (((YES), YES), (None, NO), (None, NO)):
        give(registration, {photo: said}, at=LATER)
        assert [a.value for a in queries.answers_of(registration)[photo.id]] == [value]


# Shown, found, counted, taken out


@pytest.fixture
def answered(session, make):
    """Three people: two eat fish, one of them withdrew; one answers nothing."""
    event = make.event()
    meal, note = add(event, "Repas", Asks.CHOICE), add(event, "Note")
    ada, blaise, _sophie = (ask(event, name) for name in ("Ada", "Blaise", "Sophie"))
    give(ada, {meal: ("poisson",), note: "=HYPERLINK(1)"})
    give(blaise, {meal: ("poisson",), note: "Près de la porte"})
    seats.withdraw(blaise, by="public", at=LATER)
    session.commit()
    return event, meal, note


def test_the_list_is_filtered_by_answers(answered):
    event, meal, note = answered

    def found(question, value):
        return attendance.count(event, attendance.Chosen(answers=((question, value),)))

    assert [found(meal, value) for value in ("poisson", "autre", "*", "-")] == [1, 0, 1, 1]
    assert [found(note, value) for value in ("hyperlink", "porte", "*", "-")] == [1, 0, 1, 1]


def test_answers_are_counted_by_choice_without_those_who_withdrew(answered):
    event, meal, note = answered
    told, text = queries.tallies(event, [meal, note])
    assert {count.value: count.count for count in told.counts} == {"vegetarien": 0, "poisson": 1, "autre": 0}
    assert (told.answered, text.answered, text.counts) == (1, 1, [])


def test_answers_are_columns_of_the_file_and_no_formula_runs(answered, reader):
    from crm.web import exports

    event, _meal, _note = answered
    questions = queries.listed(event)
    columns = listing.columns(event, ["given_name", "q-repas", "q-note"], questions)
    rows = listing.rows(event, attendance.Chosen(), columns, questions)
    out = b"".join(exports.csv_chunks(columns, listing.labels(columns), rows)).decode("utf-8-sig")
    assert out.splitlines() == [
        "Prénom;Repas;Note",
        "Ada;Poisson;'=HYPERLINK(1)",
        "Sophie;;",
    ]


def test_after_their_time_answers_are_gone_and_their_numbers_stay(answered, session):
    event, meal, _note = answered
    lines = [(choice["key"], choice["name_fr"], "") for choice in meal.choices]
    services.change(meal, wanted("Repas", Asks.CHOICE, keep_days=2, choices=lines), by="a")
    before = queries.tallies(event, [meal])[0]
    assert answering.due(event.ends_at + timedelta(days=1)) == []
    assert answering.due(event.ends_at + timedelta(days=2)) == [meal]
    answering.redact(meal, at=event.ends_at + timedelta(days=2))
    session.commit()
    assert session.scalars(select(QuestionAnswer).where(QuestionAnswer.question_id == meal.id)).all() == []
    after = queries.tallies(event, [meal])[0]
    assert (after.answered, list(after.counts)) == (before.answered, list(before.counts))
    assert queries.is_answered(meal)
    assert [question.title_fr for question in answering.due(event.ends_at + timedelta(days=40))] == ["Note"]


def test_a_deleted_registration_s_answers_are_forgotten_with_it(answered, session):
    event, meal, _note = answered
    keys = session.scalars(select(Registration.id).where(Registration.event_id == event.id)).all()
    answering.forget(keys)
    assert session.scalars(select(QuestionAnswer)).all() == []
    assert session.get(Question, meal.id) is meal and session.get(Event, event.id) is event


def test_who_did_not_answer_what_is_needed_is_known(session, make):
    event = make.event()
    add(event, "Repas", Asks.CHOICE, is_required=True)
    add(event, "Lequel", is_required=True, depends_on="repas", depends_values=["autre"])
    meal, which = queries.asked(event)
    registration = ask(event)
    assert answering.unanswered(registration) == [meal]
    give(registration, {meal: ("autre",)})
    assert answering.unanswered(registration) == [which]
    give(registration, {meal: ("poisson",)}, at=LATER)
    assert answering.unanswered(registration) == []

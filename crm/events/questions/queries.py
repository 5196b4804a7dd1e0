"""The questions of an event, what was answered to them, and how often."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, exists, func, select

from crm.db import db
from crm.events.models import Event, Registration, Seat
from crm.events.questions.models import (
    COUNTED,
    HAVE_CHOICES,
    PREFIX,
    Asks,
    Question,
    QuestionAnswer,
    QuestionSet,
)
from crm.text import fold, like

# What a filter may ask besides a choice: that anything was answered, or nothing.
ANSWERED, UNANSWERED = "*", "-"


def of(owner: Event | QuestionSet) -> Select[Question]:
    """The questions of an event or a set, those retired last."""
    whose = Question.event_id if isinstance(owner, Event) else Question.set_id
    return (
        select(Question)
        .where(whose == owner.id)
        .order_by(Question.retired_at.is_not(None), Question.position, Question.id)
    )


def listed(owner: Event | QuestionSet) -> list[Question]:
    """All questions, also those that are asked no more."""
    return list(db.session.scalars(of(owner)))


def asked(owner: Event | QuestionSet) -> list[Question]:
    """The questions that the form asks, in its order."""
    return list(db.session.scalars(of(owner).where(Question.retired_at.is_(None))))


def sets() -> list[QuestionSet]:
    return list(db.session.scalars(select(QuestionSet).order_by(QuestionSet.name)))


def events_with_questions(*, but: Event, most: int = 30) -> list[Event]:
    """Events from which questions can be taken, the latest first."""
    has = exists().where(Question.event_id == Event.id, Question.retired_at.is_(None))
    rows = select(Event).where(has, Event.id != but.id).order_by(Event.starts_at.desc(), Event.id.desc())
    return list(db.session.scalars(rows.limit(most)))


def is_answered(question: Question) -> bool:
    """Whether anybody ever answered it, also when the answers are gone."""
    if question.counts:
        return True
    return bool(db.session.scalar(select(exists().where(QuestionAnswer.question_id == question.id))))


def numbers(event: Event) -> dict[int, int]:
    """By question, how many registrations answer it; those withdrawn too, for their answers are kept."""
    rows = (
        select(QuestionAnswer.question_id, func.count(func.distinct(QuestionAnswer.registration_id)))
        .join(Question, Question.id == QuestionAnswer.question_id)
        .where(Question.event_id == event.id)
        .group_by(QuestionAnswer.question_id)
    )
    return {key: count for key, count in db.session.execute(rows)}


def answers_of(registration: Registration) -> dict[int, list[QuestionAnswer]]:
    """What the registration answers, by question; of several choices, each."""
    return answers_for([registration.id]).get(registration.id, {})


def answers_for(
    registrations: Collection[int], only: Iterable[int] | None = None
) -> dict[int, dict[int, list[QuestionAnswer]]]:
    """What many registrations answer (to `only` some questions): by registration, then by question."""
    rows = (
        select(QuestionAnswer)
        .where(QuestionAnswer.registration_id.in_(registrations))
        .order_by(QuestionAnswer.registration_id, QuestionAnswer.question_id, QuestionAnswer.id)
    )
    if only is not None:
        rows = rows.where(QuestionAnswer.question_id.in_(list(only)))
    found: dict[int, dict[int, list[QuestionAnswer]]] = {}
    for answer in db.session.scalars(rows):
        found.setdefault(answer.registration_id, {}).setdefault(answer.question_id, []).append(answer)
    return found


def answer_of(registration: Registration, key: int) -> QuestionAnswer | None:
    return db.session.scalar(
        select(QuestionAnswer).where(
            QuestionAnswer.registration_id == registration.id, QuestionAnswer.id == key
        )
    )


# Counting


@dataclass(frozen=True)
class Count:
    """How many gave one answer; `value` is "" for a question whose answers cannot be counted apart."""

    value: str
    said_fr: str
    said_en: str
    count: int

    def said(self, language: str) -> str:
        return self.said_en if language == "en" else self.said_fr


@dataclass(frozen=True)
class Tally:
    """The answers to one question: how many people answered, and how many gave each answer."""

    question: Question
    answered: int
    counts: Sequence[Count]


def tallies(event: Event, questions: Sequence[Question]) -> list[Tally]:
    """How often each answer was given, withdrawn registrations left out; what is gone is counted too.

    An answer given under another name of the choice stands apart, under the name that was read.
    """
    live = _live(event)
    return [_tally(question, live.get(question.id, {})) for question in questions]


def _live(event: Event) -> dict[int, dict[tuple[str, str, str], int]]:
    said = (QuestionAnswer.value, QuestionAnswer.said_fr, QuestionAnswer.said_en)
    rows = (
        select(QuestionAnswer.question_id, *said, func.count())
        .join(Registration, Registration.id == QuestionAnswer.registration_id)
        .join(Question, Question.id == QuestionAnswer.question_id)
        .where(Registration.event_id == event.id, Registration.seat != Seat.WITHDRAWN)
        .where(Question.kind.in_(COUNTED))
        .group_by(QuestionAnswer.question_id, *said)
    )
    found: dict[int, dict[tuple[str, str, str], int]] = {}
    for question, value, french, english, count in db.session.execute(rows):
        found.setdefault(question, {})[value or "", french, english] = count
    people = (
        select(QuestionAnswer.question_id, func.count(func.distinct(QuestionAnswer.registration_id)))
        .join(Registration, Registration.id == QuestionAnswer.registration_id)
        .where(Registration.event_id == event.id, Registration.seat != Seat.WITHDRAWN)
        .group_by(QuestionAnswer.question_id)
    )
    for question, count in db.session.execute(people):
        found.setdefault(question, {})["", "", ""] = count
    return found


def _tally(question: Question, live: Mapping[tuple[str, str, str], int]) -> Tally:
    total = dict(live)
    for gone in question.counts:
        key = (gone["value"], gone["said_fr"], gone["said_en"])
        total[key] = total.get(key, 0) + gone["count"]
    answered = total.pop(("", "", ""), 0)
    if question.kind in HAVE_CHOICES:
        # A choice that nobody made is a result too.
        for choice in question.offered:
            if not any(value == choice["key"] for value, _french, _english in total):
                total[choice["key"], choice["name_fr"], choice["name_en"]] = 0
    places = {choice["key"]: place for place, choice in enumerate(question.choices)}
    order = sorted(total.items(), key=lambda item: (places.get(item[0][0], 999), item[0][0] == "no", item[0]))
    return Tally(question, answered, [Count(*key, count) for key, count in order])


# Asking


def condition(question: Question, value: str) -> ColumnElement[bool]:
    """What a registration must be to have given that answer.

    `value` is a choice, yes or no; ANSWERED or UNANSWERED; for a text, words that stand in it.
    """
    asked: list[ColumnElement[bool]] = [
        QuestionAnswer.registration_id == Registration.id,
        QuestionAnswer.question_id == question.id,
    ]
    if value not in (ANSWERED, UNANSWERED):
        if question.kind in COUNTED:
            asked.append(QuestionAnswer.value == value)
        else:
            words = fold(value).split()[:8]
            asked += [QuestionAnswer.folded.like(like(word), escape="\\") for word in words]
    given = exists().where(*asked).correlate(Registration)
    return ~given if value == UNANSWERED else given


def named(questions: Iterable[Question], name: str) -> Question | None:
    """The question of that name in addresses and files (`q-…`)."""
    key = name.removeprefix(PREFIX)
    return next((question for question in questions if question.key == key), None)


def can_decide(question: Question) -> bool:
    """Whether other questions can be shown only after some answer to it."""
    return question.kind in COUNTED and question.kind != Asks.CONSENT

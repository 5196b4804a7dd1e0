"""Writing an evaluation, sending it, answering it once, and counting what was said."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from crm.db import db
from crm.errors import CrmError
from crm.events.evaluation.models import (
    Answered,
    Evaluation,
    EvaluationQuestion,
    Kind,
    Sheet,
    SheetAnswer,
    Signature,
)
from crm.events.models import Attendance, Event, Registration
from crm.mail import services as outbox
from crm.mail.models import Purpose
from crm.text import N_, clean

MAIL = "events.evaluation"
FEWEST = 5
YES, NO = "yes", "no"
LONGEST = 4000


class NoQuestion(CrmError):
    text = N_("Write at least one question.")


class ChoicesMissing(CrmError):
    text = N_("“%(question)s” is a choice: write at least two answers to choose from, one a line.")


class HasAnswers(CrmError):
    text = N_("People have answered already: the questions stay as they are.")


class OpenedAlready(CrmError):
    text = N_("The evaluation was opened: whether it is anonymous cannot change any more.")


class NotOpen(CrmError):
    text = N_("This evaluation is closed. Thank you for having come.")


class NotOver(CrmError):
    text = N_("“%(event)s” is not over yet: its evaluation opens afterwards.")


class WasNotThere(CrmError):
    text = N_("The evaluation is for those who took part.")


class AnsweredAlready(CrmError):
    text = N_("You have answered already. Thank you.")


class AnswerMissing(CrmError):
    text = N_("Please answer “%(question)s”.")


class NotAnAnswer(CrmError):
    text = N_("Choose one of the answers to “%(question)s”.")


@dataclass(frozen=True)
class Wanted:
    title: str
    kind: Kind
    choices: Sequence[str] = ()
    is_required: bool = False


def of(event: Event) -> Evaluation | None:
    return db.session.scalar(select(Evaluation).where(Evaluation.event_id == event.id))


def write(event: Event, *, is_anonymous: bool, introduction: str, questions: Sequence[Wanted]) -> Evaluation:
    """Say what the evaluation asks. Raises NoQuestion, ChoicesMissing, HasAnswers, OpenedAlready."""
    if not questions:
        raise NoQuestion
    for wanted in questions:
        if wanted.kind is Kind.CHOICE and len(set(wanted.choices)) < 2:
            raise ChoicesMissing(question=wanted.title)
    evaluation = of(event)
    if evaluation is None:
        evaluation = Evaluation(event_id=event.id)
        db.session.add(evaluation)
    elif evaluation.opened_at is not None and evaluation.is_anonymous != is_anonymous:
        raise OpenedAlready
    evaluation.is_anonymous, evaluation.introduction = is_anonymous, clean(introduction)
    if _written(evaluation) != list(questions):
        if number_answered(evaluation):
            raise HasAnswers
        evaluation.questions[:] = [
            EvaluationQuestion(
                kind=wanted.kind,
                title=wanted.title,
                choices=list(dict.fromkeys(wanted.choices)) if wanted.kind is Kind.CHOICE else [],
                is_required=wanted.is_required,
                position=place,
            )
            for place, wanted in enumerate(questions)
        ]
    db.session.flush()
    return evaluation


def _written(evaluation: Evaluation) -> list[Wanted]:
    return [Wanted(one.title, one.kind, tuple(one.choices), one.is_required) for one in evaluation.questions]


def open_up(evaluation: Evaluation, *, at: datetime) -> None:
    """From now on those who came may answer. Raises NotOver."""
    if not evaluation.event.is_over(at):
        raise NotOver(event=evaluation.event.title)
    evaluation.opened_at, evaluation.closed_at = evaluation.opened_at or at, None
    db.session.flush()


def close(evaluation: Evaluation, *, at: datetime) -> None:
    evaluation.closed_at = at
    db.session.flush()


def send(evaluation: Evaluation, *, by: str, at: datetime) -> int:
    """Open it, and write to everybody who came and was not written to about it; how many. Raises NotOver."""
    open_up(evaluation, at=at)
    event = evaluation.event
    dispatch = outbox.dispatch(
        subject=f"events:{event.id}", title=event.title, purpose=Purpose.SERVICE, by=by, at=at
    )
    answered = select(Answered.registration_id).where(Answered.evaluation_id == evaluation.id)
    rows: Any = select(
        Registration.id.label("subject_id"),
        Registration.address_id,
        Registration.person_id,
        Registration.language,
    ).where(
        Registration.event_id == event.id,
        Registration.attendance == Attendance.PRESENT,
        Registration.address_id.is_not(None),
        Registration.id.not_in(answered),
    )
    return outbox.queue_many(rows, kind=MAIL, purpose=Purpose.SERVICE, dispatch=dispatch, at=at)


def check(registration: Registration) -> Evaluation:
    """The evaluation that the registration may answer now. Raises NotOpen, WasNotThere, AnsweredAlready."""
    evaluation = of(registration.event)
    if evaluation is None or not evaluation.is_open:
        raise NotOpen
    if registration.attendance is not Attendance.PRESENT:
        raise WasNotThere
    if has_answered(evaluation, registration):
        raise AnsweredAlready
    return evaluation


def has_answered(evaluation: Evaluation, registration: Registration) -> bool:
    rows = select(Answered.id).where(
        Answered.evaluation_id == evaluation.id, Answered.registration_id == registration.id
    )
    return db.session.scalar(rows) is not None


def answer(registration: Registration, said: Mapping[int, str], *, at: datetime) -> None:
    """Keep what is said of each question (by key), once for a registration.

    Raises what `check` raises, AnswerMissing, NotAnAnswer.
    """
    evaluation = check(registration)
    kept = [
        found
        for question in evaluation.questions
        if (found := _understood(question, said.get(question.id, "")))
    ]
    try:
        with db.session.begin_nested():
            db.session.add(Answered(evaluation_id=evaluation.id, registration_id=registration.id))
    except IntegrityError:
        # The same link in two tabs.
        raise AnsweredAlready from None
    day = at.astimezone(ZoneInfo(evaluation.event.zone)).date()
    sheet = Sheet(evaluation_id=evaluation.id, answered_on=day)
    db.session.add(sheet)
    db.session.flush()
    for one in kept:
        one.sheet_id = sheet.id
    db.session.add_all(kept)
    if not evaluation.is_anonymous:
        db.session.add(Signature(sheet_id=sheet.id, registration_id=registration.id))
    db.session.flush()


def _understood(question: EvaluationQuestion, said: str) -> SheetAnswer | None:
    said = clean(said)[:LONGEST]
    if not said:
        if question.is_required:
            raise AnswerMissing(question=question.title)
        return None
    if question.kind is Kind.RATING:
        if said not in ("1", "2", "3", "4", "5"):
            raise NotAnAnswer(question=question.title)
        return SheetAnswer(question_id=question.id, rating=int(said), text="")
    allowed = {Kind.YES_NO: (YES, NO), Kind.CHOICE: tuple(question.choices)}.get(question.kind)
    if allowed is not None and said not in allowed:
        raise NotAnAnswer(question=question.title)
    return SheetAnswer(question_id=question.id, rating=None, text=said)


def number_answered(evaluation: Evaluation) -> int:
    rows = select(func.count()).select_from(Sheet).where(Sheet.evaluation_id == evaluation.id)
    return db.session.scalar(rows) or 0


@dataclass
class Tally:
    """What was said to one question: how often each answer, or the texts."""

    question: EvaluationQuestion
    counts: list[tuple[str, int]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    average: float | None = None

    @property
    def answered(self) -> int:
        return sum(count for _name, count in self.counts) or len(self.texts)


def results(evaluation: Evaluation) -> list[Tally] | None:
    """What was said, or None while too few answered an anonymous evaluation for it to stay so."""
    if evaluation.is_anonymous and number_answered(evaluation) < FEWEST:
        return None
    rows = (
        select(SheetAnswer.question_id, SheetAnswer.rating, SheetAnswer.text)
        .join(Sheet, Sheet.id == SheetAnswer.sheet_id)
        .where(Sheet.evaluation_id == evaluation.id)
        .order_by(SheetAnswer.id)
    )
    said: dict[int, list[Any]] = {}
    for key, rating, text in db.session.execute(rows):
        said.setdefault(key, []).append(text if rating is None else rating)
    return [_tally(question, said.get(question.id, [])) for question in evaluation.questions]


def _tally(question: EvaluationQuestion, said: list[Any]) -> Tally:
    if question.kind is Kind.TEXT:
        return Tally(question, texts=said)
    counts = Counter(said)
    if question.kind is Kind.RATING:
        average = sum(said) / len(said) if said else None
        return Tally(question, [(str(mark), counts[mark]) for mark in range(1, 6)], average=average)
    names = (YES, NO) if question.kind is Kind.YES_NO else question.choices
    return Tally(question, [(name, counts[name]) for name in names])


def forget(registration: Registration) -> None:
    """Take away what the registration said by name; what was said anonymously is nobody's."""
    sheets = select(Signature.sheet_id).where(Signature.registration_id == registration.id)
    keys = list(db.session.scalars(sheets))
    if keys:
        db.session.execute(delete(SheetAnswer).where(SheetAnswer.sheet_id.in_(keys), SheetAnswer.text != ""))
        db.session.execute(delete(Signature).where(Signature.sheet_id.in_(keys)))


def told(registration: Registration, language: str) -> list[tuple[str, str]]:
    """What is kept of the registration's answers, where they bear its name."""
    rows = (
        select(EvaluationQuestion.title, SheetAnswer.rating, SheetAnswer.text)
        .join(SheetAnswer, SheetAnswer.question_id == EvaluationQuestion.id)
        .join(Signature, Signature.sheet_id == SheetAnswer.sheet_id)
        .where(Signature.registration_id == registration.id)
        .order_by(EvaluationQuestion.position)
    )
    return [(title, text or str(rating)) for title, rating, text in db.session.execute(rows)]


def may_answer(registration: Registration) -> bool:
    try:
        check(registration)
    except CrmError:
        return False
    return True

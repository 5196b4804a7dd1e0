"""Building a registration form: questions written, ordered, retired."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from crm import history
from crm.db import db
from crm.errors import CrmError
from crm.events.models import Event
from crm.events.questions import queries, sensitive
from crm.events.questions.models import HAVE_CHOICES, NO, YES, Asks, Question, QuestionAnswer, QuestionSet
from crm.events.questions.sensitive import Subject
from crm.text import N_, clean, fold, slug

MOST_QUESTIONS = 40
MOST_CHOICES = 60
LONGEST_KEPT = 1_825  # days: five years

Owner = Event | QuestionSet


class Untitled(CrmError):
    text = N_("Enter the question in French.")
    field = "title_fr"


class Aimless(CrmError):
    text = N_("Say what the answers are for: a question without a purpose is not asked.")
    field = "purpose"


class KeptTooLong(CrmError):
    text = N_("Keep answers between 0 and 1,825 days after the event: five years at most.")
    field = "keep_days"


class TooManyQuestions(CrmError):
    text = N_("A form has 40 questions at most: nobody would answer more.")


class TooManyChoices(CrmError):
    text = N_("A question has 60 choices at most.")
    field = "choices"


class NoChoices(CrmError):
    text = N_("Enter at least two choices.")
    field = "choices"


class ChoiceTwice(CrmError):
    text = N_("“%(name)s” is there twice: give each choice a name of its own.")
    field = "choices"


class ChoiceDecides(CrmError):
    text = N_("“%(question)s” is shown only after the choice “%(choice)s”: change that question first.")
    field = "choices"


class KindStays(CrmError):
    text = N_("People have answered this question: what it asks for stays. Retire it and ask another one.")
    field = "kind"


class OtherQuestionDecides(CrmError):
    text = N_("A question is shown after the answers to one earlier question: choose answers to one only.")
    field = "shown_if"


class UnknownAnswer(CrmError):
    text = N_("This answer is no longer there to decide. Choose another one.")
    field = "shown_if"


class Decides(CrmError):
    text = N_("“%(question)s” is shown only after some answers to this one: change that question first.")


class Answered(CrmError):
    text = N_("“%(question)s” has answers: it can be retired, not deleted.")


class Sensitive(CrmError):
    """Not a refusal: whoever writes the question must mean it."""

    text = N_("This question may ask for data that the law protects. Say below that it is needed.")
    field = "is_meant"

    def __init__(self, subjects: Sequence[Subject]) -> None:
        self.subjects = subjects
        super().__init__()


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A question as its editor wrote it.

    `choices` are (key, French name, English name) in their order, the key "" for a new one. It is shown
    only after one of `depends_values` was answered to the question of the key `depends_on`.
    """

    kind: Asks
    title_fr: str
    title_en: str = ""
    help_fr: str = ""
    help_en: str = ""
    is_required: bool = False
    choices: Sequence[tuple[str, str, str]] = ()
    depends_on: str = ""
    depends_values: Sequence[str] = ()
    purpose: str = ""
    keep_days: int = 30
    is_meant: bool = False

    def says(self) -> list[str]:
        """All its words."""
        named = [name for _key, french, english in self.choices for name in (french, english)]
        return [self.title_fr, self.title_en, self.help_fr, self.help_en, *named]


def subjects_of(question: Question) -> list[Subject]:
    """What the question may ask about that the law protects."""
    named = [choice[name] for choice in question.offered for name in ("name_fr", "name_en")]
    words = [question.title_fr, question.title_en, question.help_fr, question.help_en, *named]
    return sensitive.subjects(words)


# Writing


def add(owner: Owner, wanted: Wanted, *, by: str) -> Question:
    """One more question, the last of the form.

    Its key is made from the title, and stays. Raises what `change` raises, and TooManyQuestions.
    """
    history.act_as(db.session(), by)
    known = queries.listed(owner)
    if len([question for question in known if question.retired_at is None]) >= MOST_QUESTIONS:
        raise TooManyQuestions
    title = clean(wanted.title_fr)
    question = Question(key=free_key(slug(title), {other.key for other in known}), kind=wanted.kind)
    own(question, owner)
    question.position = max((other.position for other in known), default=0) + 1
    question.choices, question.counts, question.depends_values = [], [], []
    _write(question, wanted, [other for other in known if other.retired_at is None])
    db.session.add(question)
    db.session.flush()
    return question


def change(question: Question, wanted: Wanted, *, by: str) -> None:
    """Write the question anew; what was answered stays as it was answered.

    A choice that is left out is offered no more; nothing remains of it when nobody made it. Raises
    Untitled, Aimless, KeptTooLong, NoChoices, ChoiceTwice, TooManyChoices, ChoiceDecides, KindStays,
    OtherQuestionDecides, UnknownAnswer, Sensitive.
    """
    history.act_as(db.session(), by)
    if wanted.kind != question.kind and queries.is_answered(question):
        raise KindStays
    before = [other for other in _asked_with(question) if other.position < question.position]
    with db.session.no_autoflush:
        _write(question, wanted, before)
    db.session.flush()


def _write(question: Question, wanted: Wanted, before: Sequence[Question]) -> None:
    french, purpose = clean(wanted.title_fr), clean(wanted.purpose)
    if not fold(french):
        raise Untitled
    if not fold(purpose):
        raise Aimless
    if not 0 <= wanted.keep_days <= LONGEST_KEPT:
        raise KeptTooLong
    choices = _choices(question, wanted)
    depends_on, values = _dependence(wanted, before)
    found = sensitive.subjects(wanted.says())
    if found and not wanted.is_meant:
        raise Sensitive(found)
    question.kind, question.choices = wanted.kind, choices
    question.title_fr, question.title_en = french, clean(wanted.title_en) or french
    question.help_fr, question.help_en = clean(wanted.help_fr), clean(wanted.help_en)
    question.is_required, question.purpose, question.keep_days = wanted.is_required, purpose, wanted.keep_days
    question.depends_on, question.depends_values = depends_on, values


def _choices(question: Question, wanted: Wanted) -> list[dict[str, Any]]:
    """The choices as they will stand: those offered in their order, then those that are so no more."""
    if wanted.kind not in HAVE_CHOICES:
        return []
    named = [(key, clean(fr), clean(en) or clean(fr)) for key, fr, en in wanted.choices if fold(clean(fr))]
    if len(named) < 2:
        raise NoChoices
    if len(named) > MOST_CHOICES:
        raise TooManyChoices
    offered: list[dict[str, Any]] = []
    taken = {choice["key"] for choice in question.choices}
    for key, french, english in named:
        if any(fold(french) == fold(other["name_fr"]) for other in offered):
            raise ChoiceTwice(name=french)
        if question.choice(key) is None:
            key = free_key(slug(french), taken)
            taken.add(key)
        offered.append({"key": key, "name_fr": french, "name_en": english, "is_retired": False})
    kept = {choice["key"] for choice in offered}
    gone = [choice for choice in question.choices if choice["key"] not in kept]
    _refuse_decisive(question, {choice["key"] for choice in gone})
    made = _made(question) if gone else set()
    return [*offered, *({**choice, "is_retired": True} for choice in gone if choice["key"] in made)]


def _refuse_decisive(question: Question, keys: set[str]) -> None:
    for other in _asked_with(question):
        if other.depends_on == question.key and (lost := keys.intersection(other.depends_values)):
            choice = question.choice(next(iter(lost))) or {"name_fr": ""}
            raise ChoiceDecides(question=other.title_fr, choice=choice["name_fr"])


def _made(question: Question) -> set[str]:
    """The choices that somebody made."""
    rows = select(QuestionAnswer.value).where(QuestionAnswer.question_id == question.id).distinct()
    return {value for value in db.session.scalars(rows) if value} | {
        gone["value"] for gone in question.counts
    }


def _dependence(wanted: Wanted, before: Sequence[Question]) -> tuple[str, list[str]]:
    if not wanted.depends_on or not wanted.depends_values:
        return "", []
    decides = next((other for other in before if other.key == wanted.depends_on), None)
    if decides is None or not queries.can_decide(decides):
        raise UnknownAnswer
    known = {choice["key"] for choice in decides.offered} or {YES, NO}
    if not known.issuperset(wanted.depends_values):
        raise UnknownAnswer
    return decides.key, list(dict.fromkeys(wanted.depends_values))


# Order, retiring


def move(question: Question, *, up: bool, by: str) -> bool:
    """Change places with the neighbour; False at the end of the form.

    A question stays after the one whose answers decide whether it is shown. Raises Decides.
    """
    history.act_as(db.session(), by)
    shown = _asked_with(question)
    place = shown.index(question)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(shown):
        return False
    first, second = (shown[other], question) if up else (question, shown[other])
    if second.depends_on == first.key:
        raise Decides(question=second.title_fr)
    shown[place], shown[other] = shown[other], shown[place]
    for position, each in enumerate(shown, 1):
        each.position = position
    db.session.flush()
    return True


def retire(question: Question, *, by: str, at: datetime) -> None:
    """Ask it no more; its answers stay where they are shown. Raises Decides."""
    history.act_as(db.session(), by)
    _refuse_if_decisive(question)
    question.retired_at = question.retired_at or at


def bring_back(question: Question, *, by: str) -> None:
    """Ask it again, as the last question. Raises TooManyQuestions."""
    history.act_as(db.session(), by)
    shown = [other for other in _asked_with(question) if other is not question]
    if len(shown) >= MOST_QUESTIONS:
        raise TooManyQuestions
    if not any(other.key == question.depends_on for other in shown):
        question.depends_on, question.depends_values = "", []
    question.position = max((other.position for other in shown), default=0) + 1
    question.retired_at = None


def remove(question: Question, *, by: str) -> None:
    """Delete a question that nobody ever answered. Raises Answered, Decides."""
    history.act_as(db.session(), by)
    if queries.is_answered(question):
        raise Answered(question=question.title_fr)
    _refuse_if_decisive(question)
    db.session.delete(question)
    db.session.flush()


def _refuse_if_decisive(question: Question) -> None:
    for other in _asked_with(question):
        if other.depends_on == question.key:
            raise Decides(question=other.title_fr)


def _asked_with(question: Question) -> list[Question]:
    """The questions that are asked in the same form, this one too."""
    same = (
        Question.event_id == question.event_id
        if question.event_id is not None
        else Question.set_id == question.set_id
    )
    rows = select(Question).where(same, Question.retired_at.is_(None))
    return list(db.session.scalars(rows.order_by(Question.position, Question.id)))


def own(question: Question, owner: Owner) -> None:
    """Put the question into a form, or among those that are kept under a name."""
    if isinstance(owner, Event):
        question.event_id = owner.id
    else:
        question.set_id = owner.id


def free_key(wanted: str, taken: Iterable[str]) -> str:
    """A key for that name which is not taken yet."""
    used, base, number = set(taken), wanted[:40].strip("-") or "x", 1
    while (free := base if number == 1 else f"{base}-{number}") in used:
        number += 1
    return free

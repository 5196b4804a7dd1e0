"""Answers: read from what was typed, kept with the registration, forgotten when their time is over."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, select

from crm import history
from crm.db import db
from crm.directory.own.values import number as read_number
from crm.errors import CrmError
from crm.events.admission.models import ListedAddress
from crm.events.models import Event, Registration
from crm.events.questions import queries
from crm.events.questions.models import HAVE_CHOICES, NO, YES, Asks, Question, QuestionAnswer
from crm.text import N_, clean, fold
from crm.web.files import Kept
from crm.writing import rows_of

LONGEST = {Asks.TEXT: 300, Asks.LONG_TEXT: 5_000, Asks.NUMBER: 60}
MOST_FILE = 5 * 1024 * 1024  # bytes
MOST_FILES_MB = 1_000  # all files of one event together
LIST_KEPT = timedelta(days=30)


class Missing(CrmError):
    text = N_("Answer this question.")


class MissingChoice(CrmError):
    text = N_("Choose an answer.")


class MissingFile(CrmError):
    text = N_("Attach a file.")


class MissingConsent(CrmError):
    text = N_("Tick this box to register.")


class NotOffered(CrmError):
    text = N_("Choose one of the answers on the page.")


class TooLong(CrmError):
    text = N_("Keep this answer under %(most)s characters: it has %(length)s.")


class NoRoomForFiles(CrmError):
    text = N_("No more files can be taken for this event. Register without one, or write to us.")


# What is answered to one question: text, a number, choices, yes or no, a file; None for nothing.
Said = str | float | tuple[str, ...] | Kept


@dataclass(frozen=True)
class Read:
    """What a form says: the answers by question, and the refusals by question."""

    answers: Mapping[Question, Said | None]
    refusals: Mapping[Question, CrmError]


# Reading


def read(
    questions: Sequence[Question],
    typed: Callable[[Question], Sequence[str]],
    *,
    has_file: Callable[[Question], bool] = lambda question: False,
    held: Mapping[int, Sequence[QuestionAnswer]] | None = None,
    language: str = "fr",
) -> Read:
    """What was typed, question by question in their order; one that is not shown is not answered.

    `held` is what was answered before, by question: a choice that is offered no more may stay, and so
    does a file. Files themselves are the caller's: here they are only asked for.
    """
    known = held or {}
    answers: dict[Question, Said | None] = {}
    refusals: dict[Question, CrmError] = {}
    shown: dict[str, tuple[str, ...]] = {}
    for question in questions:
        if not _is_shown(question, shown):
            answers[question] = None
            continue
        before = known.get(question.id, ())
        try:
            if question.kind == Asks.FILE:
                if question.is_required and not before and not has_file(question):
                    raise MissingFile
                continue
            said = _read(question, [text for text in typed(question) if text], before, language)
        except CrmError as refusal:
            refusals[question] = refusal
            shown[question.key] = tuple(typed(question))
            continue
        answers[question] = said
        shown[question.key] = said if isinstance(said, tuple) else (str(said),) if said is not None else ()
    return Read(answers, refusals)


def _is_shown(question: Question, shown: Mapping[str, Sequence[str]]) -> bool:
    """Whether the question that decides was itself shown, and answered so."""
    if not question.depends_on:
        return True
    return bool(set(shown.get(question.depends_on, ())).intersection(question.depends_values))


def _read(
    question: Question, typed: Sequence[str], before: Sequence[QuestionAnswer], language: str
) -> Said | None:
    first = clean(typed[0]) if typed else ""
    match question.kind:
        case Asks.CHOICE | Asks.CHOICES:
            return _choices(question, typed, before)
        case Asks.YES_NO:
            if first not in (YES, NO, ""):
                raise NotOffered
            if not first and question.is_required:
                raise MissingChoice
            return first or None
        case Asks.CONSENT:
            if first and first != YES:
                raise NotOffered
            if not first and question.is_required:
                raise MissingConsent
            return first or None
        case _:
            return _text(question, first, typed, language)


def _text(question: Question, first: str, typed: Sequence[str], language: str) -> Said | None:
    if not first:
        if question.is_required:
            raise Missing
        return None
    if len(first) > LONGEST[question.kind]:
        raise TooLong(most=LONGEST[question.kind], length=len(first))
    return read_number(first, language) if question.kind == Asks.NUMBER else first


def _choices(question: Question, typed: Sequence[str], before: Sequence[QuestionAnswer]) -> Said | None:
    offered = {choice["key"] for choice in question.offered} | {answer.value for answer in before}
    chosen = tuple(dict.fromkeys(typed))
    if not offered.issuperset(chosen):
        raise NotOffered
    if question.kind == Asks.CHOICE and len(chosen) > 1:
        raise NotOffered
    if not chosen and question.is_required:
        raise MissingChoice
    return chosen or None


# Keeping


def give(
    registration: Registration,
    answers: Mapping[Question, Said | None],
    *,
    language: str,
    by: str,
    at: datetime,
) -> list[str]:
    """Keep these answers, in the words in which each was asked today; None takes an answer back.

    What did not change stays as it was said before. The history says which questions were answered
    anew, not what. Gives back the random names of the files that are dropped, to be discarded after
    the commit. Raises NoRoomForFiles.
    """
    if not answers:
        return []
    held = queries.answers_of(registration)
    changed, dropped = [], []
    for question, said in answers.items():
        before = held.get(question.id, [])
        if _same(question, said, before):
            continue
        if question.kind == Asks.FILE and said is not None:
            _check_room(question, said)
        changed.append(question.name)
        dropped += [answer.stored_as for answer in before if answer.stored_as]
        for answer in before:
            db.session.delete(answer)
        # Deleted before others take their place under the same key.
        db.session.flush()
        db.session.add_all(_rows(registration, question, said, before, language, at))
    if changed:
        db.session.add(
            history.Change(
                at=at, actor=by, act="changed", record=history.named(registration),
                values={"answers": [None, changed]},
            )
        )  # fmt: skip
    db.session.flush()
    return dropped


def _same(question: Question, said: Said | None, before: Sequence[QuestionAnswer]) -> bool:
    if said is None:
        return not before or (question.kind == Asks.CONSENT and before[0].value == NO)
    if not before or question.kind == Asks.FILE:
        return False
    if question.kind in HAVE_CHOICES:
        return {answer.value for answer in before} == set(said)  # type: ignore[arg-type]
    if question.kind == Asks.NUMBER:
        return before[0].number == said
    return (before[0].value or before[0].text) == said


def _rows(
    registration: Registration,
    question: Question,
    said: Said | None,
    before: Sequence[QuestionAnswer],
    language: str,
    at: datetime,
) -> list[QuestionAnswer]:
    """The answer as rows, with the words of today; a choice that was made before keeps its words."""
    if said is None:
        if question.kind != Asks.CONSENT or not before:
            return []
        # That it was given, and taken back, is to be known.
        said = NO
    words = {answer.value: (answer.said_fr, answer.said_en) for answer in before}
    rows = []
    for one in said if isinstance(said, tuple) else (said,):
        row = QuestionAnswer(
            registration_id=registration.id, question_id=question.id, slot="", language=language,
            asked_fr=question.title_fr, asked_en=question.title_en, said_fr="", said_en="", answered_at=at,
        )  # fmt: skip
        match question.kind:
            case Asks.CHOICE | Asks.CHOICES:
                row.value = str(one)
                row.slot = row.value if question.kind == Asks.CHOICES else ""
                choice = question.choice(row.value) or {}
                now = (str(choice.get("name_fr", one)), str(choice.get("name_en", one)))
                row.said_fr, row.said_en = words.get(row.value, now)
            case Asks.YES_NO:
                row.value = str(one)
            case Asks.CONSENT:
                row.value = str(one)
                row.said_fr, row.said_en = question.title_fr, question.title_en
            case Asks.NUMBER:
                row.number, row.folded = float(one), fold(f"{one:g}")  # type: ignore[arg-type]
            case Asks.FILE:
                kept: Kept = one  # type: ignore[assignment]
                row.text, row.media_type, row.size = kept.name, kept.media_type, kept.size
                row.stored_as, row.folded = kept.stored_as, fold(kept.name)
            case _:
                row.text, row.folded = str(one), fold(str(one))
        rows.append(row)
    return rows


def _check_room(question: Question, said: Said) -> None:
    lie = (
        select(func.coalesce(func.sum(QuestionAnswer.size), 0))
        .join(Question, Question.id == QuestionAnswer.question_id)
        .where(Question.event_id == question.event_id)
    )
    size: int = said.size  # type: ignore[union-attr]
    if (db.session.scalar(lie) or 0) + size > MOST_FILES_MB * 1024 * 1024:
        raise NoRoomForFiles


def unanswered(registration: Registration) -> list[Question]:
    """The questions that must be answered and are not, those that are not shown left out."""
    questions = queries.asked(registration.event)
    held = queries.answers_of(registration)
    shown = {
        question.key: [str(answer.value) for answer in held.get(question.id, ())] for question in questions
    }
    return [
        question
        for question in questions
        if question.is_required
        and not [
            answer
            for answer in held.get(question.id, ())
            if answer.value != NO or question.kind == Asks.YES_NO
        ]
        and _is_shown(question, shown)
    ]


# Forgetting


def forget(registrations: Iterable[int]) -> list[str]:
    """Take all answers of these registrations away; give back the random names of their files."""
    keys = list(registrations)
    own = QuestionAnswer.registration_id.in_(keys)
    files = list(
        db.session.scalars(select(QuestionAnswer.stored_as).where(own, QuestionAnswer.stored_as.is_not(None)))
    )
    db.session.execute(delete(QuestionAnswer).where(own))
    return [name for name in files if name]


def due(at: datetime) -> list[Question]:
    """The questions whose answers have been kept for as long as was said."""
    rows = (
        select(Question, Event.ends_at)
        .join(Event, Event.id == Question.event_id)
        .where(Event.ends_at <= at, exists().where(QuestionAnswer.question_id == Question.id))
    )
    return [question for question, ends_at in db.session.execute(rows) if _is_over(question, ends_at, at)]


def _is_over(question: Question, ends_at: datetime, at: datetime) -> bool:
    return ends_at + timedelta(days=question.keep_days) <= at


def redact(question: Question, *, at: datetime) -> list[str]:
    """Take the answers away and leave how many there were; the random names of their files."""
    history.act_as(db.session(), "system")
    event = db.session.get_one(Event, question.event_id)
    [tally] = queries.tallies(event, [question])
    told = [
        {"value": one.value, "said_fr": one.said_fr, "said_en": one.said_en, "count": one.count}
        for one in tally.counts
        if one.count
    ]
    answered = {"value": "", "said_fr": "", "said_en": "", "count": tally.answered}
    question.counts = [answered, *told]
    question.redacted_at = at
    own = QuestionAnswer.question_id == question.id
    files = [name for name in db.session.scalars(select(QuestionAnswer.stored_as).where(own)) if name]
    db.session.execute(delete(QuestionAnswer).where(own))
    db.session.flush()
    return files


def forget_lists(at: datetime) -> int:
    """Take the closed lists of events away that are over for a month; say how many addresses."""
    over = select(Event.id).where(Event.ends_at <= at - LIST_KEPT)
    return rows_of(db.session(), delete(ListedAddress).where(ListedAddress.event_id.in_(over)))

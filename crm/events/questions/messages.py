"""How questions and what was answered to them are said."""

from collections.abc import Sequence
from typing import Any

from babel.numbers import format_decimal
from flask_babel import get_locale
from flask_babel import gettext as _

from crm.events.questions.models import HAVE_CHOICES, YES, Asks, Question, QuestionAnswer
from crm.events.questions.queries import ANSWERED, UNANSWERED
from crm.events.questions.sensitive import Subject
from crm.text import N_

KINDS = {
    Asks.TEXT: N_("Text"),
    Asks.LONG_TEXT: N_("Long text"),
    Asks.NUMBER: N_("Number"),
    Asks.CHOICE: N_("One choice"),
    Asks.CHOICES: N_("Several choices"),
    Asks.YES_NO: N_("Yes or no"),
    Asks.FILE: N_("File"),
    Asks.CONSENT: N_("Consent"),
}
SUBJECTS = {
    Subject.HEALTH: N_("health or disability"),
    Subject.UNION: N_("trade union membership"),
    Subject.OPINION: N_("political opinions"),
    Subject.BELIEF: N_("religious or philosophical beliefs"),
    Subject.ORIGIN: N_("origin"),
    Subject.SEX_LIFE: N_("sex life or orientation"),
    Subject.BIRTH: N_("date of birth or age"),
}


def language() -> str:
    """The reader's language; French where there is no reader: in a command."""
    try:
        return "en" if str(get_locale()) == "en" else "fr"
    except RuntimeError:
        return "fr"


def title(question: Question) -> str:
    return question.title(language())


def choice_name(question: Question, key: str) -> str:
    """How the choice, yes or no is called now."""
    if question.kind in HAVE_CHOICES:
        choice = question.choice(key) or {}
        return str(choice.get("name_en" if language() == "en" else "name_fr", key))
    return str(_("yes")) if key == YES else str(_("no"))


def filter_value(question: Question, value: str) -> str:
    """What a filter asks of the question, in words."""
    if value == ANSWERED:
        return str(_("answered"))
    if value == UNANSWERED:
        return str(_("not answered"))
    known = question.kind in HAVE_CHOICES or question.kind in (Asks.YES_NO, Asks.CONSENT)
    return choice_name(question, value) if known else str(_("“%(words)s”", words=value))


def shown(answers: Sequence[QuestionAnswer]) -> str:
    """What was answered to one question, in the reader's own form; "" for nothing."""
    return ", ".join(_said(answer) for answer in answers)


def _said(answer: QuestionAnswer) -> str:
    if answer.number is not None:
        return str(format_decimal(str(answer.number), locale=language(), decimal_quantization=False))
    if answer.question.kind in HAVE_CHOICES:
        return answer.said(language())
    if answer.value is not None:
        return str(_("yes")) if answer.value == YES else str(_("no"))
    return answer.text or ""


def in_file(answers: Sequence[QuestionAnswer]) -> Any:
    """The same as a cell of a file: numbers stay numbers."""
    if len(answers) == 1 and answers[0].number is not None:
        number = answers[0].number
        return int(number) if number.is_integer() else number
    return shown(answers)


def retention(question: Question) -> str:
    """For how long the answers are kept."""
    if question.keep_days == 0:
        return str(_("until the end of the event"))
    if question.keep_days == 1:
        return str(_("until the day after the event"))
    return str(_("until %(count)s days after the event", count=question.keep_days))

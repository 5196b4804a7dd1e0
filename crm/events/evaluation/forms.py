"""The form that makes an evaluation, and the one that it becomes."""

from typing import Any

from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length

from crm.events.evaluation.models import Evaluation, Kind
from crm.events.evaluation.services import NO, YES, Wanted
from crm.text import N_
from crm.web.forms import PageForm, stripped

MOST_QUESTIONS = 8
KINDS = {
    Kind.RATING: N_("Mark from 1 to 5"),
    Kind.TEXT: N_("Free text"),
    Kind.YES_NO: N_("Yes or no"),
    Kind.CHOICE: N_("One of several answers"),
}


class QuestionForm(Form):
    title = StringField(N_("Question"), [Length(max=200)], filters=[stripped])
    kind = SelectField(
        N_("Answered by"), choices=[SelectChoice(kind.value, label) for kind, label in KINDS.items()]
    )
    choices = TextAreaField(
        N_("Answers to choose from, one a line"),
        [Length(max=2000)],
        filters=[stripped],
        render_kw={"rows": 2},
    )
    is_required = BooleanField(N_("Must be answered"))


class EvaluationForm(PageForm):
    is_anonymous = BooleanField(
        N_("Anonymous"),
        description=N_(
            "Then nothing leads from an answer to a person, not even an hour, "
            "and results appear from five answers on. This is settled when the evaluation opens."
        ),
    )
    introduction = TextAreaField(
        N_("A word above the questions"), [Length(max=2000)], filters=[stripped], render_kw={"rows": 3}
    )
    questions = FieldList(
        FormField(QuestionForm), min_entries=MOST_QUESTIONS, max_entries=MOST_QUESTIONS, label=N_("Questions")
    )

    def wanted(self) -> list[Wanted]:
        """The questions of the lines that are filled in."""
        lines = [line.form for line in self.questions if line.form.title.data]
        return [
            Wanted(
                title=line.title.data,
                kind=Kind(line.kind.data),
                choices=_lines(line.choices.data) if line.kind.data == Kind.CHOICE else (),
                is_required=bool(line.is_required.data),
            )
            for line in lines
        ]


def _lines(text: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.strip()[:200] for line in (text or "").splitlines() if line.strip()))


MARKS = {"1": N_("1: not at all"), "2": "2", "3": "3", "4": "4", "5": N_("5: very much")}


def answering_form(evaluation: Evaluation, *args: Any, **kwargs: Any) -> PageForm:
    """The evaluation as its readers fill it in; a question's field is named `q12`."""

    class AnsweringForm(PageForm):
        pass

    for question in evaluation.questions:
        # Titles are what staff typed: shown as they stand.
        setattr(AnsweringForm, f"q{question.id}", _field(question))
    return AnsweringForm(*args, **kwargs)


def _field(question: Any) -> Any:
    # What is missing is the service's to say, in one place for page and rule.
    if question.kind is Kind.TEXT:
        return TextAreaField(question.title, [Length(max=4000)], filters=[stripped], render_kw={"rows": 3})
    pairs = {
        Kind.RATING: MARKS,
        Kind.YES_NO: {YES: N_("Yes"), NO: N_("No")},
        Kind.CHOICE: {name: name for name in question.choices},
    }[question.kind]
    choices = [SelectChoice(value, label) for value, label in pairs.items()]
    return RadioField(question.title, choices=choices, validate_choice=False, default="")

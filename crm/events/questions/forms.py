"""The fields of a registration form that the association made itself, and the form that makes them."""

from collections.abc import Hashable, Mapping, Sequence
from functools import cache
from typing import Any, ClassVar, TypeVar

from flask import request
from markupsafe import escape
from werkzeug.datastructures import FileStorage
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    FileField,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from crm.errors import CrmError
from crm.events.questions import answering, messages, queries, services
from crm.events.questions.models import NO, YES, Asks, Question, QuestionAnswer
from crm.text import N_, clean
from crm.web import files, i18n
from crm.web.forms import PageForm, said, stripped

AnyForm = TypeVar("AnyForm", bound=Form)
# Beyond so many choices a list to open serves better than all of them on the page.
MOST_RADIOS = 8
SPARE_LINES = 3
# No key of a choice is ever so.
NO_ANSWER = "-"


# What the public answers


class Answers:
    """What a form adds that asks these questions: they are checked together, for some depend on others."""

    questions: ClassVar[Sequence[Question]] = ()
    held: ClassVar[Mapping[int, Sequence[QuestionAnswer]]] = {}
    answers: Mapping[Question, answering.Said | None]

    def validate(self, *args: Any, **options: Any) -> bool:
        self.answers = {}
        is_whole = bool(super().validate(*args, **options))  # type: ignore[misc]
        read = answering.read(
            self.questions, self._typed, has_file=self._has_file, held=self.held, language=messages.language()
        )
        refusals = {question.name: refusal for question, refusal in read.refusals.items()}
        refusals |= self._bad_files(read)
        for name, refusal in refusals.items():
            field = self._fields[name]  # type: ignore[attr-defined]
            field.errors = [*field.errors, said(refusal)]
        self.answers = read.answers
        return is_whole and not refusals

    def uploads(self) -> dict[Question, FileStorage]:
        """The files that were chosen, by the question they answer."""
        asked = {question: self._file(question) for question in self.questions}
        unasked = {question for question, answer in self.answers.items() if answer is None}
        return {question: file for question, file in asked.items() if file and question not in unasked}

    def _typed(self, question: Question) -> Sequence[str]:
        data = self._fields[question.name].data  # type: ignore[attr-defined]
        if isinstance(data, list):
            return [str(one) for one in data]
        if isinstance(data, bool):
            return [YES] if data else []
        is_none = data == NO_ANSWER and question.kind in (Asks.CHOICE, Asks.YES_NO)
        return [str(data)] if data and not is_none else []

    def _file(self, question: Question) -> FileStorage | None:
        if question.kind != Asks.FILE:
            return None
        file = request.files.get(self._fields[question.name].name)  # type: ignore[attr-defined]
        return file if file and file.filename else None

    def _has_file(self, question: Question) -> bool:
        return self._file(question) is not None

    def _bad_files(self, read: answering.Read) -> dict[str, CrmError]:
        found: dict[str, CrmError] = {}
        for question in self.questions:
            file = None if question in read.answers else self._file(question)
            if file is None:
                continue
            try:
                files.check(file, most=answering.MOST_FILE)
            except CrmError as refusal:
                found[question.name] = refusal
                file.close()
        return found


def with_questions(
    form: type[AnyForm],
    questions: Sequence[Question],
    held: Mapping[int, Sequence[QuestionAnswer]] | None = None,
) -> type[AnyForm]:
    """The form with a field for each question; `held` is what was answered before."""
    if not questions and not held:
        plain: type[AnyForm] = _without_questions(form)  # type: ignore[arg-type]
        return plain
    known = held or {}
    added = {question.name: _field(question, known.get(question.id, ())) for question in questions}
    facts = {**added, "questions": tuple(questions), "held": known}
    return type(form.__name__, (Answers, form), facts)


# Most events ask nothing: what is made once spares WTForms a look at every field, each time.
@cache
def _without_questions(form: Hashable) -> Any:
    plain: Any = form
    return type(plain.__name__, (Answers, plain), {"questions": (), "held": {}})


def shown(held: Mapping[int, Sequence[QuestionAnswer]], questions: Sequence[Question]) -> dict[str, Any]:
    """What was answered before, as the fields show it."""
    return {
        question.name: _shown(question, held[question.id]) for question in questions if question.id in held
    }


def _shown(question: Question, answers: Sequence[QuestionAnswer]) -> Any:
    match question.kind:
        case Asks.CHOICES:
            return [answer.value for answer in answers]
        case Asks.CHOICE | Asks.YES_NO:
            return answers[0].value
        case Asks.CONSENT:
            return answers[0].value == YES
        case Asks.NUMBER:
            return messages.shown(answers)
        case _:
            return answers[0].text


def _field(question: Question, held: Sequence[QuestionAnswer]) -> Field:
    language = messages.language()
    # What people wrote is shown as it is, never looked up among our own sentences.
    label: Any = escape(question.title(language))
    hint: Any = escape(question.help(language))
    kw: dict[str, Any] = {}
    told = {"description": hint, "render_kw": kw}
    required = [_Required()] if question.is_required else [Optional()]
    match question.kind:
        case Asks.LONG_TEXT:
            kw["rows"] = 4
            return TextAreaField(label, required, filters=[_kept_lines], **told)
        case Asks.NUMBER:
            kw["inputmode"] = "decimal"
            return StringField(label, required, filters=[stripped], **told)
        case Asks.CHOICE:
            offered = _choices(question, held, language)
            if len(offered) > MOST_RADIOS:
                first = SelectChoice("", N_("Choose…"))
                return SelectField(label, required, choices=[first, *offered], validate_choice=False, **told)
            return _radios(label, required, offered, question, told)
        case Asks.CHOICES:
            offered = _choices(question, held, language)
            return SelectMultipleField(label, required, choices=offered, validate_choice=False, **told)
        case Asks.YES_NO:
            offered = [SelectChoice(YES, N_("yes")), SelectChoice(NO, N_("no"))]
            return _radios(label, required, offered, question, told)
        case Asks.CONSENT:
            return BooleanField(label, required, false_values=(False, "", "no"), **told)
        case Asks.FILE:
            kw["accept"] = files.ACCEPTED
            return FileField(label, required, **told)
        case _:
            return StringField(label, required, filters=[stripped], **told)


def _radios(
    label: Any, required: list[Any], offered: list[SelectChoice], question: Question, told: dict[str, Any]
) -> Field:
    """Without JavaScript a radio once chosen stays so: where no answer is needed, that is a choice too."""
    none = [] if question.is_required else [SelectChoice(NO_ANSWER, N_("No answer"))]
    return RadioField(
        label, required, choices=[*offered, *none], default=NO_ANSWER, validate_choice=False, **told
    )  # fmt: skip


def _choices(question: Question, held: Sequence[QuestionAnswer], language: str) -> list[SelectChoice]:
    """The choices that are offered, and those made before under the name they had then."""
    said_before = {answer.value: answer.said(language) for answer in held}
    offered = [
        SelectChoice(choice["key"], escape(choice["name_en" if language == "en" else "name_fr"]))
        for choice in question.offered
    ]
    known = {choice["key"] for choice in question.offered}
    return [
        *offered,
        *(SelectChoice(key, escape(name)) for key, name in said_before.items() if key and key not in known),
    ]


class _Required:
    """Says to whoever shows the field that an answer is needed; whether it is one is read with the others."""

    def __init__(self) -> None:
        self.field_flags = {"required": True}

    def __call__(self, form: Any, field: Any) -> None:
        return None


def _kept_lines(value: str | None) -> str | None:
    return clean(value.replace("\r\n", "\n")) if isinstance(value, str) else value


# What staff build


class ChoiceLine(Form):
    """One choice; an empty line is none. `rank` orders the lines."""

    rank = IntegerField(N_("Rank"), [Optional(), NumberRange(min=0, max=999)])
    name_fr = StringField(N_("In French"), [Length(max=120)], filters=[stripped])
    name_en = StringField(N_("In English"), [Length(max=120)], filters=[stripped])
    key = HiddenField()


class QuestionForm(PageForm):
    kind = SelectField(
        N_("What it asks for"),
        choices=[SelectChoice(kind.value, label) for kind, label in messages.KINDS.items()],
        default=Asks.TEXT.value,
    )
    title_fr = StringField(
        N_("Question in French"),
        [InputRequired(N_("Enter the question in French.")), Length(max=300)],
        description=N_("For a consent: the whole sentence that people agree to."),
        filters=[stripped],
    )
    title_en = StringField(
        N_("Question in English"),
        [Length(max=300)],
        description=N_("Left empty, the French one is shown."),
        filters=[stripped],
    )
    help_fr = StringField(N_("Help in French"), [Length(max=500)], filters=[stripped])
    help_en = StringField(N_("Help in English"), [Length(max=500)], filters=[stripped])
    is_required = BooleanField(N_("An answer is needed"))
    choices = FieldList(FormField(ChoiceLine), max_entries=services.MOST_CHOICES + 6, label=N_("Choices"))
    shown_if = SelectMultipleField(
        N_("Shown only after one of these answers"),
        description=N_("Tick none to ask everybody. All must be answers to one question."),
        choices=[],
        validate_choice=False,
    )
    purpose = StringField(
        N_("What the answers are for"),
        [InputRequired(N_("Say what the answers are for: a question without a purpose is not asked."))],
        description=N_("Whoever registers can read it: “To order the meals”, “To group the workshops”."),
        filters=[stripped],
    )
    keep_days = IntegerField(
        N_("Days after the event until the answers are erased"),
        [InputRequired(N_("Enter a number of days.")), NumberRange(min=0, max=services.LONGEST_KEPT)],
        default=30,
        description=N_("What people answered is erased by itself; how many gave each answer stays."),
    )
    is_meant = BooleanField(
        N_("This data is needed, people are told why, and few see it"),
    )

    def __init__(self, formdata: Any = None, *, before: Sequence[Question], **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        self.subjects: list[str] = []
        self.shown_if.choices = [
            SelectChoice(f"{question.key}:{value}", escape(f"{messages.title(question)} → {name}"))
            for question in before
            if queries.can_decide(question)
            for value, name in _values(question)
        ]
        if not self.shown_if.choices:
            del self.shown_if

    def refuse(self, refusal: CrmError) -> None:
        super().refuse(refusal)
        if isinstance(refusal, services.Sensitive):
            self.subjects = [i18n.words(messages.SUBJECTS[subject]) for subject in refusal.subjects]


def _values(question: Question) -> list[tuple[str, str]]:
    keys = [choice["key"] for choice in question.offered] or [YES, NO]
    return [(key, messages.choice_name(question, key)) for key in keys]


def wanted(form: QuestionForm) -> services.Wanted:
    """What the form says. Raises OtherQuestionDecides."""
    lines = [line.form for line in form.choices if line.form.name_fr.data]
    ranked = sorted(enumerate(lines), key=lambda line: (line[1].rank.data or 999, line[0]))
    chosen = [answer.partition(":") for answer in (form.shown_if.data or [] if "shown_if" in form else [])]
    if len({key for key, _colon, _value in chosen}) > 1:
        raise services.OtherQuestionDecides
    return services.Wanted(
        kind=Asks(form.kind.data),
        title_fr=form.title_fr.data or "",
        title_en=form.title_en.data or "",
        help_fr=form.help_fr.data or "",
        help_en=form.help_en.data or "",
        is_required=bool(form.is_required.data),
        choices=[
            (line.key.data or "", line.name_fr.data or "", line.name_en.data or "") for _n, line in ranked
        ],
        depends_on=chosen[0][0] if chosen else "",
        depends_values=[value for _key, _colon, value in chosen],
        purpose=form.purpose.data or "",
        keep_days=form.keep_days.data if form.keep_days.data is not None else -1,
        is_meant=bool(form.is_meant.data),
    )


def as_form(question: Question | None) -> dict[str, Any]:
    """The question as its form shows it, with some empty lines for more choices."""
    if question is None:
        return {"choices": [{} for _line in range(SPARE_LINES + 1)]}
    lines = [
        {"rank": rank, "name_fr": choice["name_fr"], "name_en": choice["name_en"], "key": choice["key"]}
        for rank, choice in enumerate(question.offered, 1)
    ]
    names = ("title_fr", "title_en", "help_fr", "help_en", "is_required", "purpose", "keep_days")
    return {
        **{name: getattr(question, name) for name in names},
        "kind": question.kind.value,
        "choices": [*lines, *({} for _line in range(SPARE_LINES))],
        "shown_if": [f"{question.depends_on}:{value}" for value in question.depends_values],
        "is_meant": bool(services.subjects_of(question)),
    }


class SetForm(PageForm):
    name = StringField(
        N_("Name for these questions"),
        [InputRequired(N_("Enter a name for these questions.")), Length(max=120)],
        filters=[stripped],
    )

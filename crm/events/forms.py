"""The forms of events: what can be seen on the paper; facts that need the database are the services'."""

from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar

from flask import request
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    EmailField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    SubmitField,
    TextAreaField,
    URLField,
    ValidationError,
)
from wtforms.validators import URL, InputRequired, Length, NumberRange, Optional

from crm import clock
from crm.events import words
from crm.events.models import Event, Format, Mode, Part, Visibility
from crm.events.questions.forms import with_questions
from crm.events.questions.models import Asks, Question
from crm.events.series.models import Scope
from crm.text import N_
from crm.web.forms import PageForm, stripped

USUAL_ZONES = (
    "Europe/Paris", "Europe/Brussels", "Europe/London", "America/Guadeloupe", "America/Martinique",
    "America/Cayenne", "Indian/Reunion", "Indian/Mayotte", "Pacific/Noumea", "Pacific/Tahiti",
    "America/Miquelon", "America/Montreal", "Africa/Porto-Novo",
)  # fmt: skip

MOST_COLLEAGUES = 5
AT_LEAST_ONE = N_("Enter a capacity of 1 or more, or leave it empty when there is no limit.")


def _key(value: Any) -> int | None:
    """The key chosen in a list, None for its empty line."""
    return int(value) if value not in (None, "", "None") else None


def _zones() -> dict[str, list[SelectChoice]]:
    every = clock.zone_names()
    usual = [name for name in USUAL_ZONES if name in every]
    return {
        N_("Usual time zones"): [SelectChoice(name, _zone_label(name)) for name in usual],
        N_("All time zones"): [SelectChoice(name, _zone_label(name)) for name in every if name not in usual],
    }


def _zone_label(name: str) -> str:
    return name.replace("_", " ")


class PartnerForm(Form):
    """One partner organisation: typed or proposed, and its part. An empty line is no partner."""

    name = StringField(N_("Organisation"), [Length(max=300)], filters=[stripped])
    key = HiddenField()
    part = SelectField(
        N_("Its part"),
        choices=[SelectChoice(part.value, label) for part, label in words.PARTS.items()],
        default=Part.PARTNER.value,
    )


class DateForm(PageForm):
    """When: the first and the last hour, or days."""

    starts = DateTimeLocalField(
        N_("Starts"), [InputRequired(N_("Enter when it starts"))], render_kw={"beside": True}
    )
    ends = DateTimeLocalField(
        N_("Ends"), [InputRequired(N_("Enter when it ends"))], render_kw={"beside": True}
    )
    is_all_day = BooleanField(
        N_("Whole days"), description=N_("Only the days above count, both included; hours are left out.")
    )
    zone = SelectField(N_("Time zone"), choices=_zones, default="Europe/Paris")


class EventForm(PageForm):
    title = StringField(
        N_("Title"),
        [InputRequired(N_("Enter a title")), Length(max=200)],
        filters=[stripped],
    )
    kind_id = SelectField(N_("Kind"), coerce=_key)
    part = SelectField(
        N_("Our part"),
        choices=[SelectChoice(part.value, label) for part, label in words.PARTS.items()],
        default=Part.ORGANISER.value,
    )
    starts = DateTimeLocalField(
        N_("Starts"), [InputRequired(N_("Enter when it starts"))], render_kw={"beside": True}
    )
    ends = DateTimeLocalField(
        N_("Ends"), [InputRequired(N_("Enter when it ends"))], render_kw={"beside": True}
    )
    is_all_day = BooleanField(
        N_("Whole days"), description=N_("Only the days above count, both included; hours are left out.")
    )
    zone = SelectField(N_("Time zone"), choices=_zones, default="Europe/Paris")
    format = RadioField(
        N_("Format"),
        choices=[SelectChoice(kind.value, label) for kind, label in words.FORMATS.items()],
        default=Format.ONSITE.value,
    )
    venue = StringField(N_("Venue and address"), [Length(max=300)], filters=[stripped])
    city = StringField(N_("Town"), [Length(max=120)], filters=[stripped])
    join_url = URLField(
        N_("Link to join online"),
        [
            Optional(),
            Length(max=1000),
            URL(message=N_("Enter a full address, such as https://visio.example.org/salle")),
        ],
        description=N_("Only sent to people who have a seat online; never shown on the public page."),
        filters=[stripped],
    )
    description = TextAreaField(N_("Description"), [Length(max=50_000)], render_kw={"rich": True, "rows": 8})
    capacity = IntegerField(
        N_("Capacity"),
        [Optional(), NumberRange(min=1, max=1_000_000, message=AT_LEAST_ONE)],
        description=N_("When every seat is taken, the next people wait. Leave empty when there is no limit."),
    )  # fmt: skip
    capacity_online = IntegerField(
        N_("Seats online"),
        [Optional(), NumberRange(min=1, max=1_000_000, message=AT_LEAST_ONE)],
        description=N_(
            "Only for an event that is both on site and online, where the capacity above is that of the room."
        ),
    )
    visibility = RadioField(
        N_("Who may register"),
        choices=[SelectChoice(kind.value, label) for kind, label in words.VISIBILITIES.items()],
        default=Visibility.PUBLIC.value,
    )
    language = SelectField(
        N_("Language of the event"),
        choices=[SelectChoice("fr", N_("French")), SelectChoice("en", N_("English"))],
        default="fr",
    )
    partners = FieldList(
        FormField(PartnerForm), min_entries=3, max_entries=30, label=N_("Partner organisations")
    )
    scope = RadioField(
        N_("What changes in this series"),
        choices=[SelectChoice(scope.value, label) for scope, label in words.SCOPES.items()],
        default=Scope.THIS.value,
        description=N_(
            "Only what you change here is carried over; times move by as much. What is over stays."
        ),
    )
    seen = HiddenField()
    tell = SubmitField()
    lower = SubmitField()

    def validate_ends(self, field: Any) -> None:
        if not self.starts.data or not field.data:
            return
        ends, starts = field.data, self.starts.data
        late = ends.date() < starts.date() if self.is_all_day.data else ends <= starts
        if late:
            raise ValidationError(
                N_("The event ends before it starts: enter an end that comes after the start.")
            )


class RegistrationForm(PageForm):
    """What a stranger types. `website` is a trap: people do not see it, robots fill it in."""

    is_one_by_words = True

    given_name = StringField(
        N_("Given name"),
        [InputRequired(N_("Enter your given name")), Length(max=100)],
        filters=[stripped],
        render_kw={"autocomplete": "given-name"},
    )
    family_name = StringField(
        N_("Family name"),
        [InputRequired(N_("Enter your family name")), Length(max=100)],
        filters=[stripped],
        render_kw={"autocomplete": "family-name"},
    )
    email = EmailField(
        N_("E-mail address"),
        [InputRequired(N_("Enter your e-mail address")), Length(max=254)],
        filters=[stripped],
        render_kw={"autocomplete": "email"},
    )
    organisation = StringField(
        N_("Organisation"),
        [Length(max=300)],
        filters=[stripped],
        description=N_("The authority, association or company you come for, if any."),
        render_kw={"autocomplete": "organization"},
    )
    organisation_key = HiddenField()
    mode = RadioField(
        N_("How will you take part?"),
        choices=[SelectChoice(mode.value, label) for mode, label in words.MODES.items()],
        default=Mode.ONSITE.value,
    )
    website = StringField(N_("Leave this field empty"), [Length(max=300)])
    shown = HiddenField()

    def __init__(self, formdata: Any = None, *, is_hybrid: bool, **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        if not is_hybrid:
            del self.mode

    def validate(self, *args: Any, **options: Any) -> bool:
        if "others" in self and not request.form.get("more"):
            self.others.entries = [line for line in self.others if not line.form.is_empty()]
        return bool(super().validate(*args, **options))

    def add_colleague(self) -> None:
        """One more empty line, as long as there may be more."""
        if "others" in self and len(self.others) < MOST_COLLEAGUES:
            self.others.append_entry()

    def colleagues(self) -> list["ColleagueForm"]:
        return [line.form for line in self.others] if "others" in self else []


class ColleagueForm(Form):
    """One more person whom somebody registers with themselves; an empty line is nobody."""

    answers: ClassVar[dict[Question, Any]] = {}

    given_name = StringField(N_("Given name"), [Length(max=100)], filters=[stripped])
    family_name = StringField(N_("Family name"), [Length(max=100)], filters=[stripped])
    email = EmailField(N_("E-mail address"), [Length(max=254)], filters=[stripped])
    mode = RadioField(
        N_("How will they take part?"),
        choices=[SelectChoice(mode.value, label) for mode, label in words.MODES.items()],
        default=Mode.ONSITE.value,
    )

    def is_empty(self) -> bool:
        return not (self.given_name.data or self.family_name.data or self.email.data)

    def validate(self, extra_validators: Any = None) -> bool:
        whole = bool(super().validate(extra_validators))
        for field, sentence in (
            (self.given_name, N_("Enter their given name")),
            (self.family_name, N_("Enter their family name")),
            (self.email, N_("Enter their e-mail address: each gets a message of their own")),
        ):
            if not field.data:
                field.errors = [*field.errors, sentence]
                whole = False
        return whole


class _ColleagueOnOneSide(ColleagueForm):
    """Where all take part in the same way, nobody is asked how."""

    mode = None


def registration_form(event: Event, questions: Sequence[Question]) -> type[RegistrationForm]:
    """The form of that event, with its questions.

    Of those whom somebody brings, it asks all but a consent, which nobody gives for another, and files:
    they find these on their own page.
    """
    made = _registration_form if questions else _without_questions
    return made(event.takes_groups, event.format == Format.HYBRID, tuple(questions))


def _registration_form(
    takes_groups: bool, is_hybrid: bool, questions: tuple[Question, ...]
) -> type[RegistrationForm]:
    form = with_questions(RegistrationForm, questions)
    if not takes_groups:
        return form
    asked = [question for question in questions if question.kind not in (Asks.CONSENT, Asks.FILE)]
    line = with_questions(ColleagueForm if is_hybrid else _ColleagueOnOneSide, asked)
    others = FieldList(FormField(line), max_entries=MOST_COLLEAGUES, label=N_("People you register with you"))
    return type(form.__name__, (form,), {"others": others})


# Most events ask nothing: what is made once spares WTForms a look at every field, each time.
_without_questions = cache(_registration_form)


class AnswerForm(PageForm):
    """The answer to an invitation; how, when the event is hybrid."""

    answer = HiddenField()
    mode = RadioField(
        N_("How will you take part?"),
        choices=[SelectChoice(mode.value, label) for mode, label in words.MODES.items()],
        default=Mode.ONSITE.value,
    )

    def __init__(self, formdata: Any = None, *, is_hybrid: bool, **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        if not is_hybrid:
            del self.mode


class PersonForm(PageForm):
    """Someone whom staff register, or take in at the door."""

    given_name = StringField(
        N_("Given name"), [InputRequired(N_("Enter a given name")), Length(max=100)], filters=[stripped]
    )
    family_name = StringField(
        N_("Family name"), [InputRequired(N_("Enter a family name")), Length(max=100)], filters=[stripped]
    )
    email = EmailField(N_("E-mail address"), [Optional(), Length(max=254)], filters=[stripped])
    organisation = StringField(N_("Organisation"), [Length(max=300)], filters=[stripped])
    organisation_key = HiddenField()
    mode = SelectField(
        N_("Takes part"),
        choices=[SelectChoice(mode.value, label) for mode, label in words.MODES.items()],
        id="person-mode",
    )

    def __init__(self, formdata: Any = None, *, is_hybrid: bool, **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        if not is_hybrid:
            del self.mode


class KnownPersonForm(PageForm):
    """Someone of the directory whom staff register."""

    person = StringField(N_("Name or e-mail address"), [Length(max=300)], filters=[stripped])
    person_key = HiddenField()
    mode = SelectField(
        N_("Takes part"),
        choices=[SelectChoice(mode.value, label) for mode, label in words.MODES.items()],
        id="known-mode",
    )

    def __init__(self, formdata: Any = None, *, is_hybrid: bool, **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        if not is_hybrid:
            del self.mode


UNASKED = 500  # people of a chosen list who are invited without a box to tick first


class InviteForm(PageForm):
    """The button that invites; `sure` is the number of people that a ticked box agreed to."""

    sure = IntegerField(N_("Confirmation"), [Optional(), NumberRange(min=0, max=100_000_000)])


class NudgeForm(PageForm):
    """The button that asks again; `sure` is the number of people it said."""

    sure = IntegerField(N_("Confirmation"), [Optional(), NumberRange(min=0, max=100_000_000)])

"""The forms of the log. Choices that are data are filled in by the views."""

from typing import Any

from wtforms import (
    DateField,
    Form,
    HiddenField,
    MultipleFileField,
    SelectField,
    SelectMultipleField,
    StringField,
    SubmitField,
    TextAreaField,
    TimeField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, Optional

from crm.text import N_
from crm.web import files
from crm.web.forms import PageForm, stripped

SHORT = Length(max=200, message=N_("Keep this under 200 characters"))
LONG = Length(max=100_000, message=N_("This text is too long: attach it as a file instead"))
BESIDE = {"beside": True}
A_DAY = N_("Enter a day such as 23/11/2026")


def key_of(value: Any) -> int | None:
    """The key that a select sends; None for none or for what is no key."""
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


class ExchangeForm(PageForm):
    kind = SelectField(N_("Kind"), coerce=int, render_kw=BESIDE)
    title = StringField(
        N_("What it was about"),
        [InputRequired(N_("Say in a few words what it was about")), SHORT],
        filters=[stripped],
        render_kw={"beside": True, "autocomplete": "off"},
    )
    day = DateField(N_("Day"), [InputRequired(A_DAY)], render_kw=BESIDE)
    hour = TimeField(
        N_("Hour"), [Optional()], description=N_("Empty: it took the whole day."), render_kw=BESIDE
    )
    people = SelectMultipleField(N_("Who took part"), coerce=int, choices=[])
    person_name = StringField(
        N_("Somebody else"), [SHORT], filters=[stripped], description=N_("Type three letters of the name.")
    )
    person = HiddenField()
    organisations = SelectMultipleField(N_("Organisations"), coerce=int, choices=[])
    organisation_name = StringField(
        N_("Another organisation"), [SHORT], filters=[stripped], description=N_("Type three letters.")
    )
    organisation = HiddenField()
    body = TextAreaField(N_("What was said"), [LONG], render_kw={"rich": True})
    follow_up = StringField(
        N_("What is to be done"),
        [SHORT],
        filters=[stripped],
        render_kw={"autocomplete": "off"},
    )
    follow_up_who = SelectField(N_("Who does it"), coerce=key_of, choices=[], render_kw=BESIDE)
    follow_up_due = DateField(N_("By when"), [Optional()], render_kw=BESIDE)
    staff = SelectMultipleField(N_("Of our own"), coerce=int, choices=[])
    files = MultipleFileField(
        N_("Files"),
        description=N_("PDF, images, office documents or text, 20 MB each at most."),
        render_kw={"accept": files.ACCEPTED},
    )
    more = SubmitField(N_("Add to the list"))

    def validate_title(self, field: StringField) -> None:
        if not field.data:
            raise ValidationError(N_("Say in a few words what it was about"))


class ChangedExchangeForm(ExchangeForm):
    """The same for an exchange that is in the log already; its follow-ups stand on its page."""

    follow_up = follow_up_who = follow_up_due = None
    keep_files = SelectMultipleField(N_("Files to keep"), coerce=int, choices=[])
    version = HiddenField()


class FollowUpForm(PageForm):
    what = StringField(
        N_("What is to be done"),
        [InputRequired(N_("Say what is to be done")), SHORT],
        filters=[stripped],
        render_kw={"autocomplete": "off"},
    )
    who = SelectField(N_("Who does it"), coerce=key_of, choices=[], render_kw=BESIDE)
    due = DateField(N_("By when"), [Optional()], render_kw=BESIDE)
    version = HiddenField()


class LogFilterForm(Form):
    """What of a log is shown; its fields are named as in the address."""

    kind = SelectField(N_("Kind"), id="filter-kind", choices=[])
    person = SelectField(N_("Person"), id="filter-person", choices=[])
    staff = SelectField(N_("Of our own"), id="filter-staff", choices=[])
    since = DateField(N_("Since"), id="filter-since")
    until = DateField(N_("Until"), id="filter-until")


class EveryLogFilterForm(LogFilterForm):
    """The same over all organisations, where people and organisations are found by their letters."""

    organisation_name = StringField(N_("Organisation"), id="filter-organisation-name")
    organisation = HiddenField(id="filter-organisation")
    person_name = StringField(N_("Person"), id="filter-person-name")
    person = HiddenField(id="filter-person")

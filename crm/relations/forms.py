"""The forms of the log. Choices that are data are filled in by the views."""

from typing import Any

from wtforms import (
    DateField,
    Form,
    HiddenField,
    IntegerField,
    MultipleFileField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    SubmitField,
    TextAreaField,
    TimeField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

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
    mentions = SelectMultipleField(N_("Mentioned, without having been there"), coerce=int, choices=[])
    mention_name = StringField(
        N_("Somebody who is mentioned"),
        [SHORT],
        filters=[stripped],
        description=N_("Type three letters of the name; or type @ and the name in the text."),
    )
    mention = HiddenField()
    organisations = SelectMultipleField(N_("Organisations"), coerce=int, choices=[])
    organisation_name = StringField(
        N_("Another organisation"), [SHORT], filters=[stripped], description=N_("Type three letters.")
    )
    organisation = HiddenField()
    minutes = SelectField(N_("Begin with a template"), coerce=key_of, choices=[], render_kw=BESIDE)
    fill = SubmitField(N_("Put it into the text"))
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
    every = IntegerField(
        N_("Again every"),
        [Optional(), NumberRange(1, 104, N_("Enter a number of weeks or months, from 1 on"))],
        description=N_("Empty: only once."),
        render_kw={**BESIDE, "inputmode": "numeric"},
    )
    unit = SelectField(
        N_("Weeks or months"),
        choices=[SelectChoice("weeks", N_("weeks")), SelectChoice("months", N_("months"))],
        default="months",
        render_kw=BESIDE,
    )
    until = DateField(N_("Not after"), [Optional()], description=N_("Empty: it goes on."), render_kw=BESIDE)
    version = HiddenField()


class NewFollowUpForm(FollowUpForm):
    """The same with the organisation or person that it is about."""

    organisation_name = StringField(
        N_("Organisation"), [SHORT], filters=[stripped], description=N_("Type three letters.")
    )
    organisation = HiddenField()
    person_name = StringField(
        N_("Person"), [SHORT], filters=[stripped], description=N_("Type three letters of the name.")
    )
    person = HiddenField()


class FiledMailForm(PageForm):
    """Whom a mail concerns that waits to be filed."""

    kind = SelectField(N_("Kind"), coerce=int)
    people = SelectMultipleField(N_("People"), coerce=int, choices=[])
    organisations = SelectMultipleField(N_("Organisations"), coerce=int, choices=[])
    newcomers = SelectMultipleField(N_("Add to the directory"), choices=[])
    person_name = StringField(
        N_("Somebody else"), [SHORT], filters=[stripped], description=N_("Type three letters of the name.")
    )
    person = HiddenField()
    organisation_name = StringField(
        N_("Another organisation"), [SHORT], filters=[stripped], description=N_("Type three letters.")
    )
    organisation = HiddenField()
    more = SubmitField(N_("Add to the list"))
    version = HiddenField()


class QuoteForm(PageForm):
    person = SelectField(N_("Who said it"), coerce=int, choices=[])
    words = TextAreaField(
        N_("What was said"),
        [InputRequired(N_("Write down what was said")), Length(max=2000)],
        filters=[stripped],
        render_kw={"rows": 4},
    )
    printed_as = StringField(
        N_("Function to print"),
        [SHORT],
        filters=[stripped],
        description=N_("As it is to stand under the name, such as “vice-president for digital affairs”."),
    )
    agreement = RadioField(
        N_("May it be printed?"),
        choices=[
            SelectChoice("not_asked", N_("Not asked yet")),
            SelectChoice("asked", N_("Asked, no answer yet")),
            SelectChoice("yes", N_("Yes")),
            SelectChoice("no", N_("No")),
            SelectChoice("withdrawn", N_("Agreed, then withdrawn")),
        ],
    )
    agreed_on = DateField(N_("Asked or answered on"), [Optional()], render_kw=BESIDE)
    agreed_how = StringField(
        N_("How"),
        [SHORT],
        filters=[stripped],
        render_kw=BESIDE,
        description=N_("Such as “by mail” or “by phone, confirmed in the meeting”."),
    )
    version = HiddenField()


class MinutesForm(PageForm):
    name_fr = StringField(
        N_("Name in French"), [InputRequired(N_("Enter a name in French")), SHORT], filters=[stripped]
    )
    name_en = StringField(N_("Name in English"), [SHORT], filters=[stripped])
    kind = SelectField(
        N_("Kind of exchange"),
        coerce=key_of,
        choices=[],
        description=N_("Choosing the template also chooses this kind."),
    )
    body_fr = TextAreaField(N_("Text in French"), [LONG], render_kw={"rich": True})
    body_en = TextAreaField(N_("Text in English"), [LONG], render_kw={"rich": True})
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

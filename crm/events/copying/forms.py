"""The forms of copying: what is taken along, and templates."""

from wtforms import BooleanField, DateTimeLocalField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length

from crm.text import N_
from crm.web.forms import PageForm, stripped


class CopyForm(PageForm):
    title = StringField(
        N_("Title"), [InputRequired(N_("Enter a title")), Length(max=200)], filters=[stripped]
    )
    starts = DateTimeLocalField(N_("Starts"), [InputRequired(N_("Enter when it starts"))])
    pieces = SelectMultipleField(N_("What is copied"))
    is_edition = BooleanField(
        N_("Another edition: both are in one series"),
        description=N_("The series is made when there is none yet."),
    )


class KeepForm(PageForm):
    """An event kept as a template, new or instead of one that there is."""

    instead_of = SelectField(N_("Template"))
    name = StringField(N_("Name"), [InputRequired(N_("Enter a name")), Length(max=200)], filters=[stripped])
    note = StringField(
        N_("What it is for"),
        [Length(max=300)],
        filters=[stripped],
        description=N_("Shown where a new event is begun."),
    )
    pieces = SelectMultipleField(N_("What is kept"))


class TemplateForm(PageForm):
    name = StringField(N_("Name"), [InputRequired(N_("Enter a name")), Length(max=200)], filters=[stripped])
    note = StringField(N_("What it is for"), [Length(max=300)], filters=[stripped])
    is_archived = BooleanField(N_("No longer offered for new events"))

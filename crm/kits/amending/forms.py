"""The forms of an amendment: what it says, who relays it, what became of it."""

from wtforms import DateField, SelectChoice, SelectField, StringField, TextAreaField, URLField
from wtforms.validators import InputRequired, Length, Optional

from crm.kits.amending import words
from crm.kits.amending.models import Outcome
from crm.text import N_
from crm.web.forms import PageForm, stripped


class AmendmentForm(PageForm):
    text_reference = StringField(
        N_("Text"),
        [Length(max=300)],
        description=N_("The bill with its number, such as “Projet de loi de finances pour 2027, n° 1680”."),
        filters=[stripped],
    )
    article = StringField(
        N_("Article"),
        [Length(max=100)],
        description=N_("Such as “After article 42”."),
        filters=[stripped],
    )
    provision = TextAreaField(
        N_("Text to adopt"),
        [InputRequired(N_("Enter the text to adopt")), Length(max=20_000)],
        render_kw={"rows": 8},
    )
    reasons = TextAreaField(N_("Summary of reasons"), [Length(max=20_000)], render_kw={"rows": 8})


class RelayForm(PageForm):
    name = StringField(
        N_("Who"),
        [InputRequired(N_("Enter a name")), Length(max=200)],
        description=N_("A family name; with the given name or the department where several have it."),
        filters=[stripped],
    )


class WayForm(PageForm):
    tabled_number = StringField(
        N_("Tabled under the number"), [Length(max=60)], filters=[stripped], render_kw={"beside": True}
    )
    tabled_on = DateField(N_("Tabled on"), [Optional()], render_kw={"beside": True})
    link = URLField(N_("Its page"), [Length(max=2000)], filters=[stripped])
    outcome = SelectField(
        N_("Outcome"),
        choices=[
            SelectChoice("", N_("None yet")),
            *(SelectChoice(outcome.value, words.OUTCOMES[outcome]) for outcome in Outcome),
        ],
        render_kw={"beside": True},
    )
    outcome_on = DateField(N_("Decided on"), [Optional()], render_kw={"beside": True})

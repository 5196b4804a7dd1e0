"""The forms of agreements. Choices that are data are filled in by the views."""

from wtforms import (
    DateField,
    Form,
    HiddenField,
    IntegerField,
    MultipleFileField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from crm.relations.agreements.words import STATES
from crm.relations.forms import BESIDE, SHORT, key_of
from crm.text import N_
from crm.web import files
from crm.web.forms import PageForm, stripped


class AgreementForm(PageForm):
    title = StringField(
        N_("Title"),
        [InputRequired(N_("Give the agreement a title")), SHORT],
        filters=[stripped],
        render_kw={"autocomplete": "off"},
    )
    organisations = SelectMultipleField(N_("With whom"), coerce=int, choices=[])
    organisation_name = StringField(
        N_("Organisation"), [SHORT], filters=[stripped], description=N_("Type three letters.")
    )
    organisation = HiddenField()
    state = SelectField(
        N_("State"),
        choices=[SelectChoice(state.value, label) for state, label in STATES.items()],
        render_kw=BESIDE,
    )
    signed_on = DateField(N_("Day of signature"), [Optional()], render_kw=BESIDE)
    begins_on = DateField(N_("Takes effect on"), [Optional()], render_kw=BESIDE)
    ends_on = DateField(N_("Ends on"), [Optional()], render_kw=BESIDE)
    notice_days = IntegerField(
        N_("Notice before the end, in days"),
        [Optional(), NumberRange(0, 3650, N_("Enter a number of days from 0 to 3,650"))],
        description=N_("0: there is none."),
        render_kw={**BESIDE, "inputmode": "numeric"},
    )
    renewal_months = IntegerField(
        N_("Tacit renewal, in months"),
        [Optional(), NumberRange(1, 240, N_("Enter a number of months from 1 to 240, or leave it empty"))],
        description=N_("Empty: it simply ends."),
        render_kw={**BESIDE, "inputmode": "numeric"},
    )
    signers = SelectMultipleField(N_("Signed for the partner by"), coerce=int, choices=[])
    person_name = StringField(
        N_("Somebody else"), [SHORT], filters=[stripped], description=N_("Type three letters of the name.")
    )
    person = HiddenField()
    our_signatory = StringField(N_("Signed for us by"), [SHORT], filters=[stripped])
    owner = SelectField(N_("Who watches over it"), coerce=key_of, choices=[])
    notes = TextAreaField(N_("Notes"), [Length(max=5000)], filters=[stripped], render_kw={"rows": 3})
    files = MultipleFileField(
        N_("Files"),
        description=N_("PDF, images, office documents or text, 20 MB each at most."),
        render_kw={"accept": files.ACCEPTED},
    )
    more = SubmitField(N_("Add to the list"))


class ChangedAgreementForm(AgreementForm):
    keep_files = SelectMultipleField(N_("Files to keep"), coerce=int, choices=[])
    version = HiddenField()


class AgreementFilterForm(Form):
    state = SelectField(N_("State"), id="filter-state", choices=[])
    owner = SelectField(N_("Who watches over it"), id="filter-owner", choices=[])

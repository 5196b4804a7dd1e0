"""The forms of partnerships. Choices that are data are filled in by the views."""

from wtforms import Form, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from crm.relations.forms import BESIDE, SHORT, key_of
from crm.text import N_
from crm.web.forms import PageForm, stripped

DAYS = NumberRange(1, 3650, N_("Enter a number of days from 1 to 3,650, or leave it empty"))


class PartnershipForm(PageForm):
    stage = SelectField(N_("Stage"), coerce=int, render_kw=BESIDE)
    owner = SelectField(N_("Who follows it"), coerce=key_of, choices=[], render_kw=BESIDE)
    rhythm_days = IntegerField(
        N_("Longest silence, in days"),
        [Optional(), DAYS],
        description=N_("90 for a key partner. Empty: that of its stage."),
        render_kw={**BESIDE, "inputmode": "numeric"},
    )
    aim = TextAreaField(
        N_("What we want to do together"), [Length(max=2000)], filters=[stripped], render_kw={"rows": 4}
    )
    version = HiddenField()


class NewPartnershipForm(PartnershipForm):
    organisation_name = StringField(
        N_("Organisation"),
        [InputRequired(N_("Type the name of an organisation and choose it")), SHORT],
        filters=[stripped],
        description=N_("Type three letters."),
    )
    organisation = HiddenField()
    version = None


class BoardFilterForm(Form):
    """Which partnerships are shown; its fields are named as in the address."""

    owner = SelectField(N_("Followed by"), id="filter-owner", choices=[])
    kind = SelectField(N_("Kind"), id="filter-kind", choices=[])
    territory_name = StringField(N_("Territory"), id="filter-territory-name")
    territory = HiddenField(id="filter-territory")
    still = SelectField(N_("Neither moved nor spoken to"), id="filter-still", choices=[])
    stage = SelectField(N_("Stage"), id="filter-stage", choices=[])

"""The forms of governance. Choices that are data are filled in by the views."""

from wtforms import (
    DateField,
    Form,
    HiddenField,
    IntegerField,
    SearchField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from crm.directory.filters import key_in
from crm.directory.forms import BESIDE, SHORT, VersionField
from crm.governance.models import Fee
from crm.governance.words import FEES
from crm.text import N_
from crm.web.forms import PageForm, TakingForm, stripped


def key_of(value: object) -> int | None:
    """The key that a choice stands for; None for the one that means nothing."""
    return key_in(str(value or ""))


class BodyForm(PageForm):
    name = StringField(
        N_("Name"),
        [InputRequired(N_("Give the body a name")), SHORT],
        filters=[stripped],
        description=N_("Board, bureau, expert committee…"),
    )
    purpose = TextAreaField(
        N_("What it is for"), [Length(max=2000)], filters=[stripped], render_kw={"rows": 2}
    )
    places = IntegerField(
        N_("Number of seats"),
        [Optional(), NumberRange(1, 2000, N_("Enter a number of seats from 1 to 2,000"))],
        render_kw={**BESIDE, "inputmode": "numeric"},
    )
    term_years = IntegerField(
        N_("Length of a term, in years"),
        [Optional(), NumberRange(1, 20, N_("Enter a number of years from 1 to 20"))],
        render_kw={**BESIDE, "inputmode": "numeric"},
    )
    begins_on = DateField(N_("Exists since"), [Optional()], render_kw=BESIDE)
    ends_on = DateField(N_("Exists until"), [Optional()], render_kw=BESIDE)


class ChangedBodyForm(BodyForm):
    version = VersionField()


class SeatForm(PageForm):
    """A seat in a body: who, representing whom, as what, from when to when."""

    person_name = StringField(
        N_("Person"),
        [InputRequired(N_("Enter the person’s name or address")), SHORT],
        filters=[stripped],
        description=N_("Type three letters of the name, or an e-mail address."),
    )
    person = HiddenField()
    organisation_name = StringField(
        N_("Organisation represented"),
        [SHORT],
        filters=[stripped],
        description=N_("Leave it empty when the person sits in his or her own name."),
    )
    organisation = HiddenField()
    function = SelectField(N_("Function"), coerce=str, choices=[], render_kw=BESIDE)
    college = SelectField(N_("College"), coerce=str, choices=[], render_kw=BESIDE)
    title = StringField(
        N_("Function as it is printed"),
        [SHORT],
        filters=[stripped],
        description=N_("Only where the name in the list does not do: Treasurer and deputy chair…"),
    )
    begins_on = DateField(N_("First day"), [Optional()], render_kw=BESIDE)
    ends_on = DateField(N_("Last day"), [Optional()], render_kw=BESIDE)


class ChangedSeatForm(SeatForm):
    """The person is settled: another person is another seat."""

    keys_of = {"organisation_name": "organisation"}
    person_name = None
    person = None
    version = VersionField()


class EndSeatForm(PageForm):
    ends_on = DateField(
        N_("Last day"),
        [InputRequired(N_("Enter the last day"))],
        description=N_("That day is still included."),
    )


class MembershipForm(PageForm):
    organisation_name = StringField(
        N_("Organisation"),
        [InputRequired(N_("Enter the organisation")), SHORT],
        filters=[stripped],
        description=N_("Type three letters. Authorities that are not in the directory yet are added."),
    )
    organisation = HiddenField()
    college = SelectField(N_("College"), coerce=str, choices=[], render_kw=BESIDE)
    fee = SelectField(
        N_("Fee"),
        choices=[SelectChoice(fee.value, label) for fee, label in FEES.items()],
        coerce=Fee,
        default=Fee.DUE,
        render_kw=BESIDE,
    )
    begins_on = DateField(N_("First day"), [Optional()], render_kw=BESIDE)
    ends_on = DateField(
        N_("Last day"),
        [Optional()],
        description=N_("Empty: it goes on until somebody ends it."),
        render_kw=BESIDE,
    )
    notes = TextAreaField(N_("Notes"), [Length(max=2000)], filters=[stripped], render_kw={"rows": 2})


class ChangedMembershipForm(MembershipForm):
    organisation_name = None
    organisation = None
    version = VersionField()


class MembersFilterForm(Form):
    q = SearchField(N_("Name"), id="filter-q")
    on = DateField(N_("As of"), [Optional()], id="filter-on")
    state = SelectField(
        N_("Which"),
        id="filter-state",
        choices=[SelectChoice("", N_("Members")), SelectChoice("lapsed", N_("No longer members"))],
    )
    college = SelectField(N_("College"), id="filter-college", coerce=str, choices=[])
    fee = SelectField(
        N_("Fee"),
        id="filter-fee",
        choices=[
            SelectChoice("", N_("All")),
            *(SelectChoice(fee.value, label) for fee, label in FEES.items()),
        ],
    )
    kind = SelectField(N_("Kind"), id="filter-kind", choices=[])


class FileForm(TakingForm):
    """Which kind of file. It may be sent again: each file is logged."""

    format = SelectField(
        N_("File"),
        choices=[
            SelectChoice("xlsx", N_("Excel workbook (.xlsx)")),
            SelectChoice("csv", N_("Text with semicolons (.csv), opens in Excel")),
        ],
    )

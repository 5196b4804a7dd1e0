"""The forms of the roster: its filters, and official files to read."""

from wtforms import BooleanField, Form, MultipleFileField, SelectChoice, SelectField, StringField
from wtforms.validators import Length

from crm.kits.parliament import seats, words
from crm.kits.parliament.models import Chamber
from crm.text import N_
from crm.web.forms import PageForm, stripped


class RosterFilters(Form):
    """What the list is narrowed by; it stands in the address."""

    q = StringField(N_("Search"), [Length(max=100)], filters=[stripped])
    chamber = SelectField(
        N_("Chamber"),
        choices=[
            SelectChoice("", N_("Both chambers")),
            *(SelectChoice(chamber.value, words.CHAMBERS[chamber]) for chamber in Chamber),
        ],
    )
    department = SelectField(
        N_("Department"),
        choices=[
            SelectChoice("", N_("Any department")),
            *(SelectChoice(code, f"{code} {area.name}") for code, area in seats.AREAS.items()),
        ],
    )
    group = SelectField(N_("Group"), choices=[], validate_choice=False)
    left = SelectField(
        N_("Office"), choices=[SelectChoice("", N_("Sits now")), SelectChoice("yes", N_("Has left"))]
    )


class FilesForm(PageForm):
    files = MultipleFileField(
        N_("Files"),
        description=N_(
            "Several at once where they belong together: the Sénat’s CSV and its JSON. 60 MB each at most."
        ),
        render_kw={"accept": ".zip,.json,.csv,.xlsx"},
    )


class TakeForm(PageForm):
    is_forced = BooleanField(N_("The files are right: take them in all the same"))

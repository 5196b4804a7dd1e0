"""Forms about a platform's file: the file with what counts as attended, and what it could not say itself."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from wtforms import BooleanField, FileField, IntegerField, RadioField, SelectChoice, SelectField
from wtforms.validators import InputRequired, NumberRange

from crm.events.platforms.layouts import FIELDS
from crm.events.platforms.moments import DateOrder
from crm.text import N_
from crm.web.forms import PageForm

UNITS = (
    SelectChoice("minutes", N_("minutes of connection")),
    SelectChoice("share", N_("% of the length of the event")),
)


class DemandForm(PageForm):
    """From when on somebody counts as having attended."""

    least = IntegerField(
        N_("Attended means, at least"),
        [
            InputRequired(N_("Enter a number, such as 15")),
            NumberRange(0, 1440, N_("Enter a number from 0 to 1440")),
        ],
        default=15,
        render_kw={"beside": True, "inputmode": "numeric"},
    )
    unit = SelectField(N_("Counted in"), choices=UNITS, default="minutes", render_kw={"beside": True})
    marks_others = BooleanField(
        N_("Mark the others who were to take part online as absent"),
        description=N_("Only those of whom nothing is known yet. Whoever the file may mean is left alone."),
    )


class PlatformFileForm(DemandForm):
    file = FileField(
        N_("Report of participants"),
        description=N_("CSV, XLSX or ODS, as Zoom, Teams, Livestorm, BigBlueButton or Google Meet give it."),
        render_kw={"accept": ".csv,.tsv,.txt,.xlsx,.xls,.ods"},
    )


class DatesForm(PageForm):
    order = RadioField(
        N_("How are the dates of this file to be read?"),
        [InputRequired(N_("Choose how the dates are to be read"))],
        choices=[
            SelectChoice(DateOrder.DAY_FIRST.value, N_("Day first, as in France: 03/04 is the 3rd of April")),
            SelectChoice(
                DateOrder.MONTH_FIRST.value,
                N_("Month first, as in the United States: 03/04 is the 4th of March"),
            ),
        ],
    )


def columns_form(columns: Sequence[str], first: Sequence[str], *args: Any, **kwargs: Any) -> PageForm:
    """A form that asks for each fact which column says it; beside each name what the `first` row says."""
    choices = [
        SelectChoice("", N_("no column")),
        *(
            SelectChoice(str(place), " · ".join(filter(None, (name[:80], said[:40]))))
            for place, (name, said) in enumerate(zip_longest(columns, first[: len(columns)], fillvalue=""))
        ),
    ]

    class ColumnsForm(PageForm):
        pass

    for key, label in FIELDS.items():
        setattr(ColumnsForm, key, SelectField(label, choices=choices, default=""))
    return ColumnsForm(*args, **kwargs)

"""The forms of series: which dates, and what is said of the whole."""

from wtforms import (
    BooleanField,
    DateField,
    Form,
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from crm.events.series.rules import MOST, Unit
from crm.text import N_
from crm.web.forms import PageForm, stripped

UNITS = {
    Unit.DAYS: N_("days"),
    Unit.WEEKS: N_("weeks, on the same weekday"),
    Unit.MONTHS: N_("months, on the same day"),
    Unit.WEEKDAY: N_("months, on the same weekday (the second Tuesday)"),
}


class RuleForm(Form):
    """Which dates to propose; read from the address."""

    how = RadioField(
        N_("Dates"),
        choices=[SelectChoice("rule", N_("By a rule")), SelectChoice("list", N_("One by one"))],
        default="rule",
    )
    every = IntegerField(N_("Every"), [Optional(), NumberRange(min=1, max=60)], default=1)
    unit = SelectField(
        N_("Unit"),
        choices=[SelectChoice(u.value, label) for u, label in UNITS.items()],
        default=Unit.WEEKS.value,
    )
    times = IntegerField(
        N_("How many times more"), [Optional(), NumberRange(min=1, max=MOST)], render_kw={"beside": True}
    )
    until = DateField(N_("or until, included"), [Optional()], render_kw={"beside": True})
    dates = TextAreaField(
        N_("Dates, one on each line"),
        [Length(max=20_000)],
        description=N_("12/06/2030 14:00; without an hour, that of the event."),
        render_kw={"rows": 6},
    )


class RepeatForm(PageForm):
    """What is made at the dates that were amended."""

    title = StringField(N_("Name of the series"), [Length(max=200)], filters=[stripped])
    is_joint = BooleanField(
        N_("One registration for the whole series"),
        description=N_(
            "Whoever registers gets a seat in each event, or a place in its queue, and one message."
        ),
    )


class SeriesForm(PageForm):
    title = StringField(
        N_("Name of the series"), [InputRequired(N_("Enter a title")), Length(max=200)], filters=[stripped]
    )
    description = TextAreaField(N_("Description"), [Length(max=50_000)], render_kw={"rich": True, "rows": 6})
    is_joint = BooleanField(
        N_("One registration for the whole series"),
        description=N_(
            "Whoever registers gets a seat in each event, or a place in its queue, and one message."
        ),
    )
    language = SelectField(
        N_("Language"),
        choices=[SelectChoice("fr", N_("French")), SelectChoice("en", N_("English"))],
        default="fr",
    )
    seen = HiddenField()


class IntoSeriesForm(PageForm):
    """Into which series an event is put: one that there is, or a new one."""

    series = SelectField(N_("Series"))
    title = StringField(N_("or a new one, named"), [Length(max=200)], filters=[stripped])

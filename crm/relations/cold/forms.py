"""The forms of the Monday list."""

from wtforms import DateField, SelectField, StringField
from wtforms.validators import InputRequired

from crm.relations.cold.models import Whose
from crm.relations.forms import A_DAY, SHORT
from crm.text import N_
from crm.web.forms import PageForm, stripped

WISHES = {
    "": N_("No mail"),
    Whose.MINE.value: N_("Those I follow"),
    Whose.ALL.value: N_("Everyone’s"),
}


class PlanForm(PageForm):
    what = StringField(
        N_("What is to be done"),
        [InputRequired(N_("Say what is to be done")), SHORT],
        filters=[stripped],
        render_kw={"autocomplete": "off"},
    )
    due = DateField(N_("By when"), [InputRequired(A_DAY)])


class MondayForm(PageForm):
    whose = SelectField(N_("Which list"), choices=[])

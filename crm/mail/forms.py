"""The forms of preferences."""

from wtforms import SelectChoice, SelectMultipleField

from crm.mail.queries import REFUSABLE
from crm.mail.words import PURPOSES
from crm.text import N_
from crm.web.forms import PageForm


class PreferencesForm(PageForm):
    wanted = SelectMultipleField(
        N_("I want to receive"),
        choices=[SelectChoice(purpose.value, PURPOSES[purpose]) for purpose in REFUSABLE],
    )

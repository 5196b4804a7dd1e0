"""The forms of preferences."""

from wtforms import SelectMultipleField

from crm.text import N_
from crm.web.forms import PageForm


class PreferencesForm(PageForm):
    """`wanted` offers what the view puts into its choices."""

    wanted = SelectMultipleField(N_("I want to receive"))

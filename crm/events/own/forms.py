"""The forms of one's own registration."""

from wtforms import RadioField, SelectChoice

from crm.events import words
from crm.text import N_
from crm.web.forms import PageForm


class ModeForm(PageForm):
    mode = RadioField(
        N_("How will you take part?"),
        choices=[SelectChoice(mode.value, label) for mode, label in words.MODES.items()],
    )

"""Which paper, for whom."""

from wtforms import IntegerField, RadioField, SelectChoice
from wtforms.validators import NumberRange, Optional

from crm.events.models import Mode
from crm.events.papers import words
from crm.text import N_
from crm.web.forms import TakingForm

EVERYBODY = "everybody"


class PaperForm(TakingForm):
    paper = RadioField(
        N_("Paper"),
        choices=[SelectChoice(paper, label) for paper, label in words.PAPERS.items()],
        default=words.SIGNING,
    )
    who = RadioField(
        N_("For which people"),
        choices=[
            SelectChoice(Mode.ONSITE.value, N_("Those who come on site")),
            SelectChoice(EVERYBODY, N_("Everybody with a seat")),
        ],
        default=Mode.ONSITE.value,
    )
    blank = IntegerField(
        N_("Empty lines or badges for others"),
        [Optional(), NumberRange(0, 200, N_("Enter a number from 0 to 200."))],
        default=10,
    )

    @property
    def mode(self) -> Mode | None:
        return None if self.who.data == EVERYBODY else Mode.ONSITE

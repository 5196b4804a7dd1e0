"""The rule of an assembly, and what is said of one voter."""

from wtforms import (
    BooleanField,
    FileField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
)
from wtforms.validators import InputRequired, Length, NumberRange

from crm.events.assemblies.models import Electorate
from crm.events.assemblies.words import ELECTORATES
from crm.text import N_
from crm.web import files
from crm.web.forms import PageForm, stripped

QUORUMS = {
    "0/1": N_("no quorum"),
    "1/4": N_("a quarter of the voters"),
    "1/3": N_("a third of the voters"),
    "1/2": N_("half of the voters"),
    ">1/2": N_("more than half of the voters"),
    "2/3": N_("two thirds of the voters"),
    "3/4": N_("three quarters of the voters"),
}


class RuleForm(PageForm):
    electorate = RadioField(
        N_("Who votes"),
        choices=[SelectChoice(one.value, label) for one, label in ELECTORATES.items()],
        default=Electorate.MEMBERS.value,
    )
    quorum = SelectField(
        N_("Quorum"), choices=[SelectChoice(value, label) for value, label in QUORUMS.items()], default="1/2"
    )
    counts_proxies = BooleanField(N_("Those who are represented count for the quorum"), default=True)
    most_proxies = IntegerField(
        N_("Proxies that one voter may hold"),
        [
            InputRequired(N_("Enter a number, 0 for none.")),
            NumberRange(0, 100, N_("Enter a number from 0 to 100.")),
        ],
        default=2,
        render_kw={"beside": True},
    )

    @property
    def fraction(self) -> tuple[int, int, bool]:
        """Numerator, denominator, and whether it must be more than that."""
        chosen = str(self.quorum.data)
        above, below = chosen.lstrip(">").split("/")
        return int(above), int(below), chosen.startswith(">")


class ProxyForm(PageForm):
    holder = StringField(
        N_("Proxy given to"),
        [InputRequired(N_("Choose among the voters the one who holds the proxy.")), Length(max=300)],
        filters=[stripped],
    )
    holder_key = HiddenField()
    written = FileField(
        N_("Written proxy"),
        description=N_("PDF or image, 20 MB at most."),
        render_kw={"accept": files.ACCEPTED},
    )

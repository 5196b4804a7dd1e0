"""The forms of places: how freed seats are passed on, groups with places held back, and who belongs."""

from typing import Any

from wtforms import HiddenField, IntegerField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from crm.events import words
from crm.text import N_
from crm.web.forms import PageForm, stripped

AT_ONCE, OFFERED = "at_once", "offered"
USUAL_HOURS = 48


class PassingOnForm(PageForm):
    """What happens to a seat that is given back, and until when people give it back by themselves."""

    passing = RadioField(
        N_("When a seat becomes free"),
        choices=[
            SelectChoice(AT_ONCE, N_("The next person on the waiting list has it at once, and is told")),
            SelectChoice(OFFERED, N_("It is offered to the next person, who must take it in time")),
        ],
        default=AT_ONCE,
    )
    offer_hours = IntegerField(
        N_("Hours to take an offered seat"),
        [Optional(), NumberRange(1, 24 * 30, N_("Enter a number of hours from 1 to 720"))],
        description=N_(
            "Without an answer it goes to the next person. Near the start the time grows shorter, and in the "
            "last hours seats are given at once."
        ),
    )
    withdraw_hours = IntegerField(
        N_("People withdraw by themselves until so many hours before the start"),
        [Optional(), NumberRange(0, 24 * 90, N_("Enter a number of hours from 0 to 2160"))],
        description=N_("Later they must write to you. Leave empty to let them until the end of the event."),
    )


class GroupForm(PageForm):
    name = StringField(
        N_("Name of the group"),
        [InputRequired(N_("Enter a name for the group, such as “Speakers”.")), Length(max=100)],
        filters=[stripped],
    )
    places = IntegerField(
        N_("Places held back"),
        [
            InputRequired(N_("Enter how many places are held back: 1 or more.")),
            NumberRange(1, 1_000_000, N_("Enter how many places are held back: 1 or more.")),
        ],
    )
    mode = SelectField(
        N_("Side"), choices=[SelectChoice(mode.value, label) for mode, label in words.MODES.items()]
    )

    def __init__(self, formdata: Any = None, *, is_hybrid: bool, **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        if not is_hybrid:
            del self.mode


class MemberForm(PageForm):
    """One more who belongs to a group: a person of the directory, or everybody of an organisation."""

    person = StringField(N_("A person"), [Length(max=300)], filters=[stripped])
    person_key = HiddenField()
    who = StringField(N_("Or everybody of an organisation"), [Length(max=300)], filters=[stripped])
    who_key = HiddenField()

"""A message that leaves by itself: to whom, how far from the event, with which words."""

from datetime import time
from typing import Any

from wtforms import (
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    TextAreaField,
    TimeField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from crm.events import words
from crm.events.reminders.models import Readers, Reminder
from crm.events.reminders.services import Facts
from crm.text import N_
from crm.web.forms import PageForm

MINUTES = {"minutes": 1, "hours": 60}


class ReminderForm(PageForm):
    readers = RadioField(
        N_("To whom"),
        choices=[SelectChoice(one.value, label) for one, label in words.READERS.items()],
        default=Readers.REGISTERED.value,
        description=N_("As things stand when it leaves: who withdraws or answers meanwhile gets nothing."),
    )
    side = RadioField(
        N_("When"),
        choices=[SelectChoice("before", N_("Before it starts")), SelectChoice("after", N_("After it ends"))],
        default="before",
    )
    number = IntegerField(
        N_("How many"),
        [InputRequired(N_("Enter a number")), NumberRange(min=0, max=10_000, message=N_("Enter a number"))],
        default=1,
        render_kw={"beside": True},
    )
    unit = SelectField(
        N_("Unit"),
        choices=[
            SelectChoice("days", N_("days, at the hour below")),
            SelectChoice("hours", N_("hours")),
            SelectChoice("minutes", N_("minutes")),
        ],
        default="days",
        render_kw={"beside": True},
    )
    hour = TimeField(
        N_("Hour, for days"),
        [Optional()],
        default=time(9),
        description=N_("On the clocks of the event, whatever they did in between."),
    )
    note = TextAreaField(
        N_("Words of your own"),
        [Length(max=20_000)],
        description=N_("They stand below the greeting. Time, place and links are written by themselves."),
        render_kw={"rich": True, "rows": 5},
    )
    version = HiddenField()

    def validate_hour(self, field: Any) -> None:
        if self.unit.data == "days" and field.data is None:
            raise ValidationError(N_("Enter the hour at which it leaves"))

    def facts(self) -> Facts:
        """What the services take."""
        by_days = self.unit.data == "days"
        number = self.number.data or 0
        return {
            "readers": Readers(self.readers.data),
            "is_after": self.side.data == "after",
            "minutes": None if by_days else number * MINUTES[self.unit.data],
            "days": number if by_days else None,
            "hour": self.hour.data if by_days else None,
            "note": self.note.data or "",
        }


def shown(reminder: Reminder) -> dict[str, Any]:
    """The reminder as the form shows it."""
    minutes = reminder.minutes or 0
    unit = "days" if reminder.days is not None else "minutes" if minutes % 60 or not minutes else "hours"
    number = {"days": reminder.days, "hours": minutes // 60, "minutes": minutes}[unit]
    return {
        "readers": reminder.readers.value,
        "side": "after" if reminder.is_after else "before",
        "number": number,
        "unit": unit,
        "hour": reminder.hour,
        "note": reminder.note,
        "version": reminder.version,
    }

"""What the lists of events, of who is invited and of who comes can be narrowed by; read from the address."""

from typing import Any

from wtforms import Form, SelectChoice, SelectField, StringField

from crm.events import words
from crm.text import N_
from crm.web.forms import stripped


def _any(label: str, choices: dict[Any, str]) -> list[SelectChoice]:
    return [SelectChoice("", label), *(SelectChoice(key.value, words_) for key, words_ in choices.items())]


class AgendaFilters(Form):
    """Which events the list shows; read from the address."""

    q = StringField(N_("Search"), filters=[stripped])
    period = SelectField(
        N_("Period"),
        choices=[
            SelectChoice("coming", N_("Coming")),
            SelectChoice("past", N_("Past")),
            SelectChoice("all", N_("All dates")),
        ],
        default="coming",
    )
    state = SelectField(N_("State"), choices=_any(N_("Any state"), words.STATES))
    kind = SelectField(N_("Kind"))
    part = SelectField(N_("Our part"), choices=_any(N_("Any part"), words.PARTS))


class RegistrationFilters(Form):
    """Which registrations the list shows; read from the address."""

    q = StringField(N_("Search"), filters=[stripped])
    seat = SelectField(N_("Seat"), choices=_any(N_("Registered and waiting"), words.SEATS))
    attendance = SelectField(N_("Attendance"), choices=_any(N_("Any"), words.ATTENDANCE))
    mode = SelectField(N_("Takes part"), choices=_any(N_("Any"), words.MODES))


class InvitationFilters(Form):
    """Which invitations the list shows; read from the address."""

    q = StringField(N_("Search"), filters=[stripped])
    answer = SelectField(N_("Answer"), choices=_any(N_("Any answer"), words.STANDINGS))

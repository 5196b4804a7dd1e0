"""What a person decides about the answer of a calendar."""

from typing import Any

from wtforms import EmailField, HiddenField, RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired, Length, Optional

from crm.events import words
from crm.events.models import Mode
from crm.text import N_
from crm.web.forms import PageForm, stripped

MODES = [SelectChoice(mode.value, label) for mode, label in words.MODES.items()]


class _OfEvent(PageForm):
    """Asks how somebody takes part, when the event is hybrid."""

    version = HiddenField()
    mode = RadioField(N_("Takes part"), choices=MODES, default=Mode.ONSITE.value)

    def __init__(self, formdata: Any = None, *, is_hybrid: bool, **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        if not is_hybrid:
            del self.mode


class NoteForm(_OfEvent):
    """The answer as somebody reads it."""

    answer = RadioField(
        N_("Answer"),
        [InputRequired(N_("Choose one of the two answers."))],
        choices=[SelectChoice("accepted", N_("Comes")), SelectChoice("declined", N_("Does not come"))],
    )


class StrangerForm(_OfEvent):
    """Somebody who was not invited and is let in."""

    given_name = StringField(
        N_("Given name"), [InputRequired(N_("Enter a given name")), Length(max=100)], filters=[stripped]
    )
    family_name = StringField(
        N_("Family name"), [InputRequired(N_("Enter a family name")), Length(max=100)], filters=[stripped]
    )
    email = EmailField(N_("E-mail address"), [Optional(), Length(max=254)], filters=[stripped])
    organisation = StringField(N_("Organisation"), [Length(max=300)], filters=[stripped])

"""The forms at a door, and of the doors of an event."""

from wtforms import EmailField, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from crm.text import N_
from crm.web.forms import PageForm, stripped


class DoorForm(PageForm):
    name = StringField(
        N_("Name of the door, or of the helper"),
        [
            InputRequired(N_("Name the door, or who will stand there: it is shown beside each arrival.")),
            Length(max=60),
        ],
        filters=[stripped],
        description=N_("For example “Main hall”, or the first name of a volunteer."),
    )  # fmt: skip
    day_number = SelectField(N_("Day"), coerce=int)


class HelperForm(PageForm):
    helper = StringField(
        N_("Your first name"),
        [
            InputRequired(N_("Enter your first name: it is shown beside each arrival you note.")),
            Length(max=40),
        ],
        filters=[stripped],
    )


class NoteForm(PageForm):
    """One act. It may be sent again with the same nonce, also hours later, and is then done once."""

    act = HiddenField()
    nonce = HiddenField(validators=[Length(max=64)])
    badge = HiddenField(validators=[Length(max=200)])
    waited = HiddenField(validators=[Length(max=12)])

    @property
    def key(self) -> str:
        """The nonce that a script made, else the key of the page's own form."""
        return str(self.nonce.data or self.form_key.data)[:64]

    @property
    def seconds_waited(self) -> float:
        """How long the act waited for a network, by the device's own clock."""
        typed = str(self.waited.data or "")
        return int(typed) / 1000 if len(typed) <= 12 and typed.isascii() and typed.isdigit() else 0.0


class WalkInForm(NoteForm):
    given_name = StringField(
        N_("Given name"),
        [InputRequired(N_("Enter the given name")), Length(max=100)],
        filters=[stripped],
        render_kw={"beside": True, "autocomplete": "off"},
    )
    family_name = StringField(
        N_("Family name"),
        [InputRequired(N_("Enter the family name")), Length(max=100)],
        filters=[stripped],
        render_kw={"beside": True, "autocomplete": "off"},
    )
    email = EmailField(
        N_("E-mail address"), [Length(max=254)], filters=[stripped], render_kw={"autocomplete": "off"}
    )
    organisation = StringField(
        N_("Organisation"), [Length(max=300)], filters=[stripped], render_kw={"autocomplete": "off"}
    )  # fmt: skip

"""The form that erases a person: the reason, the name typed, and one's own password."""

from wtforms import PasswordField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from crm.accounts.passwords import LONGEST
from crm.text import N_
from crm.web.forms import PageForm, stripped


class ErasingForm(PageForm):
    reason = TextAreaField(
        N_("Why"),
        [InputRequired(N_("Say why: it is kept with the day and your name.")), Length(max=500)],
        description=N_(
            "For example when and how it was asked for. It is kept with your name: do not name the person."
        ),
        filters=[stripped],
        render_kw={"rows": 3},
    )
    typed = StringField(
        N_("Name of the person, typed again"),
        [InputRequired(N_("Type the name as it stands above: it shows that the right person is meant."))],
        filters=[stripped],
        render_kw={"autocomplete": "off"},
    )
    present = PasswordField(
        N_("Your own password"),
        [InputRequired(N_("Enter your password: it shows that it is you.")), Length(max=LONGEST * 8)],
        render_kw={"autocomplete": "current-password"},
    )

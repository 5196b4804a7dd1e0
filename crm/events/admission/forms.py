"""The forms of admission: hours, list, approval; a secret link; what is said to whoever is refused."""

from typing import Any

from wtforms import BooleanField, DateTimeLocalField, HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from crm.text import N_
from crm.web.forms import PageForm, stripped


class AdmissionForm(PageForm):
    opens = DateTimeLocalField(N_("Registration opens"), [Optional()], render_kw={"beside": True})
    closes = DateTimeLocalField(N_("Registration ends"), [Optional()], render_kw={"beside": True})
    needs_approval = BooleanField(
        N_("Each registration is approved first"),
        description=N_(
            "Whoever comes by the public page asks for a seat, and keeps the order of arrival; you say yes "
            "or no, and each is told by mail. People whom you invite or register are approved by that."
        ),
    )
    takes_groups = BooleanField(
        N_("One may register several people"),
        description=N_("Up to five colleagues at once; each gets a seat and a message of their own."),
    )
    is_list_closed = BooleanField(
        N_("Only people on the list may register"),
        description=N_("Those you invited, and the addresses below. The public page says so."),
    )
    listed = TextAreaField(
        N_("Addresses on the list"),
        [Length(max=1_000_000)],
        description=N_("One a line; @ville.example.org lets every address of that domain in."),
        render_kw={"rows": 6, "spellcheck": "false"},
    )
    seen = HiddenField()

    def __init__(self, formdata: Any = None, *, shows: bool = False, **kwargs: Any) -> None:
        super().__init__(None if shows else formdata, **kwargs)


class LinkForm(PageForm):
    name = StringField(
        N_("For whom"),
        [InputRequired(N_("Say for whom the link is.")), Length(max=200)],
        description=N_("For example “Elected people of the department”. Only you see it."),
        filters=[stripped],
    )


class RefusalForm(PageForm):
    words = TextAreaField(
        N_("What to say to those you refuse"),
        [Length(max=2_000)],
        description=N_("Added to the message; left empty, it only says that the request cannot be taken."),
        render_kw={"rows": 3},
    )

"""The form of something that stays after an event."""

from wtforms import BooleanField, FileField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length

from crm.events.resources import words
from crm.text import N_
from crm.web import files
from crm.web.forms import PageForm, stripped


class ResourceForm(PageForm):
    kind = SelectField(
        N_("Kind"), choices=[SelectChoice(kind.value, label) for kind, label in words.KINDS.items()]
    )
    title = StringField(
        N_("Title"), [InputRequired(N_("Enter a title")), Length(max=200)], filters=[stripped]
    )
    url = StringField(
        N_("Link"), [Length(max=2000)], filters=[stripped], render_kw={"type": "url", "inputmode": "url"}
    )
    file = FileField(
        N_("Or a file"),
        description=N_("PDF, image, office document: 20 MB at most."),
        render_kw={"accept": files.ACCEPTED},
    )
    is_public = BooleanField(
        N_("For anybody, on the public page"), description=N_("Otherwise only those who registered see it.")
    )

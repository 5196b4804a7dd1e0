"""The forms of a programme."""

from typing import Any

from wtforms import (
    BooleanField,
    DateTimeLocalField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    MultipleFileField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length

from crm.events import words as events
from crm.events.models import Answer
from crm.events.programme import words
from crm.events.programme.models import Does
from crm.text import N_
from crm.web import files
from crm.web.forms import PageForm, stripped


class VoiceForm(Form):
    """One person of a session: proposed, and what they do there. An empty line is nobody."""

    name = StringField(N_("Name"), [Length(max=300)], filters=[stripped])
    key = HiddenField()
    does = SelectField(
        N_("In this session"),
        choices=[SelectChoice(does.value, label) for does, label in words.DOES.items()],
        default=Does.SPEAKS.value,
    )


class SessionForm(PageForm):
    title = StringField(
        N_("Title"), [InputRequired(N_("Enter a title")), Length(max=200)], filters=[stripped]
    )
    starts = DateTimeLocalField(
        N_("Starts"), [InputRequired(N_("Enter when it starts"))], render_kw={"beside": True}
    )
    ends = DateTimeLocalField(
        N_("Ends"), [InputRequired(N_("Enter when it ends"))], render_kw={"beside": True}
    )
    room = StringField(
        N_("Room"),
        [Length(max=120)],
        description=N_("A room, a stage, a link: the same name is the same room."),
        filters=[stripped],
        render_kw={"list": "rooms"},
    )
    description = TextAreaField(N_("Description"), [Length(max=20_000)], render_kw={"rich": True, "rows": 5})
    voices = FieldList(FormField(VoiceForm), min_entries=3, max_entries=40, label=N_("Who speaks"))
    seen = HiddenField()

    def validate_ends(self, field: Any) -> None:
        if self.starts.data and field.data and field.data <= self.starts.data:
            raise ValidationError(
                N_("The session ends before it starts: enter an end that comes after the start.")
            )


class SpeakerForm(PageForm):
    """How somebody is printed, and the answer they gave by word of mouth."""

    function = StringField(N_("Function to print"), [Length(max=200)], filters=[stripped])
    organisation_name = StringField(N_("Organisation to print"), [Length(max=300)], filters=[stripped])
    answer = RadioField(
        N_("Answer"),
        choices=[SelectChoice(answer.value, label) for answer, label in events.ANSWERS.items()],
        default=Answer.NONE.value,
    )
    seen = HiddenField()


class SpeakingForm(PageForm):
    """The answer of somebody asked to speak."""

    answer = HiddenField()
    said = TextAreaField(
        N_("A word for the organisers"), [Length(max=2000)], filters=[stripped], render_kw={"rows": 3}
    )


class DocumentForm(PageForm):
    files = MultipleFileField(
        N_("Files"),
        description=N_("PDF, images, office documents: 20 MB each at most."),
        render_kw={"accept": files.ACCEPTED},
    )
    session = SelectField(N_("Of which session"))
    is_public = BooleanField(
        N_("On the public page"), description=N_("Otherwise only those who are signed in here can open it.")
    )

"""The forms of mobilisation kits."""

from typing import ClassVar

from wtforms import (
    DateField,
    FileField,
    Form,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
    URLField,
)
from wtforms.validators import InputRequired, Length, Optional

from crm.kits import words
from crm.kits.models import KitState
from crm.text import N_
from crm.web import files
from crm.web.forms import PageForm, stripped


class KitForm(PageForm):
    keys_of: ClassVar[dict[str, str]] = {"lead": "lead_key"}

    title = StringField(
        N_("Title"), [InputRequired(N_("Enter a title")), Length(max=200)], filters=[stripped]
    )
    objective = StringField(
        N_("Objective"),
        [Length(max=400)],
        description=N_("What is asked for, in one sentence."),
        filters=[stripped],
    )
    lead = StringField(
        N_("Lead organisation"),
        [Length(max=200)],
        description=N_("Who leads the mobilisation. Type three letters of its name."),
        filters=[stripped],
    )
    lead_key = HiddenField()
    begins_on = DateField(N_("Begins on"), [Optional()], render_kw={"beside": True})
    deadline = DateField(N_("Deadline"), [Optional()], render_kw={"beside": True})
    language = RadioField(
        N_("Language of the kit"),
        choices=[SelectChoice("fr", "Français"), SelectChoice("en", "English")],
        default="fr",
    )
    call = TextAreaField(
        N_("Call"),
        [Length(max=20_000)],
        description=N_("Why it matters and what to do: the first thing that people read."),
        render_kw={"rich": True},
    )
    letter_subject = StringField(N_("Subject of the model letter"), [Length(max=200)], filters=[stripped])
    letter_body = TextAreaField(
        N_("Text of the model letter"),
        [Length(max=20_000)],
        description=N_(
            "Leave two lines where writers say why it concerns them: identical letters are read as one."
        ),
        render_kw={"rows": 14},
    )
    letter_short = TextAreaField(
        N_("Short form for the link"),
        [Length(max=20_000)],
        description=N_(
            "Mail programs cut links of more than 1,900 encoded characters, about 1,150 characters of French."
            " Needed only when the letter is longer; people can always copy the whole letter."
        ),
        render_kw={"rows": 8},
    )
    amendment = TextAreaField(
        N_("Proposed amendment"),
        [Length(max=20_000)],
        description=N_("The text as it is to be tabled, with its article and its summary of reasons."),
        render_kw={"rows": 8},
    )
    press_release = TextAreaField(N_("Joint press release"), [Length(max=20_000)], render_kw={"rich": True})
    version = HiddenField()


class LinkForm(PageForm):
    url = URLField(N_("Link"), [InputRequired(N_("Enter a link")), Length(max=2000)], filters=[stripped])
    title = StringField(N_("What it leads to"), [Length(max=200)], filters=[stripped])


class FileForm(PageForm):
    files = FileField(
        N_("File"),
        description=N_("PDF, image, office document or plain text, 20 MB at most."),
        render_kw={"accept": files.ACCEPTED},
    )
    caption = StringField(N_("What it is"), [Length(max=200)], filters=[stripped])


class SignatureForm(PageForm):
    organisation = StringField(
        N_("Organisation"),
        [InputRequired(N_("Enter the organisation that signs")), Length(max=200)],
        filters=[stripped],
    )
    organisation_key = HiddenField()
    signed_on = DateField(N_("Signed on"), [InputRequired(N_("Enter the day of signing"))])
    signer = StringField(N_("Signed by"), [Length(max=200)], filters=[stripped])
    signer_function = StringField(N_("Function"), [Length(max=200)], filters=[stripped])


class KitFilters(Form):
    """What the list is narrowed by; it stands in the address."""

    q = StringField(N_("Search"), filters=[stripped])
    state = SelectField(
        N_("State"),
        choices=[
            SelectChoice("", N_("Any state")),
            *(SelectChoice(s.value, words.STATES[s]) for s in KitState),
        ],
    )

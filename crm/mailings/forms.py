"""The forms of mailings."""

from wtforms import (
    BooleanField,
    DateTimeLocalField,
    FileField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import AnyOf, InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from crm.mail import purposes
from crm.mail.models import Permission
from crm.mail.words import BASES, PERMISSIONS, purpose_names
from crm.mailings.audiences.models import How, PartKind
from crm.text import N_
from crm.web.forms import PageForm, stripped

LONGEST_SUBJECT = 150
LONGEST_BODY = 60_000


class MailingForm(PageForm):
    purpose = RadioField(
        N_("Purpose"),
        [InputRequired(N_("Choose why you write"))],
        description=N_("It decides who may be written to: whoever refused this purpose is left out."),
    )
    subject_fr = StringField(
        N_("Subject in French"),
        [Length(max=LONGEST_SUBJECT, message=N_("Shorten the subject to 150 characters"))],
        filters=[stripped],
        render_kw={"counted": 70, "lang": "fr"},
    )
    body_fr = TextAreaField(
        N_("Text in French"),
        [Length(max=LONGEST_BODY, message=N_("Shorten the text: mail programs cut long messages"))],
        render_kw={"rich": True, "rows": 12, "lang": "fr"},
    )
    subject_en = StringField(
        N_("Subject in English"),
        [Length(max=LONGEST_SUBJECT, message=N_("Shorten the subject to 150 characters"))],
        filters=[stripped],
        render_kw={"counted": 70, "lang": "en"},
    )
    body_en = TextAreaField(
        N_("Text in English"),
        [Length(max=LONGEST_BODY, message=N_("Shorten the text: mail programs cut long messages"))],
        render_kw={"rich": True, "rows": 12, "lang": "en"},
    )
    audience = HiddenField(validators=[Length(max=20_000)])
    everyone = HiddenField()
    version = IntegerField(validators=[Optional()], widget=HiddenInput())

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        names = purpose_names()
        self.purpose.choices = [SelectChoice(one.key, names[one.key]) for one in purposes.offered()]


class PurposeForm(PageForm):
    """Why one writes. The view fills in the views to choose from."""

    name_fr = StringField(
        N_("Name in French"),
        [InputRequired(N_("Enter a name in French")), Length(max=80)],
        filters=[stripped],
        render_kw={"beside": True, "lang": "fr"},
    )
    name_en = StringField(
        N_("Name in English"), [Length(max=80)], filters=[stripped], render_kw={"beside": True, "lang": "en"}
    )
    explained_fr = TextAreaField(
        N_("What it is for, in French"),
        [Length(max=400)],
        description=N_("One sentence for readers: it stands on the page where they choose."),
        filters=[stripped],
        render_kw={"rows": 2, "lang": "fr"},
    )
    explained_en = TextAreaField(
        N_("What it is for, in English"),
        [Length(max=400)],
        filters=[stripped],
        render_kw={"rows": 2, "lang": "en"},
    )
    basis = RadioField(
        N_("Legal basis"),
        [InputRequired(N_("Choose what makes it lawful"))],
        choices=[SelectChoice(basis.value, words) for basis, words in BASES.items()],
    )
    permission = RadioField(
        N_("Who may be written to"),
        [InputRequired(N_("Choose who may be written to"))],
        choices=[
            SelectChoice(permission.value, words)
            for permission, words in PERMISSIONS.items()
            if permission is not Permission.ALWAYS
        ],
    )
    reach_id = SelectField(
        N_("Only people of this saved view"),
        description=N_("Whoever is not in it is left out of every mailing for this purpose."),
    )
    notice_fr = TextAreaField(
        N_("Notice below each mail, in French"),
        [Length(max=600)],
        description=N_("Why the reader receives it. Left empty, one of the house stands there."),
        filters=[stripped],
        render_kw={"rows": 2, "lang": "fr"},
    )
    notice_en = TextAreaField(
        N_("Notice below each mail, in English"),
        [Length(max=600)],
        filters=[stripped],
        render_kw={"rows": 2, "lang": "en"},
    )
    version = IntegerField(validators=[Optional()], widget=HiddenInput())


class AutosaveForm(MailingForm):
    """The same, sent again and again by one page: its version keeps it from being taken twice."""

    def _claim(self, location: str | None = None) -> None:
        pass


class ScheduleForm(PageForm):
    leaves_at = DateTimeLocalField(
        N_("Day and hour"),
        [InputRequired(N_("Enter a day and an hour"))],
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )
    fingerprint = HiddenField(validators=[Length(max=64)])


class PartForm(PageForm):
    """One more part of an audience: what kind, which one, which of its people, and on which side."""

    kind = SelectField(choices=[SelectChoice(kind.value, kind.value) for kind in PartKind])
    key = StringField(validators=[Length(max=9)])
    how = StringField(validators=[Optional(), AnyOf([how.value for how in How])])
    side = StringField(validators=[AnyOf(["include", "exclude"])])

    def validate_kind(self, field: SelectField) -> None:
        if field.data in (PartKind.LIST, PartKind.PEOPLE):
            raise ValidationError(N_("Choose these people on the list of people"))


class AudienceForm(PageForm):
    """Carries a filter to a draft."""

    audience = HiddenField(validators=[Length(max=20_000)])


class LookForm(PageForm):
    """How mails look, and what is asked for before mailings leave."""

    colour = StringField(
        N_("Colour of links and buttons"),
        [Length(max=9)],
        description=N_("White words on it must be readable. Left empty, the usual blue."),
        filters=[stripped],
        render_kw={"placeholder": "#1f5a96", "spellcheck": "false"},
    )
    logo = FileField(
        N_("Logo"),
        description=N_("PNG or JPEG; it stands above the name, 64 pixels high at most."),
        render_kw={"accept": ".png,.jpg,.jpeg"},
    )
    takes_logo_away = BooleanField(N_("Take the logo away"))
    mailings_need_approval = BooleanField(
        N_("A colleague approves each mailing before it leaves"),
        description=N_("Somebody who may send, and did not write in it."),
    )
    counts_clicks = BooleanField(
        N_("Count how often the links of mailings are opened"),
        description=N_("All readers together, never by whom; each mail says so. Who reads is not measured."),
    )


class AskApprovalForm(PageForm):
    """Whom to ask; nobody named is everybody who may."""

    colleague = RadioField(N_("Whom to ask"), choices=[])


class ApproveForm(PageForm):
    """A yes to the mailing as the page showed it."""

    seen = HiddenField(validators=[Length(max=64)])


class TrialForm(PageForm):
    """A message to oneself, or to others, as one person would read it."""

    person = IntegerField(validators=[Optional()], widget=HiddenInput())
    text_in = HiddenField()
    colleagues = SelectMultipleField(N_("Colleagues"), choices=[])
    others = StringField(
        N_("Other addresses"),
        [Length(max=1000)],
        description=N_("Apart by spaces or commas; ten in all at most."),
        filters=[stripped],
    )

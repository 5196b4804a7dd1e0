"""The forms of templates, signatures and pictures."""

from wtforms import FileField, HiddenField, IntegerField, RadioField, SelectChoice, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from crm.mailings.forms import LONGEST_BODY, LONGEST_SUBJECT
from crm.text import N_
from crm.web.forms import PageForm, stripped

NAMED = [InputRequired(N_("Enter a name")), Length(max=80)]
SHORT = Length(max=LONGEST_SUBJECT, message=N_("Shorten the subject to 150 characters"))
LONG = Length(max=LONGEST_BODY, message=N_("Shorten the text: mail programs cut long messages"))


class TemplateForm(PageForm):
    name = StringField(N_("Name of the template"), NAMED, filters=[stripped])
    subject_fr = StringField(
        N_("Subject in French"), [SHORT], filters=[stripped], render_kw={"counted": 70, "lang": "fr"}
    )
    body_fr = TextAreaField(N_("Text in French"), [LONG], render_kw={"rich": True, "rows": 12, "lang": "fr"})
    subject_en = StringField(
        N_("Subject in English"), [SHORT], filters=[stripped], render_kw={"counted": 70, "lang": "en"}
    )
    body_en = TextAreaField(N_("Text in English"), [LONG], render_kw={"rich": True, "rows": 12, "lang": "en"})
    version = IntegerField(validators=[Optional()], widget=HiddenInput())


class NameForm(PageForm):
    """What a mailing's words are called once they are a template."""

    name = StringField(N_("Name of the template"), NAMED, filters=[stripped])


class SignatureForm(PageForm):
    name = StringField(
        N_("Name of the signature"),
        NAMED,
        description=N_("Seen by those who write: “Management”, “Events team”."),
        filters=[stripped],
    )
    whose = RadioField(
        N_("Who signs so"),
        choices=[
            SelectChoice("mine", N_("I alone")),
            SelectChoice("shared", N_("Everybody who writes for the association")),
        ],
        default="mine",
    )
    body_fr = TextAreaField(N_("Text in French"), [LONG], render_kw={"rich": True, "rows": 5, "lang": "fr"})
    body_en = TextAreaField(
        N_("Text in English"),
        [LONG],
        description=N_("Left empty, the French text stands in English mails too."),
        render_kw={"rich": True, "rows": 5, "lang": "en"},
    )
    version = IntegerField(validators=[Optional()], widget=HiddenInput())


class DescribePictureForm(PageForm):
    alt_fr = StringField(
        N_("What it shows, in French"),
        [
            InputRequired(N_("Say in words what the image shows: some readers do not see it.")),
            Length(max=300),
        ],
        description=N_("Read aloud to those who do not see it, and written in the plain text."),
        filters=[stripped],
    )
    alt_en = StringField(N_("What it shows, in English"), [Length(max=300)], filters=[stripped])
    name = StringField(
        N_("Name among the images"),
        [Length(max=80)],
        description=N_("Left empty, the name of the file."),
        filters=[stripped],
    )


class PictureForm(DescribePictureForm):
    file = FileField(
        N_("Image"),
        description=N_("PNG or JPEG, 2 MB at most; what the camera wrote into it is taken out."),
        render_kw={"accept": ".png,.jpg,.jpeg"},
    )
    # Where the form was sent from, to go on there.
    next = HiddenField(validators=[Length(max=300)])

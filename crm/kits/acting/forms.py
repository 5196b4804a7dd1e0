"""The forms of what a kit's makers choose: versions of the letter, and people whom everybody writes to."""

from wtforms import SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from crm.kits.parliament import words
from crm.kits.parliament.models import Chamber
from crm.text import N_
from crm.web.forms import PageForm, stripped


class LetterForm(PageForm):
    label = StringField(
        N_("Name of this version"),
        [InputRequired(N_("Enter a name")), Length(max=100)],
        description=N_("Seen by you alone, such as “Finance committee”."),
        filters=[stripped],
    )
    chamber = SelectField(
        N_("Chamber"),
        choices=[
            SelectChoice("", N_("Both chambers")),
            *(SelectChoice(chamber.value, words.CHAMBERS[chamber]) for chamber in Chamber),
        ],
    )
    group = SelectField(N_("Group"), choices=[], validate_choice=False)
    committee = SelectField(N_("Committee"), choices=[], validate_choice=False)
    names = StringField(
        N_("By name"),
        [Length(max=1000)],
        description=N_("Family names with commas between; then the rest of the rule does not count."),
        filters=[stripped],
    )
    subject = StringField(
        N_("Subject of the model letter"),
        [InputRequired(N_("Enter a subject")), Length(max=200)],
        filters=[stripped],
    )
    body = TextAreaField(
        N_("Text of the model letter"),
        [InputRequired(N_("Enter the text")), Length(max=20_000)],
        render_kw={"rows": 14},
    )
    short = TextAreaField(N_("Short form for the link"), [Length(max=20_000)], render_kw={"rows": 8})


class TargetForm(PageForm):
    name = StringField(
        N_("Who"),
        [InputRequired(N_("Enter a name")), Length(max=200)],
        description=N_("A family name; with the given name or the department where several have it."),
        filters=[stripped],
    )
    reason = StringField(
        N_("Why everybody writes to them"),
        [Length(max=200)],
        description=N_("Such as rapporteur, or chair of the committee."),
        filters=[stripped],
    )

"""The public form, and that of whoever makes it."""

from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from crm.text import N_
from crm.web.forms import PageForm, stripped


class SubscribeForm(PageForm):
    """What a stranger types. `website` is a trap: people do not see it, robots fill it in."""

    is_one_by_words = True

    given_name = StringField(
        N_("Your given name"),
        [Length(max=100)],
        filters=[stripped],
        render_kw={"beside": True, "autocomplete": "given-name"},
    )
    family_name = StringField(
        N_("Your family name"),
        [Length(max=100)],
        filters=[stripped],
        render_kw={"beside": True, "autocomplete": "family-name"},
    )
    email = EmailField(
        N_("Your e-mail address"),
        [InputRequired(N_("Enter your e-mail address")), Length(max=254)],
        description=N_("We write to it once, to make sure that it was you."),
        filters=[stripped],
        render_kw={"autocomplete": "email"},
    )
    wanted = SelectMultipleField(
        N_("What you want to receive"), [InputRequired(N_("Tick what you want to receive."))]
    )
    website = StringField(N_("Leave this field empty"))
    opened = HiddenField()


class SubscriptionFormForm(PageForm):
    """Makes a public form. The view fills in purposes and tags."""

    title_fr = StringField(
        N_("Title in French"), [Length(max=150)], filters=[stripped], render_kw={"lang": "fr"}
    )
    text_fr = TextAreaField(
        N_("What one subscribes to, in French"),
        [Length(max=1_000)],
        description=N_("How often, what about. It is kept with each consent, as it stood there."),
        filters=[stripped],
        render_kw={"rows": 3, "lang": "fr"},
    )
    title_en = StringField(
        N_("Title in English"),
        [Length(max=150)],
        description=N_("Left empty, the form speaks French alone."),
        filters=[stripped],
        render_kw={"lang": "en"},
    )
    text_en = TextAreaField(
        N_("What one subscribes to, in English"),
        [Length(max=1_000)],
        filters=[stripped],
        render_kw={"rows": 3, "lang": "en"},
    )
    purposes = SelectMultipleField(
        N_("Purposes that one may choose"), [InputRequired(N_("Choose at least one purpose."))]
    )
    tag_id = SelectField(N_("Tag that people get"))
    is_open = BooleanField(N_("The form is open to everybody"))
    version = IntegerField(validators=[Optional()], widget=HiddenInput())

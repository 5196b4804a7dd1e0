"""The forms of the settings."""

from typing import Any

from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    IntegerField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
    URLField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from crm import clock
from crm.db import NamedChoice
from crm.settings import lists
from crm.text import N_
from crm.web.forms import NamesForm, PageForm, stripped


class AssociationForm(PageForm):
    name = StringField(
        N_("Name of the association"),
        [InputRequired(N_("Enter the name of the association")), Length(max=200)],
        filters=[stripped],
    )
    siret = StringField(N_("SIRET"), [Optional(), Length(max=20)], filters=[stripped])
    street = StringField(N_("Street"), [Length(max=200)], filters=[stripped])
    postcode = StringField(N_("Postcode"), [Length(max=12)], filters=[stripped], render_kw={"beside": True})
    city = StringField(N_("Town"), [Length(max=120)], filters=[stripped], render_kw={"beside": True})
    website = URLField(N_("Website"), [Optional(), Length(max=300)], filters=[stripped])
    contact_email = EmailField(
        N_("Contact address"),
        [Optional(), Length(max=254)],
        description=N_("Shown to people who want to see, correct or erase what is kept of them."),
        filters=[stripped],
    )
    zone = SelectField(N_("Time zone"))
    notice_fr = TextAreaField(
        N_("Information notice in French"),
        [Length(max=4000)],
        description=N_("Shown wherever people leave their data: what for, how long, and their rights."),
        filters=[stripped],
    )
    notice_en = TextAreaField(N_("Information notice in English"), [Length(max=4000)], filters=[stripped])
    version = HiddenField()

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.zone.choices = [SelectChoice(name, name) for name in clock.zone_names()]

    def validate_website(self, field: URLField) -> None:
        if not str(field.data).startswith(("https://", "http://")):
            raise ValidationError(N_("Enter an address that begins with https://"))


class EntryForm(NamesForm):
    """One entry of a list."""


TONES = {
    "plain": N_("Grey"),
    "accent": N_("Blue"),
    "wait": N_("Amber"),
    "good": N_("Green"),
    "bad": N_("Red"),
}


def entry_form(model: type[NamedChoice]) -> type[EntryForm]:
    """The form of an entry of that list, with what its entries say besides their names."""
    fields: dict[str, Any] = {}
    for name, label in lists.settable(model).items():
        kind = model.__table__.c[name].type.python_type  # type: ignore[attr-defined]
        if kind is bool:
            fields[name] = BooleanField(label, default=True)
        elif kind is int:
            days = N_("Enter a number of days from 1 to 3,650, or leave it empty")
            fields[name] = IntegerField(label, [Optional(), NumberRange(1, 3650, days)])
        else:
            choices = [SelectChoice(value, words) for value, words in TONES.items()]
            fields[name] = SelectField(label, choices=choices)
    return type("EntryFormOfList", (EntryForm,), fields)

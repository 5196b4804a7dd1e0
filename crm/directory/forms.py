"""The forms of the directory. Choices that are data are filled in by the views."""

from typing import Any, ClassVar

from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    Form,
    HiddenField,
    RadioField,
    SearchField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from crm.directory.filters import key_in
from crm.directory.messages import CATEGORIES, CIVILITIES, LANGUAGES
from crm.directory.models import Civility, RoleCategory
from crm.text import N_
from crm.web.forms import PageForm, TakingForm, stripped

SHORT = Length(max=200, message=N_("Keep this under 200 characters"))
LONG = Length(max=20_000, message=N_("Keep this under 20,000 characters"))
BESIDE = {"beside": True}


def lines(text: str | None) -> list[str]:
    """The values of a field that takes one a line."""
    return [line.strip() for line in (text or "").replace(",", "\n").replace(";", "\n").splitlines()]


def names(text: str | None) -> list[str]:
    """The values of a field that takes them with commas between."""
    return [name.strip() for name in (text or "").replace("\n", ",").split(",")]


def _choices(labels: dict[Any, str]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in labels.items()]


class VersionField(HiddenField):
    """The version of the record that the page shows; what is not a number counts as none."""

    @property
    def number(self) -> int:
        return key_in(str(self.data or "")) or 0


class RoleFields(PageForm):
    """What a person does for an organisation."""

    function = StringField(
        N_("Function"), [SHORT], filters=[stripped], description=N_("As on the card: Mayor, Data officer…")
    )
    category = SelectField(
        N_("Category"), choices=_choices(CATEGORIES), coerce=RoleCategory, default=RoleCategory.OTHER
    )


class PersonForm(PageForm):
    civility = SelectField(
        N_("Civility"),
        choices=_choices({**CIVILITIES, Civility.NONE: N_("Not given")}),
        coerce=Civility,
        default=Civility.NONE,
        render_kw=BESIDE,
    )
    language = SelectField(
        N_("Language we write in"), choices=_choices(LANGUAGES), default="fr", render_kw=BESIDE
    )
    given_name = StringField(N_("Given name"), [SHORT], filters=[stripped], render_kw=BESIDE)
    family_name = StringField(N_("Family name"), [SHORT], filters=[stripped], render_kw=BESIDE)
    email = EmailField(
        N_("E-mail address"),
        [Length(max=254, message=N_("Keep this under 254 characters"))],
        filters=[stripped],
        description=N_("The one we write to. Several people may share it."),
    )
    other_emails = TextAreaField(
        N_("Other addresses"), [LONG], description=N_("One a line."), render_kw={"rows": 2}
    )
    phone = TextAreaField(N_("Phones"), [LONG], description=N_("One a line."), render_kw={"rows": 2})
    tags = StringField(
        N_("Tags"), [LONG], filters=[stripped], description=N_("With commas between: press, elected 2026")
    )
    notes = TextAreaField(N_("Notes"), [LONG], filters=[stripped])
    version = VersionField()


class NewPersonForm(PersonForm):
    """A person and, in one go, the role by which we know them."""

    organisation_name = StringField(
        N_("Organisation"),
        [SHORT],
        filters=[stripped],
        description=N_("Type three letters. Authorities that are not in the directory yet are added."),
    )
    organisation = HiddenField()
    function = RoleFields.function
    category = RoleFields.category


class OrganisationForm(PageForm):
    keys_of: ClassVar[dict[str, str]] = {"parent_name": "parent"}

    name = StringField(
        N_("Name"), [InputRequired(N_("Enter the organisation’s name")), SHORT], filters=[stripped]
    )
    acronym = StringField(N_("Acronym"), [SHORT], filters=[stripped], render_kw=BESIDE)
    kind = SelectField(N_("Kind"), render_kw=BESIDE)
    aliases = StringField(
        N_("Other names"),
        [SHORT],
        filters=[stripped],
        description=N_("Former or usual names: the search finds them too."),
    )
    siren = StringField(
        N_("SIREN"), [SHORT], filters=[stripped], description=N_("Nine digits."), render_kw=BESIDE
    )
    siret = StringField(
        N_("SIRET"), [SHORT], filters=[stripped], description=N_("Fourteen digits."), render_kw=BESIDE
    )
    parent_name = StringField(
        N_("Part of"), [SHORT], filters=[stripped], description=N_("The organisation above this one.")
    )
    parent = HiddenField()
    street = StringField(N_("Street"), [SHORT], filters=[stripped])
    postcode = StringField(N_("Postcode"), [SHORT], filters=[stripped], render_kw=BESIDE)
    city = StringField(N_("City"), [SHORT], filters=[stripped], render_kw=BESIDE)
    country = StringField(
        N_("Country"),
        [Length(max=2, message=N_("Enter the two letters of the country, such as FR"))],
        filters=[stripped],
        default="FR",
        description=N_("Two letters: FR, BE, CH…"),
    )
    phone = StringField(N_("Phone"), [SHORT], filters=[stripped], render_kw=BESIDE)
    website = StringField(N_("Website"), [SHORT], filters=[stripped], render_kw=BESIDE)
    email = TextAreaField(
        N_("Shared e-mail addresses"),
        [LONG],
        description=N_("Of the organisation itself, one a line: contact@…, office@…"),
        render_kw={"rows": 2},
    )
    followed_by = SelectField(N_("Followed by"), render_kw=BESIDE)
    tags = StringField(N_("Tags"), [LONG], filters=[stripped], description=N_("With commas between."))
    notes = TextAreaField(N_("Notes"), [LONG], filters=[stripped])
    territory = HiddenField()
    version = VersionField()


class PickForm(Form):
    """Which authority of the official reference to start from; it goes into the address."""

    reference = StringField(N_("Name of the authority"), description=N_("Type three letters, such as “ang”."))
    territory = HiddenField(id="reference-territory")


class RoleForm(RoleFields):
    """A role, from a person's page: the organisation is asked for."""

    organisation_name = StringField(
        N_("Organisation"),
        [InputRequired(N_("Enter the organisation")), SHORT],
        filters=[stripped],
        description=N_("Type three letters. Authorities that are not in the directory yet are added."),
    )
    organisation = HiddenField()
    begins_on = DateField(N_("First day"), [Optional()], render_kw=BESIDE)
    ends_on = DateField(N_("Last day"), [Optional()], render_kw=BESIDE)
    is_main = BooleanField(N_("This is the main role: the one in which we write to this person"))

    def validate_ends_on(self, field: DateField) -> None:
        if field.data and self.begins_on.data and field.data < self.begins_on.data:
            raise ValidationError(N_("Enter a last day that comes after the first"))


class RoleOfKnownOrganisation(RoleForm):
    """The same when the organisation is settled."""

    organisation_name = None
    organisation = None


class MemberForm(RoleOfKnownOrganisation):
    """A role, from an organisation's page: the person is asked for."""

    person_name = StringField(
        N_("Person"),
        [InputRequired(N_("Enter the person’s name or address")), SHORT],
        filters=[stripped],
        description=N_("Type three letters of the name, or an e-mail address."),
    )
    person = HiddenField()


class ChangedRoleForm(RoleOfKnownOrganisation):
    """A role that is known: corrected, or another one from a day on."""

    nature = RadioField(
        N_("What is this change?"),
        choices=[
            SelectChoice("correction", N_("A correction: it was always so")),
            SelectChoice("change", N_("Something new from a day on: until then it stays as it was")),
        ],
        default="correction",
    )
    changes_on = DateField(
        N_("From which day"),
        [Optional()],
        description=N_("Only for something new: the first day of the new function."),
    )
    version = VersionField()

    def validate_nature(self, field: RadioField) -> None:
        if field.data == "change" and not self.changes_on.data:
            raise ValidationError(N_("Enter the day from which it is so"))


class SuccessionForm(RoleFields):
    """Who takes over a role that has ended: somebody of the directory, or a new person."""

    person_name = StringField(
        N_("Successor"),
        [SHORT],
        filters=[stripped],
        description=N_("Type three letters of the name, or an e-mail address."),
    )
    person = HiddenField()
    given_name = StringField(N_("Given name"), [SHORT], filters=[stripped], render_kw=BESIDE)
    family_name = StringField(N_("Family name"), [SHORT], filters=[stripped], render_kw=BESIDE)
    email = EmailField(
        N_("E-mail address"),
        [Length(max=254, message=N_("Keep this under 254 characters"))],
        filters=[stripped],
    )
    begins_on = DateField(N_("First day"), [InputRequired(N_("Enter the first day"))], render_kw=BESIDE)
    account = SelectField(N_("Who of ours takes care of the follow-ups"))


class EndRoleForm(PageForm):
    ends_on = DateField(N_("Last day"), [InputRequired(N_("Enter the last day"))])


class FilterForm(Form):
    """The bar over a list; it goes into the address."""

    q = SearchField(N_("Name"))
    kind = SelectField(N_("Kind of organisation"))
    territory_name = StringField(N_("Territory"))
    territory = HiddenField()
    category = SelectField(
        N_("Role category"),
        choices=[SelectChoice("", N_("All")), *_choices(CATEGORIES)],
        validate_choice=False,
    )
    tag = SelectField(N_("Tag"))
    followed = SelectField(N_("Followed by"))
    address = SelectField(
        N_("E-mail address"),
        choices=[
            SelectChoice("", N_("All")),
            SelectChoice("yes", N_("With an address")),
            SelectChoice("no", N_("Without an address")),
        ],
    )
    language = SelectField(N_("Language"), choices=[SelectChoice("", N_("All")), *_choices(LANGUAGES)])


class ExportForm(TakingForm):
    """What goes into the file. It may be sent again: each file is logged."""

    format = SelectField(
        N_("File"),
        choices=[
            SelectChoice("xlsx", N_("Excel workbook (.xlsx)")),
            SelectChoice("csv", N_("Text with semicolons (.csv), opens in Excel")),
        ],
    )
    columns = SelectMultipleField(N_("Columns"), [InputRequired(N_("Choose at least one column"))])


class SelectedForm(PageForm):
    """What to do with the ticked rows of a list."""

    act = StringField()
    everything = StringField()
    chosen = SelectMultipleField(coerce=int, validate_choice=False)

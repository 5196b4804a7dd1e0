"""The forms of signing: the public one, and those of whoever decides."""

from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    FileField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length

from crm.kits.models import SignatoryOrder
from crm.kits.signing import words
from crm.text import N_
from crm.web.forms import PageForm, stripped

YES_OR_NO = (SelectChoice("yes", N_("Yes")), SelectChoice("no", N_("No")))


class SignForm(PageForm):
    """What a stranger types. `website` is a trap: people do not see it, robots fill it in."""

    is_one_by_words = True

    name = StringField(
        N_("Organisation"),
        [InputRequired(N_("Enter the name of the organisation")), Length(max=200)],
        filters=[stripped],
    )
    number = StringField(
        N_("SIREN or RNA number"),
        [Length(max=40)],
        description=N_("Nine digits, or W and nine signs. It spares us from counting an organisation twice."),
        filters=[stripped],
    )
    given_name = StringField(
        N_("Your given name"),
        [InputRequired(N_("Enter your given name")), Length(max=100)],
        filters=[stripped],
        render_kw={"beside": True, "autocomplete": "given-name"},
    )
    family_name = StringField(
        N_("Your family name"),
        [InputRequired(N_("Enter your family name")), Length(max=100)],
        filters=[stripped],
        render_kw={"beside": True, "autocomplete": "family-name"},
    )
    function = StringField(
        N_("Your function"),
        [InputRequired(N_("Enter your function in the organisation")), Length(max=200)],
        description=N_("As it is today: it stands beside the signature."),
        filters=[stripped],
    )
    email = EmailField(
        N_("Your e-mail address"),
        [InputRequired(N_("Enter your e-mail address")), Length(max=254)],
        description=N_("We write to it once, to make sure that it was you."),
        filters=[stripped],
        render_kw={"autocomplete": "email"},
    )
    has_mandate = BooleanField(
        N_("I have the mandate to sign for this organisation"),
        [InputRequired(N_("Tick this box if you may sign for the organisation"))],
    )
    is_public = RadioField(
        N_("May the organisation be named in public?"),
        [InputRequired(N_("Choose yes or no"))],
        choices=YES_OR_NO,
        description=N_("On this page and below the press release."),
    )
    wants_mail = RadioField(
        N_("Do you want to be written to about other mobilisations?"),
        [InputRequired(N_("Choose yes or no"))],
        choices=YES_OR_NO,
        description=N_("Another question than signing: no is as welcome as yes."),
    )
    logo = FileField(
        N_("Logo of the organisation"),
        description=N_(
            "PNG or JPEG, 2 MB at most. It is shown only once we have accepted it, "
            "and only if the organisation may be named in public."
        ),
        render_kw={"accept": ".png,.jpg,.jpeg"},
    )
    logo_alt = StringField(
        N_("What the logo says besides the name"),
        [Length(max=200)],
        description=N_("A motto, a date: read aloud to those who do not see it. Mostly there is nothing."),
        filters=[stripped],
    )
    logo_allowed = BooleanField(
        N_("I may give this logo, and it may be shown with the signature and below the press release")
    )
    website = StringField(N_("Leave this field empty"), [Length(max=300)])
    opened = HiddenField()
    invited = HiddenField()


class AcceptForm(PageForm):
    organisation = StringField(
        N_("As which organisation"),
        [Length(max=200)],
        description=N_("Leave it empty to add the organisation to the directory as it was typed."),
        filters=[stripped],
    )
    organisation_key = HiddenField()
    takes_logo = BooleanField(
        N_("Show the logo, too"),
        description=N_("Look at it first. Without this tick it is thrown away."),
    )


class RefuseForm(PageForm):
    reason = TextAreaField(
        N_("Why not"),
        [Length(max=1000)],
        description=N_("Mailed to whoever asked."),
        render_kw={"rows": 3},
        filters=[stripped],
    )


class WithdrawForm(PageForm):
    withdrawn_on = DateField(N_("Withdrawn on"), [InputRequired(N_("Enter the day of withdrawal"))])
    why = StringField(N_("Why"), [Length(max=300)], filters=[stripped])


class LogoForm(PageForm):
    file = FileField(
        N_("Logo"),
        description=N_("PNG or JPEG, 2 MB at most. Left empty, the logo stays as it is."),
        render_kw={"accept": ".png,.jpg,.jpeg"},
    )
    logo_alt = StringField(
        N_("What the logo says besides the name"),
        [Length(max=200)],
        description=N_("A motto, a date: read aloud to those who do not see it. Mostly there is nothing."),
        filters=[stripped],
    )
    logo_allowed_by = StringField(
        N_("Who allowed us to show it"),
        [
            InputRequired(N_("Say who of the organisation allowed us to show the logo.")),
            Length(max=200),
        ],
        description=N_("Somebody of the organisation: “Ana Roux, by mail”."),
        filters=[stripped],
    )
    logo_allowed_on = DateField(
        N_("On which day"), [InputRequired(N_("Enter the day on which it was allowed"))]
    )


class SigningForm(PageForm):
    takes_signatures = BooleanField(N_("Organisations can ask to sign on the public page"))
    signatory_order = SelectField(
        N_("Order of the signatories"),
        choices=[SelectChoice(order.value, words.ORDERS[order]) for order in SignatoryOrder],
    )


class InviteForm(PageForm):
    organisation = StringField(
        N_("One organisation"),
        [Length(max=200)],
        description=N_("Type three letters of its name."),
        filters=[stripped],
    )
    organisation_key = HiddenField()
    tag = SelectField(N_("or all those with a tag"), choices=[], validate_choice=False)


class ReleaseForm(PageForm):
    released_on = DateField(
        N_("Day of the press release"),
        [InputRequired(N_("Enter the day of the press release"))],
        description=N_(
            "Who had signed by that day stands below it; later signatures and withdrawals change nothing."
        ),
    )

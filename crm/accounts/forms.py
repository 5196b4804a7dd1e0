"""The forms of accounts and sign-in."""

from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectChoice,
    StringField,
)
from wtforms.validators import InputRequired, Length

from crm.accounts.passwords import LONGEST
from crm.text import N_
from crm.web.forms import PageForm, stripped
from crm.web.rights import CALLED, Right

LANGUAGES = [SelectChoice("fr", "Français"), SelectChoice("en", "English")]
PASSWORD_HELP = N_(
    "At least 12 characters. Four or five unrelated words are easy to keep in mind and hard to guess."
)


def _email(**render_kw: str) -> EmailField:
    return EmailField(
        N_("E-mail address"),
        [InputRequired(N_("Enter an e-mail address")), Length(max=254)],
        filters=[stripped],
        render_kw={"autocomplete": "username", **render_kw},
    )


def _name() -> StringField:
    return StringField(
        N_("Name"),
        [InputRequired(N_("Enter a name")), Length(max=120)],
        filters=[stripped],
        render_kw={"autocomplete": "name"},
    )


def _present(label: str) -> PasswordField:
    return PasswordField(
        label,
        [InputRequired(N_("Enter your present password")), Length(max=1000)],
        render_kw={"autocomplete": "current-password"},
    )


def _chosen() -> PasswordField:
    return PasswordField(
        N_("New password"),
        [InputRequired(N_("Enter a new password"))],
        description=PASSWORD_HELP,
        render_kw={"autocomplete": "new-password"},
    )


class SignInForm(PageForm):
    email = _email()
    password = PasswordField(
        N_("Password"),
        # Longer than any password that could have been chosen.
        [InputRequired(N_("Enter your password")), Length(max=LONGEST * 8)],
        render_kw={"autocomplete": "current-password"},
    )


class ForgottenForm(PageForm):
    email = _email()


class ChoosePasswordForm(PageForm):
    password = _chosen()


class ChangePasswordForm(PageForm):
    present = _present(N_("Present password"))
    password = _chosen()


class OwnAccountForm(PageForm):
    name = _name()
    language = RadioField(N_("Language of the pages"), choices=LANGUAGES)
    mails_reminders = BooleanField(
        N_("Remind me by mail, in the morning, of what I have to do that day"),
    )


class AccountForm(PageForm):
    """Another person's account, changed by an administrator who shows who he is."""

    name = _name()
    right = RadioField(N_("Right"), choices=[SelectChoice(right.value, CALLED[right]) for right in Right])
    version = HiddenField()
    present = _present(N_("Your own password"))


class NewAccountForm(PageForm):
    email = EmailField(
        N_("E-mail address"),
        [InputRequired(N_("Enter an e-mail address")), Length(max=254)],
        description=N_("A link to choose a password is mailed to this address; it works for seven days."),
        filters=[stripped],
        render_kw={"autocomplete": "off"},
    )
    name = _name()
    right = RadioField(
        N_("Right"),
        choices=[SelectChoice(right.value, CALLED[right]) for right in Right],
        default=Right.STAFF.value,
    )
    language = RadioField(N_("Language"), choices=LANGUAGES, default="fr")
    present = _present(N_("Your own password"))

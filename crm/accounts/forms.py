"""The forms of accounts and sign-in."""

from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired, Length

from crm.text import N_
from crm.web.forms import PageForm, stripped


class SignInForm(PageForm):
    email = EmailField(
        N_("E-mail address"),
        [InputRequired(N_("Enter your e-mail address"))],
        filters=[stripped],
    )
    password = PasswordField(N_("Password"), [InputRequired(N_("Enter your password")), Length(max=128)])

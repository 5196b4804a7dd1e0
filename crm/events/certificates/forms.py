"""What certificates certify; the number that somebody checks."""

from wtforms import DecimalField, StringField
from wtforms.validators import InputRequired, Length

from crm.text import N_
from crm.web.forms import PageForm, stripped


class HoursField(DecimalField):
    """Hours as people write them: 5.5, and 5,5 in French."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata([value.strip().replace(",", ".") for value in valuelist])


class TermsForm(PageForm):
    hours = HoursField(
        N_("Hours of the whole event"),
        [InputRequired(N_("Enter how many hours the whole event lasted, for example 5.5."))],
        places=None,
        description=N_("Without the breaks. Whoever came on some of its days only gets their share."),
        render_kw={"inputmode": "decimal", "beside": True},
    )
    signer_name = StringField(
        N_("Name of the signer"), [Length(max=100)], filters=[stripped], render_kw={"beside": True}
    )
    signer_function = StringField(
        N_("Function of the signer"), [Length(max=200)], filters=[stripped], render_kw={"beside": True}
    )


class NumberForm(PageForm):
    number = StringField(
        N_("Number of the certificate"),
        [Length(max=40)],
        filters=[stripped],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )

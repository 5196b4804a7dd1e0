"""What is taken out of the attendance list, in which kind of file, and what for."""

from typing import Any

from wtforms import BooleanField, RadioField, SelectChoice, SelectMultipleField, StringField, ValidationError
from wtforms.validators import DataRequired, Length

from crm.events import listing
from crm.events.exporting.files import PDF
from crm.text import N_
from crm.web.forms import PageForm, stripped

NAMED, ANONYMOUS = "named", "anonymous"


class ExportForm(PageForm):
    """Which columns of the attendance list, in which kind of file, and what for."""

    variant = RadioField(
        N_("What it tells"),
        choices=[
            SelectChoice(NAMED, N_("People, one by one")),
            SelectChoice(
                ANONYMOUS, N_("Numbers by type of public: no names, no addresses, fewer than 5 grouped")
            ),
        ],
        default=NAMED,
    )
    columns = SelectMultipleField(
        N_("Columns"),
        choices=[SelectChoice(key, label) for key, label in listing.LABELS.items()],
        description=N_("For people one by one."),
    )
    format = RadioField(
        N_("Kind of file"),
        choices=[
            SelectChoice("xlsx", N_("Excel (XLSX)")),
            SelectChoice("csv", N_("CSV (semicolons, UTF-8)")),
            SelectChoice(PDF, N_("PDF, to read or print")),
        ],
        default="xlsx",
    )
    signed = BooleanField(
        N_("To be signed, for a funder"),
        description=N_(
            "A PDF with places for signatures, who made it and when, and a digest by which the same list as "
            "CSV is known again."
        ),
    )
    heading = BooleanField(
        N_("Say above the table what it is"),
        description=N_(
            "Event, filter, date and author. A workbook always says so; leave it out of a CSV that "
            "another program reads."
        ),
    )
    purpose = StringField(
        N_("What is it for?"),
        [DataRequired(N_("Say what the file is for.")), Length(max=300)],
        filters=[stripped],
        description=N_("Written down with your name and the day, for whoever asks later."),
    )
    name = StringField(
        N_("Keep these columns under a name"),
        [Length(max=100)],
        filters=[stripped],
        description=N_("They can then be chosen for any event. A name that is known is replaced."),
    )

    def validate_columns(self, field: Any) -> None:
        if self.variant.data == NAMED and not field.data:
            raise ValidationError(N_("Choose at least one column."))

    def validate_signed(self, field: Any) -> None:
        if field.data and self.format.data != PDF:
            raise ValidationError(N_("Only a PDF can be signed: choose PDF above."))

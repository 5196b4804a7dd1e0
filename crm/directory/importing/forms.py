"""The forms of imports."""

from wtforms import FileField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import Length

from crm.directory.importing.choices import KEYS, MODES, Key, Mode
from crm.text import N_
from crm.web.forms import PageForm, stripped


class UploadForm(PageForm):
    file = FileField(
        N_("File"),
        description=N_(
            "CSV, Excel (.xlsx, .xls), OpenDocument (.ods), or the DILA’s directory of town halls (.json), "
            "of at most 50 MB. The first row names the columns."
        ),
        render_kw={"accept": ".csv,.txt,.tsv,.xlsx,.ods,.xls,.json", "required": True},
    )


class MappingForm(PageForm):
    """How the file is read: what the columns mean stands in the page, a select for each of them."""

    name = StringField(
        N_("Name of this import"),
        [Length(max=200)],
        filters=[stripped],
        description=N_("The list of what it brought is found again under this name."),
    )
    mode = RadioField(
        N_("Records that the directory knows already"),
        choices=[SelectChoice(mode.value, label) for mode, label in MODES.items()],
        default=Mode.FILL.value,
    )
    merge_key = SelectField(
        N_("Records are recognised by"),
        choices=[SelectChoice(key.value, label) for key, label in KEYS.items()],
        default=Key.ANY.value,
    )
    remember_as = StringField(
        N_("Save these choices for the next file with the same columns, under the name"),
        [Length(max=120)],
        filters=[stripped],
    )


class NameForm(PageForm):
    name = StringField(N_("Name of this import"), [Length(max=200)], filters=[stripped])

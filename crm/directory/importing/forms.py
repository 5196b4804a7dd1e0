"""The forms of imports."""

from wtforms import FileField

from crm.text import N_
from crm.web.forms import PageForm


class UploadForm(PageForm):
    file = FileField(
        N_("File"),
        description=N_(
            "CSV, Excel (.xlsx, .xls) or OpenDocument (.ods), at most 50 MB. The first row names the columns."
        ),
        render_kw={"accept": ".csv,.txt,.tsv,.xlsx,.ods,.xls", "required": True},
    )


class MappingForm(PageForm):
    """What the columns mean: the selects stand in the page, one for each column of the file."""

"""The forms of merging."""

from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired

from crm.directory.forms import SHORT, VersionField
from crm.text import N_
from crm.web.forms import PageForm, stripped


class MergeForm(PageForm):
    """What stays of each field: the choices stand in the page, one for each field that differs."""

    kept_version = VersionField()
    gone_version = VersionField()


class OtherForm(PageForm):
    """Which record is the same as this one."""

    other_name = StringField(
        N_("The other record"),
        [InputRequired(N_("Enter the name of the other record")), SHORT],
        filters=[stripped],
        description=N_("Type three letters of its name and choose it."),
    )
    other = HiddenField()

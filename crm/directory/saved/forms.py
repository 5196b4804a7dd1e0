"""What is typed to keep a view."""

from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import InputRequired, Length

from crm.directory.forms import VersionField
from crm.text import N_
from crm.web.forms import PageForm, stripped


class ViewForm(PageForm):
    name = StringField(
        N_("Name"),
        [InputRequired(N_("Enter a name for the view.")), Length(max=120)],
        filters=[stripped],
        description=N_("As you would say it: Mayors of Nouvelle-Aquitaine"),
    )
    description = StringField(N_("What it is for"), [Length(max=300)], filters=[stripped])
    is_shared = BooleanField(
        N_("Shared with everybody"), description=N_("Otherwise only you see it and can use it.")
    )
    is_default = BooleanField(N_("Open the list with this view"), description=N_("For you alone."))
    where = HiddenField(validators=[Length(max=8_000)])
    columns = HiddenField(validators=[Length(max=1_000)])
    sort = HiddenField(validators=[Length(max=40)])
    version = VersionField()

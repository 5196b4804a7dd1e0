"""Pages of no domain: the parts that every page is made of, listed for those who write pages."""

from datetime import timedelta
from types import SimpleNamespace

from flask import Blueprint, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import (
    BooleanField, DateField, FileField, HiddenField, RadioField, SelectChoice, SelectField,
    SelectMultipleField, StringField, TextAreaField,
)  # fmt: skip
from wtforms.validators import InputRequired, Length

from crm import clock
from crm.text import N_
from crm.web.access import signed_in
from crm.web.forms import PageForm

bp = Blueprint("web", __name__)


class SampleForm(PageForm):
    """One field of every kind."""

    territory = StringField(N_("Authority"), description=N_("Type three letters of its name."))
    territory_code = HiddenField()
    title = StringField(
        N_("Title"), [InputRequired(N_("Enter a title")), Length(max=60)], render_kw={"counted": 60}
    )
    kind = SelectField(N_("Kind"), choices=[SelectChoice("a", "Webinaire"), SelectChoice("b", "Réunion")])
    day = DateField(N_("Day"), [InputRequired(N_("Enter a day"))], render_kw={"beside": True})
    until = DateField(N_("Until"), render_kw={"beside": True})
    mode = RadioField(
        N_("Format"), choices=[SelectChoice("a", "Sur place"), SelectChoice("b", "En ligne")], default="a"
    )
    themes = SelectMultipleField(N_("Tags"), choices=[SelectChoice("x", "Élus"), SelectChoice("y", "Presse")])
    text = TextAreaField(N_("Account of it"), render_kw={"rich": True})
    file = FileField(N_("File"), description=N_("CSV, XLSX or ODS, 20 MB at most."))
    agreed = BooleanField(N_("Tell the people invited"))


@bp.route("/components", methods=["GET", "POST"])
@signed_in
def components() -> ResponseReturnValue:
    """Every component once; open in development and tests only."""
    if not (current_app.debug or current_app.testing):
        abort(404)
    form = SampleForm(request.form)
    form.accepted()
    rows = [
        SimpleNamespace(id=1, name="Angers Loire Métropole", kind="EPCI", people=12, state="Membre", tone="good"),
        SimpleNamespace(id=2, name="Région Bretagne", kind="Région", people=1234, state="En discussion", tone="wait"),
        SimpleNamespace(id=3, name="Agence ORE", kind="Agence", people=3, state="À relancer", tone="bad"),
    ]  # fmt: skip
    page = SimpleNamespace(rows=rows, count=312, is_over=False, previous="a", next="b")
    at = clock.now() - timedelta(days=12)
    return render_template("web/components.html", form=form, rows=rows, page=page, at=at), form.status

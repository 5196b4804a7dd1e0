"""Pages of no domain: the privacy notice, and the parts that every page is made of."""

from datetime import timedelta
from types import SimpleNamespace

from flask import Blueprint, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import (
    BooleanField,
    DateField,
    FileField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)  # fmt: skip
from wtforms.validators import InputRequired, Length

from crm import clock
from crm.web.access import public, signed_in
from crm.web.forms import PageForm

bp = Blueprint("web", __name__)

SAMPLE_ROWS = (
    ("Angers Loire Métropole", "EPCI", 12, "Membre", "good"),
    ("Région Bretagne", "Région", 1234, "En discussion", "wait"),
    ("Agence ORE", "Agence", 3, "À relancer", "bad"),
)


class SampleForm(PageForm):
    """One field of every kind."""

    territory = StringField("Collectivité", description="Tapez trois lettres de son nom.")
    territory_code = HiddenField()
    title = StringField(
        "Titre", [InputRequired("Saisissez un titre"), Length(max=60)], render_kw={"counted": 60}
    )
    kind = SelectField("Type", choices=[SelectChoice("a", "Webinaire"), SelectChoice("b", "Réunion")])
    day = DateField("Jour", [InputRequired("Indiquez un jour")], render_kw={"beside": True})
    until = DateField("Jusqu’au", render_kw={"beside": True})
    mode = RadioField(
        "Format", choices=[SelectChoice("a", "Sur place"), SelectChoice("b", "En ligne")], default="a"
    )
    themes = SelectMultipleField(
        "Étiquettes", choices=[SelectChoice("x", "Élus"), SelectChoice("y", "Presse")]
    )
    text = TextAreaField("Compte rendu", render_kw={"rich": True})
    file = FileField("Fichier", description="CSV, XLSX ou ODS, 20 Mo au plus.")
    agreed = BooleanField("Prévenir les personnes invitées")


@bp.get("/privacy")
@public
def privacy() -> str:
    """What becomes of the data of people outside: the association's own notice, or a plain one."""
    return render_template("web/privacy.html")


@bp.route("/components", methods=["GET", "POST"])
@signed_in
def components() -> ResponseReturnValue:
    """Every component once; open in development and tests only."""
    if not (current_app.debug or current_app.testing):
        abort(404)
    form = SampleForm(request.form)
    form.accepted()
    rows = [
        SimpleNamespace(id=number, name=name, kind=kind, people=people, state=state, tone=tone)
        for number, (name, kind, people, state, tone) in enumerate(SAMPLE_ROWS)
    ]
    page = SimpleNamespace(rows=rows, count=312, is_over=False, previous="a", next="b")
    at = clock.now() - timedelta(days=12)
    day = at.date()
    weeks = [[(day + timedelta(days=7 * week + n), rows[: n % 3]) for n in range(7)] for week in range(2)]
    return render_template(
        "web/components.html", form=form, rows=rows, page=page, at=at, weeks=weeks, day=day
    ), form.status

"""The templates of minutes, in the settings."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from wtforms import SelectChoice

from crm.db import db
from crm.errors import CrmError
from crm.relations import messages, queries, services
from crm.relations.forms import MinutesForm, key_of
from crm.relations.models import InteractionKind, Minutes
from crm.relations.views.blueprint import bp
from crm.text import N_
from crm.web.access import needs
from crm.web.forms import pressed
from crm.web.pages import archived
from crm.web.rights import May


@bp.get("/minutes")
@needs(May.SETTINGS)
def minutes() -> ResponseReturnValue:
    return render_template(
        "relations/minutes.html",
        templates=db.session.scalars(queries.minutes()).all(),
        archived=db.session.scalars(queries.minutes(archived=True)).all(),
    )


@bp.route("/minutes/new", methods=["GET", "POST"])
@needs(May.SETTINGS)
def new_minutes() -> ResponseReturnValue:
    return _write(Minutes())


@bp.route("/minutes/<int:minutes_id>", methods=["GET", "POST"])
@needs(May.SETTINGS)
def edit_minutes(minutes_id: int) -> ResponseReturnValue:
    return _write(db.get_or_404(Minutes, minutes_id))


def _write(template: Minutes) -> ResponseReturnValue:
    form = MinutesForm(request.form, obj=template, kind=template.kind_id)
    kinds = db.session.scalars(queries.kinds(keep=template.kind_id))
    form.kind.choices = [SelectChoice("", N_("Any kind of exchange"))]
    form.kind.choices += [SelectChoice(kind.id, messages.kind_name(kind)) for kind in kinds]
    if form.accepted():
        try:
            services.write_minutes(
                template,
                kind=db.session.get(InteractionKind, form.kind.data) if form.kind.data else None,
                name_fr=form.name_fr.data or "",
                name_en=form.name_en.data or "",
                body_fr=form.body_fr.data or "",
                body_en=form.body_en.data or "",
                version=key_of(form.version.data),
                by=current_user,
            )
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("“%(name)s” is saved.", name=template.name_fr))
            return redirect(url_for(".minutes"))
    return render_template("relations/minutes_edit.html", form=form, template=template), form.status


@bp.post("/minutes/<int:minutes_id>/<any(archive, back):act>")
@needs(May.SETTINGS)
def archive_minutes(minutes_id: int, act: str) -> ResponseReturnValue:
    pressed()
    template = db.get_or_404(Minutes, minutes_id)
    services.archive_minutes(template, archived=act == "archive", by=current_user)
    undo = url_for(".archive_minutes", minutes_id=minutes_id, act="back")
    return archived(template, template.name_fr, undo=undo, then=url_for(".minutes"))

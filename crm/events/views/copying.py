"""Copying an event, choosing what is taken along; templates."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from wtforms import SelectChoice

from crm import clock
from crm.db import db
from crm.errors import CrmError
from crm.events.copying import services
from crm.events.copying.forms import CopyForm, KeepForm, TemplateForm
from crm.events.copying.models import EventTemplate
from crm.events.models import Event
from crm.events.series import queries as in_series
from crm.events.series import services as series
from crm.events.views.agenda import bp, found
from crm.web.access import needs
from crm.web.rights import May


def _choices(*, with_people: bool) -> list[SelectChoice]:
    return [SelectChoice(piece.key, piece.label) for piece in services.choosable(with_people=with_people)]


@bp.route("/<int:event_id>/copy", methods=["GET", "POST"])
@needs(May.WRITE)
def copy(event_id: int) -> ResponseReturnValue:
    event = found(event_id)
    form = CopyForm(
        request.form,
        data={
            "title": event.title,
            "pieces": services.without_people(),
            "is_edition": in_series.of(event) is not None,
        },
    )
    form.pieces.choices = _choices(with_people=True)
    if form.accepted():
        try:
            made = _copied(event, form)
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("“%(event)s” is in the agenda as a draft.", event=made.title))
            return redirect(url_for(".show", event_id=made.id))
    return render_template("events/copying/copy.html", event=found(event_id), form=form), form.status


def _copied(event: Event, form: CopyForm) -> Event:
    starts: Any = form.starts.data
    at = clock.now()
    made = services.copy(
        event,
        form.pieces.data or (),
        starts_wall=starts,
        title=form.title.data or "",
        by=current_user.email,
        at=at,
    )
    if form.is_edition.data:
        into = in_series.of(event) or series.create(title=event.title, language=event.language, at=at)
        series.put(event, into, at=at)
        series.put(made, into, at=at)
    return made


@bp.route("/<int:event_id>/template", methods=["GET", "POST"])
@needs(May.WRITE)
def keep_template(event_id: int) -> ResponseReturnValue:
    event = found(event_id)
    form = KeepForm(request.form, data={"name": event.title, "pieces": services.without_people()})
    form.pieces.choices = _choices(with_people=False)
    form.instead_of.choices = [
        SelectChoice("", _("A new one")),
        *(
            SelectChoice(str(one.id), _("instead of “%(name)s”", name=one.name))
            for one in services.templates()
        ),
    ]
    if form.accepted():
        try:
            kept = services.keep(
                event,
                form.pieces.data or (),
                name=form.name.data or "",
                note=form.note.data or "",
                instead_of=_template(int(form.instead_of.data)) if form.instead_of.data else None,
                at=clock.now(),
            )
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("“%(template)s” is offered for new events.", template=kept.name))
            return redirect(url_for(".templates"))
    return render_template("events/copying/keep.html", event=found(event_id), form=form), form.status


def _template(key: int) -> EventTemplate:
    return db.session.get(EventTemplate, key) or abort(404)


@bp.get("/templates")
@needs(May.READ)
def templates() -> ResponseReturnValue:
    labels = {piece.key: piece.label for piece in services.pieces()}
    return render_template(
        "events/copying/templates.html", templates=services.templates(archived=True), labels=labels
    )


@bp.route("/templates/<int:template_id>", methods=["GET", "POST"])
@needs(May.WRITE)
def template(template_id: int) -> ResponseReturnValue:
    shown = _template(template_id)
    form = TemplateForm(
        request.form, data={"name": shown.name, "note": shown.note, "is_archived": shown.is_archived}
    )
    if form.accepted():
        try:
            services.rename(shown, name=form.name.data or "", note=form.note.data or "", at=clock.now())
            shown.is_archived = form.is_archived.data
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("“%(template)s” is saved.", template=shown.name))
            return redirect(url_for(".templates"))
    return render_template(
        "events/copying/template.html", template=_template(template_id), form=form
    ), form.status

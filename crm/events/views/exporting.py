"""The attendance list taken out as a file; who took what, and what for, is written down."""

from collections.abc import Sequence

from flask import Response, flash, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import escape
from wtforms import SelectChoice

from crm import clock
from crm.db import db, reads_only
from crm.errors import CrmError
from crm.events import listing
from crm.events.exporting import files, services
from crm.events.exporting import queries as exporting
from crm.events.exporting.forms import ANONYMOUS, ExportForm
from crm.events.exporting.models import ColumnSet
from crm.events.models import Event
from crm.events.queries import attendance as people
from crm.events.questions import messages
from crm.events.questions import queries as questions
from crm.events.questions.models import Question
from crm.events.views.agenda import bp, found
from crm.events.views.filters import RegistrationFilters
from crm.events.views.people import chips_of, chosen_of
from crm.settings import queries as settings
from crm.web import exports, pdf, tables
from crm.web.access import needs
from crm.web.forms import pressed
from crm.web.rights import May


@bp.route("/<int:event_id>/export", methods=["GET", "POST"])
@needs(May.EXPORT)
def export(event_id: int) -> ResponseReturnValue:
    """Choose the columns and the form of the attendance list, then take it: the same filter as the page."""
    event = found(event_id)
    filters = RegistrationFilters(request.args)
    asked = questions.listed(event)
    chosen = chosen_of(filters, asked)
    form = _form(asked)
    if request.method == "POST":
        if "keep" in request.form:
            return _keep(form)
        if form.validate():
            try:
                return _file(event, chosen, form, asked)
            except CrmError as refusal:
                form.refuse(refusal)
        form.status = 422
    return (
        render_template(
            "events/export.html",
            event=event,
            form=form,
            count=people.count(event, chosen),
            chips=chips_of(filters, chosen),
            sets=db.session.scalars(exporting.column_sets()).all(),
        ),
        form.status,
    )


def _form(asked: Sequence[Question]) -> ExportForm:
    """The form with the usual columns ticked, or those of the set that the address names (`?set=`)."""
    shown = [question.name for question in asked if question.name in request.args.getlist("columns")]
    key = request.args.get("set", "")
    kept = db.session.get(ColumnSet, int(key)) if key.isdecimal() and len(key) < 10 else None
    usual = kept.columns if kept else [*listing.USUAL, *shown]
    form = ExportForm(request.form, data={"columns": usual, "name": kept.name if kept else ""})
    form.columns.choices = [
        *form.columns.choices,
        *(SelectChoice(question.name, escape(messages.title(question))) for question in asked),
    ]
    return form


def _keep(form: ExportForm) -> ResponseReturnValue:
    pressed()
    try:
        kept = services.keep(
            form.name.data or "", form.columns.data or [], by=current_user.email, at=clock.now()
        )
    except CrmError as refusal:
        flash(_(refusal.text), "warning")
        return redirect(tables.here())
    db.session.commit()
    flash(_("The columns are kept as “%(name)s”.", name=kept.name))
    return redirect(tables.here(set=kept.id))


@bp.post("/<int:event_id>/export/columns/<int:column_set_id>/drop")
@needs(May.EXPORT)
def drop_columns(event_id: int, column_set_id: int) -> ResponseReturnValue:
    event, kept = found(event_id), db.get_or_404(ColumnSet, column_set_id)
    pressed()
    db.session.delete(kept)
    db.session.commit()
    flash(_("The columns “%(name)s” are no longer kept.", name=kept.name))
    return redirect(url_for(".export", event_id=event.id))


def _file(event: Event, chosen: people.Chosen, form: ExportForm, asked: Sequence[Question]) -> Response:
    """The file as it is made; that it was taken is on record before the first row leaves."""
    at, format = clock.now(), form.format.data
    is_anonymous = form.variant.data == ANONYMOUS
    count = people.count(event, chosen)
    if format == files.PDF and not is_anonymous:
        files.check_length(count)
    taken = (
        files.anonymous(event, chosen)
        if is_anonymous
        else files.named(event, chosen, form.columns.data or [], asked)
    )
    if format == files.PDF:
        taken = taken.kept()
    described = (
        [listing.described(chosen), _("without names")] if is_anonymous else [listing.described(chosen)]
    )
    log = exports.log(
        what=f"events:{event.id}",
        chosen=" · ".join(described),
        format=format,
        rows=count,
        by=current_user.email,
        at=at,
        purpose=form.purpose.data or "",
        digest=files.digest(taken) if form.signed.data else None,
    )
    db.session.commit()
    author = current_user.name
    heading = listing.heading(event, chosen, by=author, at=at)
    headers = {"Content-Disposition": f'attachment; filename="{listing.file_name(event, format)}"'}
    if format == files.PDF:
        paper = files.paper(
            event,
            taken,
            heading=heading,
            purpose=log.purpose,
            signed=log.digest or "",
            number=log.id,
            house=settings.association().name,
            at=at,
        )
        return Response(paper, mimetype=pdf.MEDIA_TYPE, headers=headers)
    # What follows only reads: a long file must not keep others from writing.
    reads_only(True)
    above = heading if _wants_heading(form) else ()
    media_type = exports.MEDIA_TYPES[format]
    if format == exports.XLSX:
        book = exports.xlsx_file(
            taken.columns, taken.labels, taken.rows, title=event.title, heading=above, author=author
        )
        return Response(book, mimetype=media_type, headers=headers, direct_passthrough=True)
    chunks = stream_with_context(exports.csv_chunks(taken.columns, taken.labels, taken.rows, above))
    return Response(chunks, mimetype=media_type, headers=headers)


def _wants_heading(form: ExportForm) -> bool:
    """A workbook always says what it is; a CSV only when asked to, for then it is no plain table."""
    return form.format.data == exports.XLSX or bool(form.heading.data)

"""The pages of imports: upload, meaning of the columns, check, result."""

from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    redirect,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from werkzeug.datastructures import CombinedMultiDict, FileStorage

from crm import clock
from crm.db import db
from crm.directory.importing import extra, refusals, report, reviewing, services, showing, tasks
from crm.directory.importing.choices import Key, Mode
from crm.directory.importing.columns import Field
from crm.directory.importing.forms import MappingForm, NameForm, UploadForm
from crm.directory.models import Import, ImportMapping, ImportReview
from crm.errors import CrmError
from crm.jobs import wake
from crm.text import N_
from crm.web import exports
from crm.web.access import needs
from crm.web.exports import Column
from crm.web.files import shown_name
from crm.web.forms import ActForm, PageForm
from crm.web.pages import say
from crm.web.rights import May

bp = Blueprint("imports", __name__, url_prefix="/imports")

FORMER = 50
# One organisation and two people of it, as a file may have them.
SAMPLE = (
    (Field.ORGANISATION, N_("Organisation"), "Angers", "Angers"),
    (Field.SIREN, N_("SIREN"), "214900078", "214900078"),
    (Field.ORGANISATION_EMAIL, N_("Organisation: shared e-mail address"), *["mairie@example.org"] * 2),
    (Field.CIVILITY, N_("Civility"), "Mme", "M."),
    (Field.GIVEN_NAME, N_("Given name"), "Jeanne", "Karim"),
    (Field.FAMILY_NAME, N_("Family name"), "Exemple", "Modèle"),
    (Field.EMAIL, N_("E-mail address"), "jeanne.exemple@example.org", "karim.modele@example.org"),
    (Field.PHONE, N_("Phone"), "02 41 05 40 00", "+33 2 41 05 40 01"),
    (Field.FUNCTION, N_("Function"), "Directrice des services", "Conseiller délégué au numérique"),
    (Field.CATEGORY, N_("Category"), "agent", "élu"),
    (Field.TAGS, N_("Tags"), "open data, mobilité", "open data"),
)


@bp.get("/")
@needs(May.IMPORT)
def index() -> ResponseReturnValue:
    """The imports made so far, the latest first."""
    records = db.session.scalars(select(Import).order_by(Import.id.desc()).limit(FORMER)).all()
    return render_template("directory/imports/index.html", imports=records, state=showing.state)


@bp.route("/new", methods=["GET", "POST"])
@needs(May.IMPORT)
def new() -> ResponseReturnValue:
    form = UploadForm(CombinedMultiDict([request.form, request.files]))
    if form.accepted():
        upload = form.file.data
        try:
            record = _receive(upload if isinstance(upload, FileStorage) else None)
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            return redirect(url_for(".show", import_id=record.id))
    return render_template("directory/imports/new.html", form=form), form.status


def _receive(upload: FileStorage | None) -> Import:
    if upload is None or not upload.filename:
        raise refusals.NoFile
    return services.receive(
        db.session(),
        tasks.shelf(),
        upload.stream,  # type: ignore[arg-type]
        file_name=shown_name(upload.filename),
        by=current_user.email,
        at=clock.now(),
    )


@bp.get("/sample.csv")
@needs(May.IMPORT)
def sample() -> Response:
    """A file that can be filled in: columns that are understood, two rows."""
    labels = [say(label) for _field, label, *_values in SAMPLE]
    columns = [
        Column(str(field), label, itemgetter(at)) for at, (field, label, *_values) in enumerate(SAMPLE)
    ]
    rows = zip(*(values for _field, _label, *values in SAMPLE), strict=True)
    return _csv(exports.csv_chunks(columns, labels, rows), _("import-sample"))


@bp.get("/<int:import_id>")
@needs(May.IMPORT)
def show(import_id: int) -> ResponseReturnValue:
    return _page(_found(import_id), ActForm())


@bp.post("/<int:import_id>/check")
@needs(May.IMPORT)
def check(import_id: int) -> ResponseReturnValue:
    """A dry run with the chosen meanings; a large file is left to a worker."""
    record, form = _found(import_id), MappingForm(request.form)
    mapping = {name: request.form.get(f"column-{at}", "") for at, name in enumerate(record.mapping)}
    if form.accepted():
        try:
            services.ask_check(
                db.session(),
                record,
                mapping,
                name=form.name.data or "",
                mode=Mode(form.mode.data),
                key=Key(form.merge_key.data),
            )
            if form.remember_as.data:
                services.remember(
                    db.session(), record, form.remember_as.data, by=current_user.email, at=clock.now()
                )
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            return _go(record)
    return _page(_found(import_id), form, mapping)


@bp.post("/<int:import_id>/use")
@needs(May.IMPORT)
def use(import_id: int) -> ResponseReturnValue:
    """Propose other meanings that were saved for the same columns."""

    def propose(record: Import) -> None:
        kept = db.get_or_404(ImportMapping, request.form.get("saved", 0, type=int))
        services.use(record, kept)
        db.session.commit()

    return _act(import_id, propose)


@bp.post("/<int:import_id>/apply")
@needs(May.IMPORT)
def apply(import_id: int) -> ResponseReturnValue:
    """Take the file in as it was checked."""
    return _act(import_id, services.ask_apply, then=_go)


@bp.post("/<int:import_id>/stop")
@needs(May.IMPORT)
def stop(import_id: int) -> ResponseReturnValue:
    """Ask for the end of the work: the rows in hand are finished, what is in stays until it is undone."""

    def ask(record: Import) -> None:
        services.stop(db.session(), tasks.shelf(), record)
        db.session.commit()
        flash(_("The work ends after the rows in hand."))

    return _act(import_id, ask)


@bp.post("/<int:import_id>/resume")
@needs(May.IMPORT)
def resume(import_id: int) -> ResponseReturnValue:
    """Go on with the rows that are left."""
    return _act(import_id, lambda record: services.ask_resume(tasks.shelf(), record), then=_go)


@bp.post("/<int:import_id>/undo")
@needs(May.IMPORT)
def undo(import_id: int) -> ResponseReturnValue:
    """Take back what the import brought and nothing else has touched."""

    def ask(record: Import) -> None:
        services.ask_undo(record)
        record.undone_by = current_user.email

    return _act(import_id, ask, then=_go)


@bp.post("/<int:import_id>/rename")
@needs(May.IMPORT)
def rename(import_id: int) -> ResponseReturnValue:
    """Call the batch otherwise."""
    record, form = _found(import_id), NameForm(request.form)
    if form.accepted():
        services.rename(record, form.name.data or "")
        db.session.commit()
        return redirect(url_for(".show", import_id=import_id))
    return _page(record, form)


@bp.post("/<int:import_id>/leave")
@needs(May.IMPORT)
def leave(import_id: int) -> ResponseReturnValue:
    """Forget a file that was not taken in."""

    def forget(record: Import) -> None:
        services.leave(db.session(), tasks.shelf(), record)
        db.session.commit()
        flash(_("The file was removed. Nothing of it was taken in."))

    return _act(import_id, forget, then=lambda _record: redirect(url_for(".index")))


@bp.get("/<int:import_id>/review")
@needs(May.IMPORT)
def review(import_id: int) -> ResponseReturnValue:
    """The rows that may mean several records, for a person to choose."""
    return _reviews(_found(import_id), ActForm())


@bp.post("/<int:import_id>/review/<int:review_id>")
@needs(May.IMPORT)
def decide(import_id: int, review_id: int) -> ResponseReturnValue:
    """Take the row in as it was chosen, or leave it out."""
    record, form = _found(import_id), ActForm(request.form)
    asked = db.session.get(ImportReview, review_id)
    if asked is None or asked.import_id != record.id:
        abort(404)
    if form.accepted():
        try:
            outcome = reviewing.decide(
                db.session(), asked, request.form.get("choice", ""), by=current_user.email, at=clock.now()
            )
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            number = asked.row
            db.session.commit()
            if outcome is None:
                flash(_("Row %(row)s asks one more question.", row=number))
            else:
                flash(_("Row %(row)s: %(result)s.", row=number, result=say(report.OUTCOMES[outcome])))
            return redirect(url_for(".review", import_id=import_id))
    return _reviews(_found(import_id), form)


def _reviews(record: Import, form: PageForm) -> ResponseReturnValue:
    session, names = db.session(), list(record.mapping)
    rows = [
        {
            "review": one,
            "why": report.reason(one.why, say),
            "cells": [(name, cell) for name, cell in zip(names, one.cells, strict=False) if cell],
            "candidates": reviewing.candidates(session, one),
        }
        for one in reviewing.first(session, record)
    ]
    waiting = reviewing.waiting(session, record)
    page = render_template(
        "directory/imports/review.html", record=record, rows=rows, waiting=waiting, form=form,
        state=showing.state(record),
    )  # fmt: skip
    return page, form.status


@bp.get("/<int:import_id>/refused.csv")
@needs(May.IMPORT)
def refused(import_id: int) -> Response:
    """The refused rows with their reasons."""
    record = _found(import_id)
    place = tasks.shelf().report(record.stored_as).refused
    if not place.is_file():
        abort(404)
    return _csv(report.refused_csv(place, list(record.mapping), say), _("refused-rows"))


@bp.get("/<int:import_id>/differences.csv")
@needs(May.IMPORT)
def differences(import_id: int) -> Response:
    """What the file says otherwise than the directory."""
    place = tasks.shelf().report(_found(import_id).stored_as).differences
    if not place.is_file():
        abort(404)
    labels = {column.key: column.label for column in extra.columns(db.session())}
    return _csv(report.differences_csv(place, say, labels), _("differences"))


@bp.get("/<int:import_id>/results.csv")
@needs(May.IMPORT)
def results(import_id: int) -> Response:
    """One line for every row of the file: what became of it, and why."""
    record = _found(import_id)
    places = tasks.shelf().report(record.stored_as)
    if not places.results.is_file():
        abort(404)
    decided = reviewing.decided(db.session(), record)
    return _csv(report.results_csv(places, decided, say), _("results"))


def _csv(chunks: Iterator[bytes], name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"}
    # The sentences need this request's language.
    return Response(stream_with_context(chunks), mimetype=exports.MEDIA_TYPES[exports.CSV], headers=headers)


def _found(import_id: int) -> Import:
    return db.get_or_404(Import, import_id)


def _act(
    import_id: int,
    ask: Callable[[Import], Any],
    then: Callable[[Import], ResponseReturnValue] | None = None,
) -> ResponseReturnValue:
    """A button of the page: do as asked, or show why not."""
    record, form = _found(import_id), ActForm(request.form)
    if form.accepted():
        try:
            ask(record)
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            return then(record) if then else redirect(url_for(".show", import_id=import_id))
    return _page(_found(import_id), form)


def _go(record: Import) -> ResponseReturnValue:
    """Do what was asked now when it is short, else have a worker do it: the page says how it goes."""
    key, rows = record.id, int(record.counts.get("rows", 0))
    db.session.commit()
    if rows <= tasks.MOST_AT_ONCE:
        tasks.do(key)
    else:
        wake("imports")
    return redirect(url_for(".show", import_id=key))


def _page(record: Import, form: PageForm, mapping: dict[str, str] | None = None) -> ResponseReturnValue:
    """The page of the import; `form` is the one that was sent, if one was."""
    facts = {"name": record.name, "mode": record.mode, "merge_key": record.merge_key}
    how = form if isinstance(form, MappingForm) else MappingForm(data=facts)
    page = render_template(
        "directory/imports/show.html",
        form=form,
        how_form=how,
        **showing.context(record, mapping),
    )
    return page, form.status

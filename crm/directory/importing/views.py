"""The pages of imports: upload, meaning of the columns, check, result."""

from collections.abc import Iterator
from dataclasses import asdict
from operator import itemgetter
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from werkzeug.datastructures import CombinedMultiDict, FileStorage

from crm import clock
from crm.db import db
from crm.directory.importing import refusals, report, services, tasks
from crm.directory.importing.columns import LABELS, Field
from crm.directory.importing.forms import MappingForm, UploadForm
from crm.directory.importing.services import State
from crm.directory.importing.taking import Counts
from crm.directory.models import Import
from crm.errors import CrmError
from crm.jobs import wake
from crm.text import N_
from crm.web import exports
from crm.web.access import needs
from crm.web.exports import Column
from crm.web.files import shown_name
from crm.web.pages import say
from crm.web.rights import May

bp = Blueprint("imports", __name__, url_prefix="/imports")

SHOWN = 20
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
    return render_template("directory/imports/index.html", imports=records, state=_state)


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
    return _page(_found(import_id), MappingForm())


@bp.post("/<int:import_id>/check")
@needs(May.IMPORT)
def check(import_id: int) -> ResponseReturnValue:
    """A dry run with the chosen meanings; a large file is left to a worker."""
    record, form = _found(import_id), MappingForm(request.form)
    mapping = {name: request.form.get(f"column-{at}", "") for at, name in enumerate(record.mapping)}
    if form.accepted():
        try:
            services.ask_check(record, mapping)
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            return _go(record)
    return _page(_found(import_id), form, mapping)


@bp.post("/<int:import_id>/apply")
@needs(May.IMPORT)
def apply(import_id: int) -> ResponseReturnValue:
    """Take the file in as it was checked."""
    record, form = _found(import_id), MappingForm(request.form)
    if form.accepted():
        try:
            services.ask_apply(record)
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            return _go(record)
    return _page(_found(import_id), form)


@bp.post("/<int:import_id>/leave")
@needs(May.IMPORT)
def leave(import_id: int) -> ResponseReturnValue:
    """Forget a file that was not taken in."""
    record, form = _found(import_id), MappingForm(request.form)
    if form.accepted():
        try:
            services.leave(db.session(), tasks.shelf(), record)
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("The file was removed. Nothing of it was taken in."))
            return redirect(url_for(".index"))
    return _page(_found(import_id), form)


@bp.get("/<int:import_id>/refused.csv")
@needs(May.IMPORT)
def refused(import_id: int) -> Response:
    """The refused rows with their reasons."""
    record = _found(import_id)
    place = tasks.shelf().report(record.stored_as or "none").refused
    if not place.is_file():
        abort(404)
    return _csv(report.refused_csv(place, list(record.mapping), say), _("refused-rows"))


@bp.get("/<int:import_id>/differences.csv")
@needs(May.IMPORT)
def differences(import_id: int) -> Response:
    """What the file says otherwise than the directory."""
    record = _found(import_id)
    place = tasks.shelf().report(record.stored_as or "none").differences
    if not place.is_file():
        abort(404)
    return _csv(report.differences_csv(place, say), _("differences"))


def _csv(chunks: Iterator[bytes], name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"}
    # Made whole: the sentences need this request's language.
    return Response(b"".join(chunks), mimetype=exports.MEDIA_TYPES[exports.CSV], headers=headers)


def _found(import_id: int) -> Import:
    return db.get_or_404(Import, import_id)


def _go(record: Import) -> ResponseReturnValue:
    """Do what was asked now when it is short, else have a worker do it: the page says how it goes."""
    key, rows = record.id, int(record.counts.get("rows", 0))
    db.session.commit()
    if rows <= tasks.MOST_AT_ONCE:
        tasks.do(key)
    else:
        wake("imports")
    return redirect(url_for(".show", import_id=key))


def _page(record: Import, form: MappingForm, mapping: dict[str, str] | None = None) -> ResponseReturnValue:
    shelf = tasks.shelf()
    places = shelf.report(record.stored_as or "none")
    samples = shelf.samples(record.stored_as) if record.stored_as else []
    chosen = mapping or record.mapping
    names = list(record.mapping)
    return (
        render_template(
            "directory/imports/show.html",
            record=record,
            state=_state(record),
            form=form,
            columns=[
                {"at": at, "name": name, "field": chosen.get(name, ""), "samples": _values(samples, at)}
                for at, name in enumerate(names)
            ],
            fields=[(field.value, say(LABELS[field])) for field in Field],
            told={**asdict(Counts()), **(record.counts.get("told") or {})},
            is_told=bool(record.counts.get("told")),
            why=report.reason(record.counts["why"], say) if record.counts.get("why") else "",
            read=shelf.progress(record.stored_as)[0] if record.stored_as else 0,
            refused=[_refusal(line, names) for line in report.lines(places.refused, SHOWN)],
            differences=[
                {**line, "field": say(LABELS[Field(line["field"])])}
                for line in report.lines(places.differences, SHOWN)
            ],
            former=services.same_before(db.session(), record) if record.state == State.READ else None,
        ),
        form.status,
    )


def _values(samples: list[list[str]], at: int) -> list[str]:
    return [row[at] for row in samples if at < len(row) and row[at]]


def _refusal(line: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """A refused row for the page: the cell that is to blame, or the beginning of the row."""
    place, cells = line["place"], line["cells"]
    return {
        "row": line["row"],
        "column": names[place] if place is not None and place < len(names) else "",
        "cell": cells[place][:100] if place is not None and place < len(cells) else "",
        "start": " · ".join(cell for cell in cells if cell)[:100],
        "reason": report.reason(line, say),
    }


def _state(record: Import) -> dict[str, Any]:
    """How the state is said and shown, and what may be done in it."""
    words, tone = {
        State.READ: (_("Received"), "plain"),
        State.CHECK_ASKED: (_("Being checked"), "wait"),
        State.CHECKING: (_("Being checked"), "wait"),
        State.CHECKED: (_("Checked"), "accent"),
        State.ASKED: (_("Being taken in"), "wait"),
        State.RUNNING: (_("Being taken in"), "wait"),
        State.DONE: (_("Taken in"), "good"),
        State.FAILED: (_("Not taken in"), "bad"),
    }[State(record.state)]
    return {
        "words": words,
        "tone": tone,
        "is_at_work": record.state in services.AT_WORK,
        "is_open": record.state in (State.READ, State.CHECKED, State.FAILED),
        "is_checked": record.state == State.CHECKED,
        "is_done": record.state == State.DONE,
    }

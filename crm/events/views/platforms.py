"""Attendance from the webinar platform's file: uploaded, explained, looked at, noted, undone."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from crm import clock
from crm.db import db
from crm.errors import CrmError
from crm.events.models import Event
from crm.events.platforms import layouts, queries, reading, services, words
from crm.events.platforms.forms import DatesForm, DemandForm, PlatformFileForm, columns_form
from crm.events.platforms.models import Connected, FileState, Match, PlatformFile
from crm.events.platforms.moments import DateOrder
from crm.events.platforms.reading import Asks, Reading
from crm.events.platforms.services import Answers
from crm.events.queries import agenda as events
from crm.events.views.agenda import bp, found
from crm.text import N_
from crm.web import pages
from crm.web.access import needs
from crm.web.forms import PageForm, pressed, said
from crm.web.rights import May


class NoFile(CrmError):
    text = N_("Choose the file of the platform.")
    field = "file"


@bp.route("/<int:event_id>/connections/new", methods=["GET", "POST"])
@needs(May.WRITE)
def new_connections(event_id: int) -> ResponseReturnValue:
    """Read a file; nothing of it is noted yet."""
    event = found(event_id)
    form = PlatformFileForm(request.form)
    if form.accepted():
        try:
            file = _received(event, form)
        except CrmError as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            return redirect(_page_of(file))
    event = found(event_id)
    return (
        render_template("events/platforms/new.html", event=event, figures=events.figures(event), form=form),
        form.status,
    )


def _received(event: Event, form: PlatformFileForm) -> PlatformFile:
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise NoFile
    file, _found = services.receive(
        event,
        upload.stream.read(reading.MOST_BYTES + 1),
        upload.filename,
        by=current_user.email,
        at=clock.now(),
        **_demand(event, form),
    )
    return file


def _demand(event: Event, form: DemandForm) -> dict[str, Any]:
    least = form.least.data or 0
    minutes = services.minutes_of(event, min(least, 100)) if form.unit.data == "share" else least
    return {"least_minutes": minutes, "marks_others": bool(form.marks_others.data)}


def _page_of(file: PlatformFile) -> str:
    page = ".explain_connections" if file.state is FileState.ASKING else ".connections"
    return url_for(page, event_id=file.event_id, file_id=file.id)


def _file(event: Event, key: int) -> PlatformFile:
    return queries.file(event, key) or abort(404)


@bp.route("/<int:event_id>/connections/<int:file_id>/explain", methods=["GET", "POST"])
@needs(May.WRITE)
def explain_connections(event_id: int, file_id: int) -> ResponseReturnValue:
    """Say what the columns are, or how the dates are to be read."""
    event = found(event_id)
    file = _file(event, file_id)
    if file.state is not FileState.ASKING:
        if request.method == "POST":
            pressed()
        return redirect(_page_of(file))
    answers = _kept_answers()
    asked = services.understand(event, file.content or b"", file.name, answers)
    form = _asking(asked)
    if form.accepted():
        answers = _answers(form, answers)
        try:
            asked = services.explain(file, answers)
        except CrmError as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            if asked.asks is None:
                db.session.commit()
                return redirect(_page_of(file))
            db.session.rollback()
            return redirect(
                url_for(".explain_connections", event_id=event_id, file_id=file_id, **_said(answers))
            )
    event = found(event_id)
    return (
        render_template(
            "events/platforms/explain.html",
            event=event,
            figures=events.figures(event),
            file=_file(event, file_id),
            asked=asked,
            fields=[form[key] for key in layouts.FIELDS] if asked.asks is Asks.COLUMNS else [],
            form=form,
        ),
        form.status,
    )


def _asking(asked: Reading) -> PageForm:
    if asked.asks is Asks.DATES:
        return DatesForm(request.form)
    guessed = {key: str(place) for key, place in asked.guessed.items()}
    return columns_form(asked.columns, asked.samples, request.form, data=guessed)


def _kept_answers() -> Answers:
    """The columns that were chosen a page ago stand in the address: `email=2`."""
    places = {
        key: int(place)
        for key in layouts.FIELDS
        if (place := request.args.get(key, "")).isdecimal() and len(place) < 4
    }
    return Answers(places or None)


def _answers(form: PageForm, kept: Answers) -> Answers:
    if isinstance(form, DatesForm):
        return Answers(kept.places, DateOrder(form.order.data))
    return Answers({key: int(form[key].data) for key in layouts.FIELDS if form[key].data})


def _said(answers: Answers) -> dict[str, Any]:
    return dict(answers.places or {})


@bp.get("/<int:event_id>/connections/<int:file_id>")
@needs(May.WRITE)
def connections(event_id: int, file_id: int) -> ResponseReturnValue:
    event = found(event_id)
    file = _file(event, file_id)
    if file.state is FileState.ASKING:
        return redirect(_page_of(file))
    return _shown(event, file, DemandForm(data=_asked(file))), 200


def _asked(file: PlatformFile) -> dict[str, Any]:
    return {"least": file.least_minutes, "unit": "minutes", "marks_others": file.marks_others}


def _shown(event: Event, file: PlatformFile, form: DemandForm) -> str:
    unsure = queries.people(file, Match.UNSURE)
    return render_template(
        "events/platforms/file.html",
        event=event,
        figures=events.figures(event),
        file=file,
        told=queries.figures(file),
        layout=layouts.LABELS[file.layout],
        platform_words=words,
        unsure=unsure,
        candidates=queries.candidates(unsure),
        chosen=queries.people(file, Match.CHOSEN),
        unknown=queries.people(file, Match.NONE),
        reasons=[_(text) % facts if facts else _(text) for _number, _cells, text, facts in file.unread[:100]],
        form=form,
    )


@bp.post("/<int:event_id>/connections/<int:file_id>/demand")
@needs(May.WRITE)
def demand_connections(event_id: int, file_id: int) -> ResponseReturnValue:
    """Another threshold, and what it would change."""
    event = found(event_id)
    file = _file(event, file_id)
    form = DemandForm(request.form)
    if form.accepted():
        try:
            services.demand(file, **_demand(event, form))
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            return redirect(_page_of(file))
    event = found(event_id)
    return _shown(event, _file(event, file_id), form), form.status


@bp.post("/<int:event_id>/connections/<int:file_id>/<any(note, undo, discard):act>")
@needs(May.WRITE)
def settle_connections(event_id: int, file_id: int, act: str) -> ResponseReturnValue:
    event = found(event_id)
    file = _file(event, file_id)
    pressed()
    by, at, home = current_user.email, clock.now(), url_for(".after", event_id=event_id)
    try:
        if act == "note":
            changed = services.note(file, by=by, at=at)
            words_ = ngettext(
                "Attendance of %(num)s person is noted.", "Attendance of %(num)s people is noted.", changed
            )
        elif act == "undo":
            count = services.undo(file, by=by, at=at)
            words_ = ngettext("Undone for %(num)s person.", "Undone for %(num)s people.", count)
        else:
            services.discard(file)
            words_ = _("The file is taken away.")
    except CrmError as refusal:
        db.session.rollback()
        flash(said(refusal), "warning")
        return redirect(url_for(".connections", event_id=event_id, file_id=file_id))
    db.session.commit()
    if act == "discard":
        flash(words_)
        return redirect(home)
    back = url_for(".connections", event_id=event_id, file_id=file_id)
    if act == "note":
        undo = url_for(".settle_connections", event_id=event_id, file_id=file_id, act="undo")
        pages.offer_undo(words_, undo)
    else:
        flash(words_)
    return redirect(back)


@bp.post("/<int:event_id>/connections/<int:file_id>/people/<int:connected_id>")
@needs(May.WRITE)
def choose_connected(event_id: int, file_id: int, connected_id: int) -> ResponseReturnValue:
    """Say who somebody is: `registration`, or nobody that is known."""
    file = _file(found(event_id), file_id)
    one = db.session.get(Connected, connected_id)
    if one is None or one.file_id != file.id:
        abort(404)
    pressed()
    key = request.form.get("registration", "")
    try:
        chosen = int(key) if key.isdecimal() and len(key) < 10 else None
        services.choose(file, one, chosen, by=current_user.email, at=clock.now())
    except CrmError as refusal:
        db.session.rollback()
        flash(said(refusal), "warning")
    else:
        db.session.commit()
        flash(
            _("%(name)s stays unknown, and is counted.", name=one.name or one.email)
            if chosen is None
            else _("%(name)s is known now.", name=one.name or one.email)
        )
    return redirect(url_for(".connections", event_id=event_id, file_id=file_id, _anchor="unsure"))

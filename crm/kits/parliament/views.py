"""The roster of parliament: who sits, and the official files that say so."""

from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from werkzeug.datastructures import CombinedMultiDict

from crm import clock
from crm.db import db
from crm.errors import CrmError
from crm.kits.acting.about import about
from crm.kits.amending import queries as amending
from crm.kits.amending import words as amending_words
from crm.kits.parliament import queries, reading, seats, services, uploads, words
from crm.kits.parliament.forms import FilesForm, RosterFilters, TakeForm
from crm.kits.parliament.models import Chamber, LoadState, Parliamentarian, RosterLoad
from crm.web import files, tables
from crm.web.access import needs
from crm.web.forms import said
from crm.web.rights import May

bp = Blueprint("parliament", __name__, url_prefix="/kits/parliament")
ORDER = tables.Order(by=Parliamentarian.sort, key=Parliamentarian.id)


@bp.context_processor
def _words() -> dict[str, Any]:
    return {"parliament": words, "seat_called": seat_called}


def seat_called(code: str) -> str:
    """The constituency or department in the language of the page."""
    return seats.called(code, str(get_locale() or "fr"))


@bp.get("/")
@needs(May.READ)
def index() -> ResponseReturnValue:
    form = RosterFilters(request.args)
    form.group.choices = [("", _("Any group")), *((name, name) for name in queries.groups())]
    chosen = {
        "chamber": Chamber(form.chamber.data) if form.chamber.data in list(Chamber) else None,
        "department": form.department.data or "",
        "group": form.group.data or "",
        "words": form.q.data or "",
        "has_left": form.left.data == "yes",
    }
    page = tables.page_of(db.session(), queries.listed(**chosen), ORDER, cursor=request.args.get("cursor"))
    return render_template(
        "kits/parliament/index.html",
        page=page,
        form=form,
        chosen=any(chosen.values()),
        loads=queries.latest_loads(),
        vacant=queries.vacant(),
        chambers=list(Chamber),
        invented=queries.has_invented(),
    )


@bp.route("/files", methods=["GET", "POST"])
@needs(May.IMPORT)
def bring() -> ResponseReturnValue:
    """Look official files through; nothing is taken in before the next page."""
    form = FilesForm(CombinedMultiDict([request.form, request.files]))
    sent = [one for one in request.files.getlist("files") if one.filename]
    if form.accepted():
        if not sent:
            form.files.errors, form.status = [_("Choose a file")], 422
            db.session.rollback()
        else:
            home = current_app.config["DATA_DIR"]
            stored_as = ""
            try:
                stored_as = uploads.keep(home, [(files.shown_name(one.filename), one.stream) for one in sent])
                loads = _looked_through(stored_as)
            except CrmError as refusal:
                uploads.discard(home, stored_as)
                form.refuse(refusal)
            else:
                db.session.commit()
                return redirect(url_for(".load", load_id=loads[0].id))
    return render_template("kits/parliament/bring.html", form=form), form.status


def _looked_through(stored_as: str) -> list[RosterLoad]:
    told = reading.read(uploads.files(current_app.config["DATA_DIR"], stored_as))
    at, by = clock.now(), current_user.email
    return [services.note(plan, stored_as=stored_as, by=by, at=at) for plan in services.plans(told)]


@bp.get("/files/<int:load_id>")
@needs(May.IMPORT)
def load(load_id: int) -> ResponseReturnValue:
    return _load_page(_together(load_id), TakeForm())


def _together(load_id: int) -> list[RosterLoad]:
    """The load, with those that were uploaded with it."""
    found = db.session.get(RosterLoad, load_id) or abort(404)
    if not found.stored_as:
        return [found]
    rows = select(RosterLoad).where(RosterLoad.stored_as == found.stored_as).order_by(RosterLoad.id)
    return list(db.session.scalars(rows))


def _load_page(loads: list[RosterLoad], form: TakeForm) -> ResponseReturnValue:
    waits = any(one.state is LoadState.CHECKED for one in loads)
    answer = render_template(
        "kits/parliament/load.html",
        loads=loads,
        form=form,
        waits=waits,
        doubts=[said(doubt) for doubt in _doubts(loads)] if waits else [],
    )
    return answer, form.status


def _doubts(loads: list[RosterLoad]) -> list[CrmError]:
    """What speaks against taking the files in, as the roster is now."""
    try:
        told = reading.read(uploads.files(current_app.config["DATA_DIR"], loads[0].stored_as))
    except CrmError as gone:
        return [gone]
    return [doubt for plan in services.plans(told) if (doubt := services.check(plan))]


@bp.post("/files/<int:load_id>")
@needs(May.IMPORT)
def take(load_id: int) -> ResponseReturnValue:
    loads = _together(load_id)
    form = TakeForm(request.form)
    if not form.accepted():
        return _load_page(loads, form)
    home = current_app.config["DATA_DIR"]
    try:
        told = reading.read(uploads.files(home, loads[0].stored_as))
        for plan, known in zip(services.plans(told), loads, strict=True):
            services.take(
                plan, known, is_forced=bool(form.is_forced.data), by=current_user.email, at=clock.now()
            )
    except CrmError as refusal:
        form.refuse(refusal)
        return _load_page(_together(load_id), form)
    stored_as = loads[0].stored_as
    db.session.commit()
    uploads.discard(home, stored_as)
    number = sum(one.counts["created"] + one.counts["updated"] for one in loads)
    flash(ngettext("Taken in: %(num)s change.", "Taken in: %(num)s changes.", number))
    return redirect(url_for(".index"))


@bp.get("/<int:parliamentarian_id>")
@needs(May.READ)
def show(parliamentarian_id: int) -> ResponseReturnValue:
    one = db.session.get(Parliamentarian, parliamentarian_id) or abort(404)
    return render_template(
        "kits/parliament/show.html",
        one=one,
        about=about(one),
        relays=amending.relayed_by(one),
        amending=amending_words,
    )

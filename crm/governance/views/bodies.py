"""Bodies: the list with who sits where on a day, and the page of each."""

from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from crm import clock
from crm.db import db
from crm.errors import Changed, CrmError
from crm.governance import queries, services, words
from crm.governance.forms import BodyForm, ChangedBodyForm, FileForm
from crm.governance.models import Body, Seat
from crm.governance.views import files
from crm.governance.views.blueprint import asked_day, bp, today
from crm.text import N_
from crm.web import tables
from crm.web.access import needs
from crm.web.exports import Column
from crm.web.forms import pressed, said
from crm.web.pages import offer_undo
from crm.web.rights import May

SHOWN = 20  # bodies of one page
FACTS = ("name", "purpose", "places", "term_years", "begins_on", "ends_on")


@bp.get("/")
@needs(May.READ)
def index() -> ResponseReturnValue:
    """The bodies of `?on=`, today without it, each with those who sat there that day."""
    asked, in_bin = asked_day(), request.args.get("bin") == "yes"
    day = asked or today()
    rows = queries.bodies(in_bin=True) if in_bin else queries.bodies_on(day)
    page = tables.page_of(
        db.session(), rows, tables.Order(Body.sort, Body.id), cursor=request.args.get("cursor"), size=SHOWN
    )
    bodies = [row[0] for row in page.rows]
    return render_template(
        "governance/bodies.html",
        page=page,
        bodies=bodies,
        seats=queries.seats_on([body.id for body in bodies], day),
        day=day,
        asked_day=asked,
        in_bin=in_bin,
    )


def found(body_id: int) -> Body:
    return db.get_or_404(Body, body_id)


@bp.get("/bodies/<int:body_id>")
@needs(May.READ)
def body(body_id: int) -> ResponseReturnValue:
    """Who sits there today, who is to, who did; with `?on=` who sat there that day."""
    one, asked = found(body_id), asked_day()
    day, seats = asked or today(), list(db.session.scalars(queries.seats_in([body_id])))
    current = [seat for seat in seats if seat.runs_on(day)]
    past = [seat for seat in seats if words.is_past(seat, day)]
    return render_template(
        "governance/body.html",
        body=one,
        day=day,
        asked_day=asked,
        current=current,
        past=sorted(past, key=lambda seat: str(seat.ends_on), reverse=True),
        coming=[seat for seat in seats if seat not in current and seat not in past],
    )


@bp.route("/bodies/new", methods=["GET", "POST"])
@needs(May.WRITE)
def new_body() -> ResponseReturnValue:
    form = BodyForm(request.form)
    if form.accepted():
        try:
            one = services.add_body(**_facts(form), by=current_user, at=clock.now())
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("“%(name)s” is among the bodies.", name=one.name))
            return redirect(url_for(".body", body_id=one.id))
    return render_template("governance/body_new.html", form=form), form.status


def _facts(form: BodyForm) -> dict[str, Any]:
    facts = {name: getattr(form, name).data for name in FACTS}
    return {**facts, "name": facts["name"] or "", "purpose": facts["purpose"] or ""}


def _shown(one: Body) -> dict[str, Any]:
    return {name: getattr(one, name) for name in (*FACTS, "version")}


@bp.route("/bodies/<int:body_id>/edit", methods=["GET", "POST"])
@needs(May.WRITE)
def edit_body(body_id: int) -> ResponseReturnValue:
    one = found(body_id)
    form = ChangedBodyForm(request.form, data=_shown(one))
    if form.accepted():
        facts = {**_facts(form), "version": form.version.number}
        try:
            services.change_body(one, **facts, by=current_user, at=clock.now())
        except CrmError as refusal:
            form.refuse(refusal)
            one = found(body_id)
            if isinstance(refusal, Changed):
                form.meet(_shown(one))
        else:
            db.session.commit()
            flash(_("Saved."))
            return redirect(url_for(".body", body_id=body_id))
    return render_template("governance/body_edit.html", form=form, body=one), form.status


@bp.post("/bodies/<int:body_id>/bin")
@needs(May.WRITE)
def bin_body(body_id: int) -> ResponseReturnValue:
    pressed()
    one = found(body_id)
    services.bin_body(one, by=current_user, at=clock.now())
    name = one.name
    db.session.commit()
    offer_undo(_("“%(name)s” is in the bin.", name=name), url_for(".restore_body", body_id=body_id))
    return redirect(url_for(".index"))


@bp.post("/bodies/<int:body_id>/restore")
@needs(May.WRITE)
def restore_body(body_id: int) -> ResponseReturnValue:
    pressed()
    one = found(body_id)
    try:
        services.restore_body(one, by=current_user, at=clock.now())
    except CrmError as refusal:
        db.session.rollback()
        flash(said(refusal), "warning")
        return redirect(url_for(".body", body_id=body_id))
    db.session.commit()
    flash(_("“%(name)s” is back from the bin.", name=one.name))
    return redirect(url_for(".body", body_id=body_id))


COLUMNS = (
    Column("given_name", N_("Given name"), lambda seat: seat.person.given_name),
    Column("family_name", N_("Family name"), lambda seat: seat.person.family_name),
    Column("function", N_("Function"), words.function),
    Column("organisation", N_("Organisation"), lambda seat: seat.organisation and seat.organisation.name),
    Column("college", N_("College"), lambda seat: words.name_of(seat.college)),
    Column("begins_on", N_("First day"), lambda seat: seat.begins_on),
    Column("ends_on", N_("Last day"), lambda seat: seat.ends_on),
)


@bp.route("/bodies/<int:body_id>/export", methods=["GET", "POST"])
@needs(May.EXPORT)
def export_body(body_id: int) -> ResponseReturnValue:
    """Those who sit there on the day of `?on=`, as a file."""
    one, asked = found(body_id), asked_day()
    day = asked or today()
    rows: list[Seat] = queries.seats_on([body_id], day).get(body_id, [])
    form = FileForm(request.form)
    if form.accepted():
        return _file(form, one, rows)
    back = url_for(".body", body_id=body_id, on=asked)
    return render_template(
        "governance/export.html", form=form, title=one.name, count=len(rows), back=back, day=day
    ), form.status


def _file(form: FileForm, one: Body, rows: list[Seat]) -> Response:
    if one.binned_at is not None:
        abort(404)
    day = asked_day() or today()
    chosen = f"on={day.isoformat()}"
    return files.answer(COLUMNS, rows, form, what=f"bodies:{one.id}", title=one.name, chosen=chosen)

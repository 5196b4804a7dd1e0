"""Seats: given, changed, ended, put into the bin; each looked up through its body."""

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from crm import clock
from crm.db import db
from crm.directory import queries as directory
from crm.directory import services as directory_services
from crm.directory.models import Organisation, Person
from crm.errors import Changed, CrmError
from crm.governance import queries, services
from crm.governance.forms import ChangedSeatForm, EndSeatForm, SeatForm, key_of
from crm.governance.models import Body, BodyFunction, College, Seat, last_day_of
from crm.governance.views.blueprint import bp, entries, today
from crm.governance.views.bodies import found
from crm.text import N_
from crm.web.access import needs
from crm.web.forms import pressed, said
from crm.web.i18n import day as said_day
from crm.web.pages import offer_undo
from crm.web.rights import May


def found_seat(body_id: int, seat_id: int) -> Seat:
    """The seat, looked up through its body."""
    return db.one_or_404(db.select(Seat).where(Seat.id == seat_id, Seat.body_id == body_id))


def _fill(form: SeatForm, seat: Seat | None = None) -> None:
    functions = queries.functions(keep=seat.function_id if seat else None)
    colleges = queries.colleges(keep=seat.college_id if seat else None)
    form.function.choices = entries(db.session.scalars(functions), N_("Not given"))
    form.college.choices = entries(db.session.scalars(colleges))


@bp.route("/bodies/<int:body_id>/seats/new", methods=["GET", "POST"])
@needs(May.WRITE)
def new_seat(body_id: int) -> ResponseReturnValue:
    """`?person=` names who is to sit there."""
    body = found(body_id)
    form = SeatForm(request.form, data=_offered(body))
    _fill(form)
    if form.accepted():
        try:
            person = directory_services.person_chosen(
                form.person.data or "", typed=form.person_name.data or ""
            )
            services.seat(body, person, **_told(form), by=current_user, at=clock.now())
        except CrmError as refusal:
            form.refuse(refusal)
            body = found(body_id)
        else:
            db.session.commit()
            flash(_("%(person)s has a seat in “%(body)s”.", person=person.name, body=body.name))
            return redirect(url_for(".body", body_id=body_id))
    return render_template("governance/seat_new.html", form=form, body=body), form.status


def _offered(body: Body) -> dict[str, Any]:
    """A whole term from today; for the person of the address, the organisation he or she stands for."""
    first = today()
    last = last_day_of(first, body.term_years) if body.term_years else None
    offered: dict[str, Any] = {"begins_on": first, "ends_on": last}
    person = db.session.get(Person, key_of(request.args.get("person")) or 0)
    if person is None or person.binned_at is not None:
        return offered
    role = directory.main_role(person, first)
    offered |= {"person": person.id, "person_name": person.name}
    if role is not None:
        offered |= {"organisation": role.organisation_id, "organisation_name": role.organisation.name}
    return offered


def _told(form: SeatForm) -> dict[str, Any]:
    """What was typed, with the records that its choices mean. Raises UnknownOrganisation."""
    return {
        "organisation": _represented(form),
        "function": db.session.get(BodyFunction, key_of(form.function.data) or 0),
        "college": db.session.get(College, key_of(form.college.data) or 0),
        "title": form.title.data or "",
        "begins_on": form.begins_on.data,
        "ends_on": form.ends_on.data,
    }


def _represented(form: SeatForm) -> Organisation | None:
    typed = form.organisation_name.data or ""
    if not typed:
        return None
    chosen = str(form.organisation.data or "")
    try:
        return directory_services.organisation_chosen(chosen, typed=typed, by=current_user, at=clock.now())
    except directory_services.UnknownOrganisation as unknown:
        unknown.field = "organisation_name"
        raise


def _shown(seat: Seat) -> dict[str, Any]:
    return {
        "organisation": seat.organisation_id or "",
        "organisation_name": seat.organisation.name if seat.organisation else "",
        "function": str(seat.function_id or ""),
        "college": str(seat.college_id or ""),
        "title": seat.title,
        "begins_on": seat.begins_on,
        "ends_on": seat.ends_on,
        "version": seat.version,
    }


@bp.route("/bodies/<int:body_id>/seats/<int:seat_id>/edit", methods=["GET", "POST"])
@needs(May.WRITE)
def edit_seat(body_id: int, seat_id: int) -> ResponseReturnValue:
    seat = found_seat(body_id, seat_id)
    form = ChangedSeatForm(request.form, data=_shown(seat))
    _fill(form, seat)
    if form.accepted():
        try:
            facts = {**_told(form), "version": form.version.number}
            services.change_seat(seat, **facts, by=current_user, at=clock.now())
        except CrmError as refusal:
            form.refuse(refusal)
            seat = found_seat(body_id, seat_id)
            if isinstance(refusal, Changed):
                form.meet(_shown(seat))
            _fill(form, seat)
        else:
            db.session.commit()
            flash(_("Saved."))
            return redirect(url_for(".body", body_id=body_id))
    return render_template("governance/seat_edit.html", form=form, seat=seat, day=today()), form.status


@bp.route("/bodies/<int:body_id>/seats/<int:seat_id>/end", methods=["GET", "POST"])
@needs(May.WRITE)
def end_seat(body_id: int, seat_id: int) -> ResponseReturnValue:
    seat = found_seat(body_id, seat_id)
    form = EndSeatForm(request.form, data={"ends_on": today()})
    if form.accepted():
        before = seat.ends_on
        try:
            services.end_seat(seat, on=form.ends_on.data, by=current_user, at=clock.now())
        except CrmError as refusal:
            form.refuse(refusal)
            seat = found_seat(body_id, seat_id)
        else:
            db.session.commit()
            back = url_for(".reopen_seat", body_id=body_id, seat_id=seat_id, until=before)
            offer_undo(_("The seat ends on %(day)s.", day=said_day(form.ends_on.data)), back)
            return redirect(url_for(".body", body_id=body_id))
    return render_template("governance/seat_end.html", form=form, seat=seat), form.status


@bp.post("/bodies/<int:body_id>/seats/<int:seat_id>/reopen")
@needs(May.WRITE)
def reopen_seat(body_id: int, seat_id: int) -> ResponseReturnValue:
    """The last day becomes that of `?until=` again, none without it."""
    pressed()
    seat = found_seat(body_id, seat_id)
    text = request.args.get("until", "")
    try:
        until = date.fromisoformat(text) if text else None
        services.reopen_seat(seat, until=until, by=current_user, at=clock.now())
    except (CrmError, ValueError) as refusal:
        db.session.rollback()
        flash(said(refusal) if isinstance(refusal, CrmError) else _("This cannot be done."), "warning")
    else:
        db.session.commit()
        flash(_("The seat goes on."))
    return redirect(url_for(".body", body_id=body_id))


@bp.post("/bodies/<int:body_id>/seats/<int:seat_id>/bin")
@needs(May.WRITE)
def bin_seat(body_id: int, seat_id: int) -> ResponseReturnValue:
    """For a seat that never was: one that is over is ended instead."""
    pressed()
    seat = found_seat(body_id, seat_id)
    name = seat.person.name
    services.bin_record(seat, by=current_user, at=clock.now())
    db.session.commit()
    offer_undo(
        _("The seat of %(person)s is in the bin.", person=name),
        url_for(".restore_seat", body_id=body_id, seat_id=seat_id),
    )
    return redirect(url_for(".body", body_id=body_id))


@bp.post("/bodies/<int:body_id>/seats/<int:seat_id>/restore")
@needs(May.WRITE)
def restore_seat(body_id: int, seat_id: int) -> ResponseReturnValue:
    pressed()
    seat = found_seat(body_id, seat_id)
    try:
        services.restore_seat(seat, by=current_user, at=clock.now())
    except CrmError as refusal:
        db.session.rollback()
        flash(said(refusal), "warning")
    else:
        db.session.commit()
        flash(_("The seat is back from the bin."))
    return redirect(url_for(".body", body_id=body_id))

"""The places of an event, for staff: how they stand, who waits, and which are held back for whom."""

from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from crm import clock, jobs
from crm.db import db
from crm.directory import services as records
from crm.directory.models import Organisation, Person
from crm.errors import CrmError
from crm.events.models import Event, Mode, Quota, QuotaMember, Registration, Seat
from crm.events.places import forms, queries, services
from crm.events.places.telling import tell_who_moved_up
from crm.events.queries import agenda as events
from crm.events.services import agenda
from crm.events.views.agenda import bp, found
from crm.text import N_
from crm.web.access import needs
from crm.web.forms import pressed
from crm.web.rights import May

SHOWN = 50


class NobodyNamed(CrmError):
    text = N_("Choose a person or an organisation among the proposals.")
    field = "person"


@dataclass(frozen=True)
class Side:
    """How one side of an event stands; `free` counts what anybody may have, None without a limit."""

    mode: Mode | None
    capacity: int | None
    confirmed: int
    offered: int
    waiting: int
    kept: int
    free: int | None

    @property
    def over(self) -> int:
        """By how many the people who have a seat are more than there are."""
        return 0 if self.capacity is None else max(self.confirmed + self.offered - self.capacity, 0)


@bp.get("/<int:event_id>/places")
@needs(May.READ)
def places(event_id: int) -> ResponseReturnValue:
    return _page(found(event_id))


def _page(event: Event, **forms_of: Any) -> str:
    is_hybrid = queries.has_sides(event)
    queue = list(db.session.scalars(queries.in_line(event).limit(SHOWN + 1)))
    return render_template(
        "events/places.html",
        event=event,
        figures=events.figures(event),
        sides=_sides(event),
        quotas=_quotas(event),
        queue=queue[:SHOWN],
        is_long=len(queue) > SHOWN,
        passing=forms_of.get("passing") or forms.PassingOnForm(data=_passing(event)),
        group=forms_of.get("group") or forms.GroupForm(is_hybrid=is_hybrid),
    )


def _passing(event: Event) -> dict[str, Any]:
    return {
        "passing": forms.AT_ONCE if event.offer_hours is None else forms.OFFERED,
        "offer_hours": event.offer_hours or forms.USUAL_HOURS,
        "withdraw_hours": event.withdraw_hours,
    }


def _sides(event: Event) -> list[Side]:
    (room, counted), taken = queries.look(event), queries.by_side(event)
    sides = []
    for side, capacity in room.capacities.items():
        now = {seat: number for (where, seat), number in taken.items() if where == side}
        lines = counted.taken
        kept = sum(
            max(places - lines.get(line, 0), 0) for line, places in room.held.items() if line.side == side
        )
        sides.append(
            Side(
                mode=side,
                capacity=capacity,
                confirmed=now.get(Seat.CONFIRMED, 0),
                offered=now.get(Seat.OFFERED, 0),
                waiting=now.get(Seat.WAITING, 0),
                kept=kept if capacity is not None else 0,
                free=room.free(lines, queries.line_of(event, side, None)),
            )
        )
    return sides


def _quotas(event: Event) -> list[dict[str, Any]]:
    """Each group with who belongs to it, and how many of them have a place."""
    taken = queries.by_group(event)
    return [
        {"quota": quota, "members": queries.members(quota), "taken": taken.get(quota.id, 0)}
        for quota in db.session.scalars(queries.quotas(event))
    ]


@bp.post("/<int:event_id>/places")
@needs(May.WRITE)
def pass_on(event_id: int) -> ResponseReturnValue:
    """Say how a freed seat is passed on, and until when people withdraw."""
    event = found(event_id)
    form = forms.PassingOnForm(request.form)
    if form.accepted():
        hours = form.offer_hours.data or forms.USUAL_HOURS
        try:
            agenda.change(
                event,
                by=current_user.email,
                at=clock.now(),
                offer_hours=hours if form.passing.data == forms.OFFERED else None,
                withdraw_hours=form.withdraw_hours.data,
            )
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("Saved. Offers that were made keep the time they were given."))
            return redirect(url_for(".places", event_id=event_id))
    return _page(event, passing=form), form.status


@bp.post("/<int:event_id>/groups")
@needs(May.WRITE)
def hold_back(event_id: int) -> ResponseReturnValue:
    event = found(event_id)
    form = forms.GroupForm(request.form, is_hybrid=queries.has_sides(event))
    if form.accepted():
        try:
            quota = services.hold_back(event, **_group(form), at=clock.now())
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            jobs.wake()
            flash(_("Places are held back for “%(group)s”. Say now who belongs to it.", group=quota.name))
            return redirect(url_for(".group", event_id=event_id, quota_id=quota.id))
    return _page(event, group=form), form.status


def _group(form: forms.GroupForm) -> dict[str, Any]:
    mode = Mode(form.mode.data) if "mode" in form and form.mode.data else None
    return {"name": form.name.data or "", "places": form.places.data or 0, "mode": mode}


@bp.route("/<int:event_id>/groups/<int:quota_id>", methods=["GET", "POST"])
@needs(May.WRITE)
def group(event_id: int, quota_id: int) -> ResponseReturnValue:
    """One group: how many places, and who belongs to it."""
    event, quota = found(event_id), _quota(event_id, quota_id)
    shown = {"name": quota.name, "places": quota.places, "mode": (quota.mode or Mode.ONSITE).value}
    form = forms.GroupForm(request.form, is_hybrid=queries.has_sides(event), data=shown)
    if form.accepted():
        try:
            services.hold_back(event, quota, **_group(form), at=clock.now())
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            jobs.wake()
            flash(_("“%(group)s” is saved.", group=quota.name))
            return redirect(url_for(".places", event_id=event_id))
    return _group_page(event, quota, form, forms.MemberForm()), form.status


def _group_page(event: Event, quota: Quota, form: forms.GroupForm, member: forms.MemberForm) -> str:
    return render_template(
        "events/group.html",
        event=event,
        quota=quota,
        members=queries.members(quota),
        form=form,
        member=member,
    )


def _quota(event_id: int, quota_id: int) -> Quota:
    quota = db.get_or_404(Quota, quota_id)
    return quota if quota.event_id == event_id else abort(404)


@bp.post("/<int:event_id>/groups/<int:quota_id>/members")
@needs(May.WRITE)
def admit(event_id: int, quota_id: int) -> ResponseReturnValue:
    event, quota = found(event_id), _quota(event_id, quota_id)
    member = forms.MemberForm(request.form)
    if member.accepted():
        try:
            who = _named(member)
            moved_up = services.admit(event, quota, who, at=clock.now())
        except CrmError as refusal:
            member.refuse(refusal)
        else:
            db.session.commit()
            jobs.wake()
            flash(_("%(name)s belongs to “%(group)s”.", name=who.name, group=quota.name))
            tell_who_moved_up(moved_up)
            return redirect(url_for(".group", event_id=event_id, quota_id=quota_id))
    shown = {"name": quota.name, "places": quota.places, "mode": (quota.mode or Mode.ONSITE).value}
    form = forms.GroupForm(is_hybrid=queries.has_sides(event), data=shown)
    return _group_page(event, quota, form, member), member.status


def _named(form: forms.MemberForm) -> Person | Organisation:
    """The person that was chosen, else the organisation."""
    by, at = current_user.email, clock.now()
    if form.person.data or form.person_key.data:
        return records.person_chosen(form.person_key.data or "", typed=form.person.data or "")
    organisation = records.organisation_chosen(
        form.who_key.data or "", typed=form.who.data or "", by=by, at=at
    )
    if organisation is None:
        raise NobodyNamed
    return organisation


@bp.post("/<int:event_id>/groups/<int:quota_id>/members/<int:member_id>/remove")
@needs(May.WRITE)
def dismiss(event_id: int, quota_id: int, member_id: int) -> ResponseReturnValue:
    event, quota = found(event_id), _quota(event_id, quota_id)
    member = db.get_or_404(QuotaMember, member_id)
    if member.quota_id != quota.id:
        abort(404)
    pressed()
    moved_up = services.dismiss(event, member, at=clock.now())
    db.session.commit()
    jobs.wake()
    flash(_("Taken out of “%(group)s”; a seat that was taken stays taken.", group=quota.name))
    tell_who_moved_up(moved_up)
    return redirect(url_for(".group", event_id=event_id, quota_id=quota_id))


@bp.post("/<int:event_id>/groups/<int:quota_id>/release")
@needs(May.WRITE)
def release(event_id: int, quota_id: int) -> ResponseReturnValue:
    event, quota = found(event_id), _quota(event_id, quota_id)
    pressed()
    name = quota.name
    moved_up = services.release(event, quota, at=clock.now())
    db.session.commit()
    jobs.wake()
    flash(_("The places of “%(group)s” are open to everybody.", group=name))
    tell_who_moved_up(moved_up)
    return redirect(url_for(".places", event_id=event_id))


@bp.post("/<int:event_id>/registrations/<int:registration_id>/seat")
@needs(May.WRITE)
def seat(event_id: int, registration_id: int) -> ResponseReturnValue:
    """Give somebody who waits a seat by hand, whether or not there is one."""
    registration = db.get_or_404(Registration, registration_id)
    if registration.event_id != event_id:
        abort(404)
    pressed()
    over = services.seat_by_hand(registration, by=current_user.email, at=clock.now())
    db.session.commit()
    jobs.wake()
    name = f"{registration.given_name} {registration.family_name}".strip()
    flash(_("%(name)s has a seat, and is told by mail.", name=name))
    if over:
        flash(_("There are more people than seats now."), "warning")
    return redirect(url_for(".registration", event_id=event_id, registration_id=registration_id))

"""Asking those again who have not answered, taking an invitation back, asking somebody anew."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy import select

from crm import clock, jobs
from crm.db import db
from crm.errors import CrmError
from crm.events import previews
from crm.events.forms import NudgeForm
from crm.events.models import Event, Invitation
from crm.events.services import inviting, nudging
from crm.events.services.nudging import Left
from crm.events.views.agenda import bp, found
from crm.web.access import needs
from crm.web.forms import ActForm, pressed, said
from crm.web.rights import May


@bp.route("/<int:event_id>/nudge", methods=["GET", "POST"])
@needs(May.SEND)
def nudge(event_id: int) -> ResponseReturnValue:
    """Who is asked again and who is not and why, and what they read; the button asks them."""
    event, at = found(event_id), clock.now()
    form = NudgeForm(request.form)
    if form.accepted():
        try:
            count = nudging.nudge(event, at_most=form.sure.data or 0, by=current_user.email, at=at)
        except CrmError as refusal:
            db.session.rollback()
            form.refuse(refusal)
            event = found(event_id)
        else:
            db.session.commit()
            jobs.wake()
            flash(ngettext("%(num)s person is asked again.", "%(num)s people are asked again.", count))
            return redirect(url_for(".invitations", event_id=event_id))
    counts = nudging.counted(event, at=at)
    return (
        render_template(
            "events/nudge.html",
            event=event,
            form=form,
            sendable=counts.get(None, 0),
            left_out=[(why, counts[why]) for why in Left if counts.get(why)],
            previews=previews.of_nudge(event, at=at),
            most=nudging.MOST,
        ),
        form.status,
    )


@bp.route("/<int:event_id>/invitations/<int:invitation_id>/uninvite", methods=["GET", "POST"])
@needs(May.SEND)
def uninvite(event_id: int, invitation_id: int) -> ResponseReturnValue:
    """What somebody will read whose invitation is taken back; the button takes it back."""
    event, invitation = _invitation(event_id, invitation_id)
    form = ActForm(request.form)
    if form.accepted():
        try:
            was_told = inviting.uninvite(invitation, by=current_user.email, at=clock.now())
        except CrmError as refusal:
            db.session.rollback()
            form.refuse(refusal)
            event, invitation = _invitation(event_id, invitation_id)
        else:
            db.session.commit()
            jobs.wake()
            told = _("The invitation is taken back; the entry leaves the calendar.")
            flash(told if was_told else _("The invitation is taken back before it left."))
            return redirect(url_for(".invitations", event_id=event_id))
    shown = previews.of_uninviting(invitation, at=clock.now())
    event, invitation = _invitation(event_id, invitation_id)
    return (
        render_template(
            "events/uninvite.html", event=event, invitation=invitation, form=form, previews=shown
        ),
        form.status,
    )


@bp.post("/<int:event_id>/invitations/<int:invitation_id>/again")
@needs(May.SEND)
def invite_again(event_id: int, invitation_id: int) -> ResponseReturnValue:
    """Ask somebody anew who declined, or whose invitation was taken back."""
    _event, invitation = _invitation(event_id, invitation_id)
    pressed()
    try:
        inviting.invite_again(invitation, by=current_user.email, at=clock.now())
    except CrmError as refusal:
        db.session.rollback()
        flash(said(refusal), "warning")
    else:
        db.session.commit()
        jobs.wake()
        flash(_("A new invitation is on its way."))
    return redirect(url_for(".invitations", event_id=event_id))


def _invitation(event_id: int, invitation_id: int) -> tuple[Event, Invitation]:
    """The invitation, found through its event."""
    asked = select(Invitation).where(Invitation.id == invitation_id, Invitation.event_id == event_id)
    return found(event_id), db.session.scalar(asked) or abort(404)

"""Invitations that are prepared: who they are for, the button that sends them, and whom to leave out."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy import select

from crm import clock, jobs
from crm.db import db
from crm.directory.models import Person
from crm.errors import CrmError
from crm.events.forms import UNASKED, InviteForm
from crm.events.models import Event, EventState, PreparedInvitation
from crm.events.queries import agenda as events
from crm.events.queries import audience
from crm.events.queries.audience import Excluded
from crm.events.services import preparing
from crm.events.views.agenda import bp, found, office
from crm.events.views.inviting import NAMED
from crm.web import tables
from crm.web.access import needs
from crm.web.forms import pressed
from crm.web.rights import May


@bp.get("/<int:event_id>/prepared")
@needs(May.READ)
def prepared(event_id: int) -> ResponseReturnValue:
    return _page(found(event_id), InviteForm())


@bp.post("/<int:event_id>/prepared")
@needs(May.SEND)
def send_prepared(event_id: int) -> ResponseReturnValue:
    """Invite everyone prepared who can be, if they are not more than the button said."""
    event, form = found(event_id), InviteForm(request.form)
    if not form.accepted():
        return _page(event, form)
    try:
        agreed = form.sure.data or 0
        count = preparing.send(event, at_most=agreed, by=current_user.email, at=clock.now())
    except CrmError as refusal:
        db.session.rollback()
        form.refuse(refusal)
        return _page(found(event_id), form)
    db.session.commit()
    jobs.wake()
    flash(
        ngettext(
            "%(num)s person is invited; the message is on its way.",
            "%(num)s people are invited; the messages are on their way.",
            count,
        )
    )
    return redirect(url_for(".invitations", event_id=event_id))


def _page(event: Event, form: InviteForm) -> ResponseReturnValue:
    at = clock.now()
    considered = audience.considered(event, preparing.people(event), day=clock.day(at, office()))
    counts = audience.counted(considered)
    names = audience.named(considered, most=NAMED) if len(counts) > 1 or None not in counts else {}
    page = tables.page_of(
        db.session(),  # type: ignore[arg-type]
        preparing.listed(event),
        tables.Order(Person.sort, PreparedInvitation.id),
        cursor=request.args.get("cursor"),
    )
    return (
        render_template(
            "events/prepared.html",
            event=event,
            form=form,
            figures=events.figures(event),
            page=page,
            sendable=counts.get(None, 0),
            must_confirm=counts.get(None, 0) > UNASKED,
            left_out=[(why, counts[why], names[why]) for why in Excluded if counts.get(why)],
            can_invite=event.state == EventState.OPEN and event.ends_at > at,
        ),
        form.status,
    )


@bp.post("/<int:event_id>/prepared/<int:prepared_id>/leave-out")
@needs(May.WRITE)
def leave_prepared_out(event_id: int, prepared_id: int) -> ResponseReturnValue:
    pressed()
    event = found(event_id)
    own = select(PreparedInvitation).where(
        PreparedInvitation.event_id == event.id, PreparedInvitation.id == prepared_id
    )
    one = db.session.scalar(own)
    if one is None:
        abort(404)
    name = one.person.name
    preparing.leave_out(one)
    db.session.commit()
    flash(_("%(name)s will not be invited.", name=name))
    return redirect(url_for(".prepared", event_id=event_id))

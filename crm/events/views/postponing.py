"""Calling an event off for its date, and giving it the new one."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext
from flask_login import current_user

from crm import clock, jobs
from crm.db import db
from crm.errors import CrmError
from crm.events.forms import DateForm
from crm.events.models import Event, EventState
from crm.events.services import agenda, seats, telling
from crm.events.views.agenda import bp, found
from crm.web.access import needs
from crm.web.forms import pressed
from crm.web.rights import May


@bp.post("/<int:event_id>/postpone")
@needs(May.SEND)
def postpone(event_id: int) -> ResponseReturnValue:
    event = found(event_id)
    pressed()
    at = clock.now()
    agenda.postpone(event, by=current_user.email, at=at)
    told = telling.of_postponement(event, by=current_user.email, at=at)
    db.session.commit()
    jobs.wake()
    flash(
        ngettext(
            "“%(event)s” is postponed; %(num)s person is told by mail.",
            "“%(event)s” is postponed; %(num)s people are told by mail.",
            told,
            event=event.title,
        )
    )
    return redirect(url_for(".show", event_id=event_id))


@bp.route("/<int:event_id>/date", methods=["GET", "POST"])
@needs(May.SEND)
def date(event_id: int) -> ResponseReturnValue:
    event = found(event_id)
    if request.method == "GET" and event.state is not EventState.POSTPONED:
        return redirect(url_for(".edit", event_id=event_id))
    form = DateForm(request.form, data={"zone": event.zone, "is_all_day": event.is_all_day})
    if form.accepted():
        try:
            told = _set_date(event, form)
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            jobs.wake()
            flash(
                ngettext(
                    "“%(event)s” has its new date; %(num)s person is told by mail.",
                    "“%(event)s” has its new date; %(num)s people are told by mail.",
                    told,
                    event=event.title,
                )
            )
            return redirect(url_for(".show", event_id=event_id))
    return render_template("events/date.html", event=event, form=form, told=telling.told(event)), form.status


def _set_date(event: Event, form: DateForm) -> int:
    """Give the date, then the seats that became free meanwhile, and tell everyone; how many messages."""
    at = clock.now()
    agenda.set_date(
        event,
        starts_wall=form.starts.data,
        ends_wall=form.ends.data,
        zone=form.zone.data,
        is_all_day=form.is_all_day.data,
        by=current_user.email,
        at=at,
    )
    told = telling.of_change(event, facts=telling.DATED, by=current_user.email, at=at)
    seats.promote(event, at=at)
    return told

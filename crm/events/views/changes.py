"""Before a change leaves: who will be told, what each will read, and what becomes of the calendar entry."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext
from flask_login import current_user

from crm import clock, jobs
from crm.db import db
from crm.errors import CrmError
from crm.events import previews
from crm.events.models import Event
from crm.events.series import queries as in_series
from crm.events.series import services as series
from crm.events.series.models import Scope
from crm.events.services import agenda, telling
from crm.events.views.agenda import bp, found, one_of
from crm.web.access import needs
from crm.web.forms import ActForm
from crm.web.rights import May


@bp.route("/<int:event_id>/cancel", methods=["GET", "POST"])
@needs(May.SEND)
def cancel(event_id: int) -> ResponseReturnValue:
    """Who will read that the event is called off, and what; the button calls it off."""
    event, at = found(event_id), clock.now()
    form = ActForm(request.form)
    if form.accepted():
        try:
            others = series.others(event, one_of(Scope, request.form.get("scope")) or Scope.THIS, at=at)
            told = sum(_called_off(one) for one in (event, *others))
        except CrmError as refusal:
            db.session.rollback()
            form.refuse(refusal)
            event = found(event_id)
        else:
            db.session.commit()
            jobs.wake()
            if others:
                flash(
                    ngettext(
                        "%(num)s other event is cancelled too.",
                        "%(num)s other events are cancelled too.",
                        len(others),
                    )
                )
            flash(
                ngettext(
                    "“%(event)s” is cancelled; %(num)s person is told by mail.",
                    "“%(event)s” is cancelled; %(num)s people are told by mail.",
                    told,
                    event=event.title,
                )
            )
            return redirect(url_for(".show", event_id=event_id))
    shown = previews.of_cancellation(event, at=at)
    return (
        render_template(
            "events/cancel.html",
            event=event,
            form=form,
            previews=shown,
            told=telling.told(event),
            series=in_series.of(event),
        ),
        form.status,
    )


def _called_off(event: Event) -> int:
    """Call one event off and tell its people; how many messages."""
    at, by = clock.now(), current_user.email
    agenda.cancel(event, by=by, at=at)
    return telling.of_cancellation(event, by=by, at=at)


@bp.route("/<int:event_id>/tell", methods=["GET", "POST"])
@needs(May.SEND)
def tell(event_id: int) -> ResponseReturnValue:
    """Write to everyone who knows of the event what holds now: a new title, a new description."""
    event, at = found(event_id), clock.now()
    form = ActForm(request.form)
    if form.accepted():
        try:
            told = telling.of_words(event, by=current_user.email, at=at)
        except CrmError as refusal:
            db.session.rollback()
            form.refuse(refusal)
            event = found(event_id)
        else:
            db.session.commit()
            jobs.wake()
            flash(ngettext("%(num)s person is told by mail.", "%(num)s people are told by mail.", told))
            return redirect(url_for(".show", event_id=event_id))
    return (
        render_template(
            "events/tell.html",
            event=event,
            form=form,
            previews=previews.of_change(event, at=at, facts=telling.REWORDED),
            told=telling.told(event),
            # Whoever moves an event into the past tells nobody: calendars keep the former day.
            is_late=event.time_changed_at is not None and event.is_over(at) and telling.told(event) > 0,
        ),
        form.status,
    )

"""Messages that leave by themselves before an event and after it: when, to whom, what they say."""

from datetime import date, datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy import select

from crm import clock
from crm.db import db
from crm.errors import CrmError
from crm.events import previews
from crm.events.models import Event
from crm.events.queries import agenda as events
from crm.events.reminders import services
from crm.events.reminders.forms import ReminderForm, shown
from crm.events.reminders.models import Reminder
from crm.events.views.agenda import bp, found
from crm.web import i18n
from crm.web.access import needs
from crm.web.forms import pressed, said
from crm.web.rights import May


@bp.app_context_processor
def _distances() -> dict[str, Any]:
    return {"distance_of": distance_of}


def distance_of(reminder: Reminder) -> str:
    """`1 day before, at 9:00`, `one hour before`, `30 minutes after`."""
    if reminder.days is not None and reminder.hour is not None:
        facts = {"hour": i18n.hour(datetime.combine(date.min, reminder.hour))}
        if reminder.days == 0:
            last, first = _("the last day, at %(hour)s"), _("the same day, at %(hour)s")
            return (last if reminder.is_after else first) % facts
        if reminder.is_after:
            return ngettext(
                "the day after, at %(hour)s", "%(num)s days after, at %(hour)s", reminder.days, **facts
            )
        return ngettext(
            "the day before, at %(hour)s", "%(num)s days before, at %(hour)s", reminder.days, **facts
        )
    minutes = reminder.minutes or 0
    if minutes and minutes % 60 == 0:
        if reminder.is_after:
            return ngettext("one hour after the end", "%(num)s hours after the end", minutes // 60)
        return ngettext("one hour before", "%(num)s hours before", minutes // 60)
    if reminder.is_after:
        return ngettext("%(num)s minute after the end", "%(num)s minutes after the end", minutes)
    return ngettext("%(num)s minute before", "%(num)s minutes before", minutes)


def planned(event: Event) -> list[Reminder]:
    return list(db.session.scalars(services.of_event(event)))


@bp.route("/<int:event_id>/reminders", methods=["GET", "POST"])
@needs(May.SEND)
def reminders(event_id: int) -> ResponseReturnValue:
    """Those of the event in their order, and a form for one more."""
    event, at = found(event_id), clock.now()
    form = ReminderForm(request.form)
    if form.accepted():
        try:
            reminder = services.add(event, by=current_user.email, at=at, **form.facts())
        except CrmError as refusal:
            db.session.rollback()
            form.refuse(refusal)
            event = found(event_id)
        else:
            db.session.commit()
            flash(_("It leaves on %(moment)s.", moment=_moment(event, reminder)))
            return redirect(url_for(".reminder", event_id=event_id, reminder_id=reminder.id))
    listed = planned(event)
    return (
        render_template(
            "events/reminders.html",
            event=event,
            form=form,
            figures=events.figures(event),
            reminders=listed,
            numbers={one.id: services.number(one, event, at=at) for one in listed if one.left_at is None},
            moment_of=_moment,
        ),
        form.status,
    )


def _moment(event: Event, reminder: Reminder) -> str:
    """When it leaves, on the clocks of the event."""
    return i18n.moment(reminder.leaves_at, event.zone)


@bp.route("/<int:event_id>/reminders/<int:reminder_id>", methods=["GET", "POST"])
@needs(May.SEND)
def reminder(event_id: int, reminder_id: int) -> ResponseReturnValue:
    """What it says, when it leaves; while it has not left it can be changed."""
    event, one = _reminder(event_id, reminder_id)
    at = clock.now()
    form = ReminderForm(request.form, data=shown(one))
    if form.accepted():
        version = int(form.version.data) if str(form.version.data).isdecimal() else 0
        try:
            services.change(one, version=version, at=at, **form.facts())
        except CrmError as refusal:
            db.session.rollback()
            form.refuse(refusal)
            event, one = _reminder(event_id, reminder_id)
        else:
            db.session.commit()
            flash(_("It leaves on %(moment)s.", moment=_moment(event, one)))
            return redirect(url_for(".reminder", event_id=event_id, reminder_id=reminder_id))
    return (
        render_template(
            "events/reminder.html",
            event=event,
            reminder=one,
            form=form,
            previews=previews.of_reminder(one, at=at),
            moment=_moment(event, one),
            number=services.number(one, event, at=at),
        ),
        form.status,
    )


@bp.post("/<int:event_id>/reminders/<int:reminder_id>/remove")
@needs(May.SEND)
def remove_reminder(event_id: int, reminder_id: int) -> ResponseReturnValue:
    _event, one = _reminder(event_id, reminder_id)
    pressed()
    try:
        services.remove(one, at=clock.now())
    except CrmError as refusal:
        db.session.rollback()
        flash(said(refusal), "warning")
    else:
        db.session.commit()
        flash(_("It is taken away and does not leave."))
    return redirect(url_for(".reminders", event_id=event_id))


def _reminder(event_id: int, reminder_id: int) -> tuple[Event, Reminder]:
    """The reminder, found through its event."""
    asked = select(Reminder).where(Reminder.id == reminder_id, Reminder.event_id == event_id)
    return found(event_id), db.session.scalar(asked) or abort(404)

"""The page of an event, with the steps of its life."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from crm import clock, jobs
from crm.db import db
from crm.events import ready
from crm.events.models import Event, EventState
from crm.events.queries import agenda as events
from crm.events.reminders import services as reminders
from crm.events.series import queries as in_series
from crm.events.series import registering
from crm.events.services import agenda, preparing, seats, telling
from crm.events.views.agenda.blueprint import bp, found, office
from crm.text import N_
from crm.web.access import needs
from crm.web.forms import ActForm, pressed
from crm.web.rights import May

STEPS = {
    "publish": (agenda.publish, N_("“%(event)s” is open: people can register.")),
    "close": (agenda.close, N_("Registration for “%(event)s” is closed.")),
    "hold": (agenda.hold, N_("“%(event)s” is marked as held.")),
}


@bp.get("/<int:event_id>")
@needs(May.READ)
def show(event_id: int) -> ResponseReturnValue:
    event = found(event_id)
    figures = events.figures(event)
    prepared = preparing.number(event, at=clock.now())
    return render_template(
        "events/show.html",
        event=event,
        prepared=prepared,
        sendable=preparing.sendable(event, day=clock.day(clock.now(), office())) if prepared else 0,
        figures=figures,
        steps=_steps(event, figures),
        ready=ready.missing(event, figures, at=clock.now()),
        series=in_series.of(event),
        now=clock.now(),
        told=telling.told(event),
        reminders=list(db.session.scalars(reminders.of_event(event))),
        moves=agenda.MOVES[event.state],
        form=ActForm(),
    )


def _steps(event: Event, figures: events.Figures) -> list[dict[str, str]]:
    """The life of an event: prepared, open, invited, held, attended; what is missing for the next."""
    if event.state == EventState.CANCELLED:
        return _steps_until_cancelled(event, figures)
    is_over = event.is_over(clock.now())
    is_out = event.state != EventState.DRAFT
    marked = figures.present + figures.absent + figures.excused
    noted = marked > 0 and figures.unknown == 0
    to_close = len(ready.missing_for(ready.Stage.CLOSE, event, figures, at=clock.now())) if noted else 0
    reached = [
        (_("Prepared"), True, ""),
        (_("Open"), is_out, _("not open yet")),
        (_("People invited"), figures.invited > 0, _("nobody invited yet")),
        (_("Held"), event.state == EventState.HELD, _("to confirm") if is_over else _("to come")),
        (_("Attendance noted"), noted, _missing(figures) if seats.has_begun(event, clock.now()) else ""),
        (_("Wrapped up"), noted and not to_close, _to_do(to_close)),
    ]
    if is_over and not figures.invited:
        # Nobody was invited and nobody will be: people came by the public page, or it was not ours.
        del reached[2]
    steps, now_given = [], False
    for label, done, missing in reached:
        state = "done" if done else "next" if now_given else "now"
        now_given = now_given or not done
        steps.append({"label": label, "state": state, "note": "" if done else missing})
    return steps


def _to_do(count: int) -> str:
    return ngettext("%(num)s thing to do", "%(num)s things to do", count) if count else ""


def _steps_until_cancelled(event: Event, figures: events.Figures) -> list[dict[str, str]]:
    """What had happened by the time the event was called off, and that it was."""
    happened = [
        (_("Prepared"), True),
        (_("Open"), events.was_open(event) or figures.invited > 0),
        (_("People invited"), figures.invited > 0),
    ]
    steps = [{"label": label, "state": "done", "note": ""} for label, is_so in happened if is_so]
    return [*steps, {"label": _("Cancelled"), "state": "now", "note": ""}]


def _missing(figures: events.Figures) -> str:
    if not figures.confirmed:
        return _("nobody registered yet")
    return ngettext("%(num)s person not noted", "%(num)s people not noted", figures.unknown)


@bp.post("/<int:event_id>/<any(publish, close, hold):step>")
@needs(May.WRITE)
def move(event_id: int, step: str) -> ResponseReturnValue:
    event = found(event_id)
    act, said = STEPS[step]
    pressed()
    at = clock.now()
    act(event, by=current_user.email, at=at)
    if step == "publish" and registering.seat_everyone(event, at=at):
        jobs.wake()
    db.session.commit()
    flash(_(said, event=event.title))
    return redirect(url_for(".show", event_id=event_id))

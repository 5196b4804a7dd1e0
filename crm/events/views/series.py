"""Series: making one from a rule or from dates, its page, and putting events in and out."""

from datetime import datetime
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from wtforms import SelectChoice

from crm import clock, jobs
from crm.db import db
from crm.errors import Changed, CrmError
from crm.events.models import Event
from crm.events.series import queries, registering, rules, services
from crm.events.series.forms import IntoSeriesForm, RepeatForm, RuleForm, SeriesForm
from crm.events.series.models import Series
from crm.events.views.agenda import bp, found
from crm.text import N_
from crm.web.access import needs
from crm.web.forms import pressed, said
from crm.web.rights import May

ODD = {
    rules.Odd.SKIPPED: N_(
        "Clocks go forward that night: the hour asked does not exist. An hour later is proposed."
    ),
    rules.Odd.TWICE: N_("Clocks go back that night: this hour comes twice. The first is meant."),
    rules.Odd.PAST: N_("This date is past."),
    rules.Odd.THERE: N_("The series has an event at this hour already."),
}


class NotADate(CrmError):
    text = N_("One of the dates cannot be read: choose it again, or empty it.")


class SeriesUnchosen(CrmError):
    text = N_("Choose a series, or name a new one.")
    field = "series"


@bp.get("/series")
@needs(May.READ)
def all_series() -> ResponseReturnValue:
    rows = db.session.execute(queries.listed(at=clock.now()).limit(200)).all()
    return render_template("events/series/index.html", rows=rows)


def found_series(series_id: int) -> Series:
    return db.session.get(Series, series_id) or abort(404)


@bp.get("/series/<int:series_id>")
@needs(May.READ)
def series(series_id: int) -> ResponseReturnValue:
    shown = found_series(series_id)
    rows = queries.with_numbers(shown)
    at = clock.now()
    return render_template(
        "events/series/show.html",
        series=shown,
        rows=rows,
        drafts=sum(row.Event.state == "draft" and row.Event.ends_at > at for row in rows),
        registered=queries.registered(shown),
        now=at,
    )


@bp.route("/series/<int:series_id>/edit", methods=["GET", "POST"])
@needs(May.WRITE)
def edit_series(series_id: int) -> ResponseReturnValue:
    shown = found_series(series_id)
    form = SeriesForm(request.form, data=_recorded(shown))
    if form.accepted():
        try:
            services.change(
                shown,
                title=form.title.data or "",
                description=(form.description.data or "").strip(),
                language=form.language.data,
                is_joint=form.is_joint.data,
                seen=int(form.seen.data) if str(form.seen.data).isdecimal() else None,
                at=clock.now(),
            )
        except CrmError as refusal:
            form.refuse(refusal)
            if isinstance(refusal, Changed):
                form.meet(_recorded(found_series(series_id)))
        else:
            db.session.commit()
            flash(_("“%(series)s” is saved.", series=shown.title))
            return redirect(url_for(".series", series_id=series_id))
    return render_template("events/series/edit.html", series=shown, form=form), form.status


def _recorded(shown: Series) -> dict[str, Any]:
    names = ("title", "description", "language", "is_joint")
    return {name: getattr(shown, name) for name in names} | {"seen": shown.version}


@bp.post("/series/<int:series_id>/publish")
@needs(May.WRITE)
def publish_series(series_id: int) -> ResponseReturnValue:
    shown = found_series(series_id)
    pressed()
    at = clock.now()
    opened = services.publish(shown, by=current_user.email, at=at)
    for event in opened:
        registering.seat_everyone(event, at=at)
    db.session.commit()
    jobs.wake()
    flash(ngettext("%(num)s event is open.", "%(num)s events are open.", len(opened)))
    return redirect(url_for(".series", series_id=series_id))


@bp.route("/<int:event_id>/series", methods=["GET", "POST"])
@needs(May.WRITE)
def into_series(event_id: int) -> ResponseReturnValue:
    event = found(event_id)
    form = IntoSeriesForm(request.form)
    rows = db.session.execute(queries.listed(at=clock.now()).limit(200)).all()
    form.series.choices = [
        SelectChoice("", _("A new one")),
        *(SelectChoice(str(row.Series.id), row.Series.title) for row in rows),
    ]
    if form.accepted():
        try:
            chosen = _chosen_series(form, event)
            services.put(event, chosen, at=clock.now())
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("“%(event)s” is in the series.", event=event.title))
            return redirect(url_for(".series", series_id=chosen.id))
    return render_template("events/series/into.html", event=found(event_id), form=form), form.status


def _chosen_series(form: IntoSeriesForm, event: Event) -> Series:
    """Raises SeriesUnchosen."""
    if form.series.data:
        return found_series(int(form.series.data))
    if not form.title.data:
        raise SeriesUnchosen
    return services.create(title=form.title.data, language=event.language, at=clock.now())


@bp.post("/<int:event_id>/series/leave")
@needs(May.WRITE)
def leave_series(event_id: int) -> ResponseReturnValue:
    event = found(event_id)
    pressed()
    services.take_out(event, at=clock.now())
    db.session.commit()
    flash(
        _("“%(event)s” stands on its own; its registrations and invitations stay with it.", event=event.title)
    )
    return redirect(url_for(".show", event_id=event_id))


@bp.route("/<int:event_id>/repeat", methods=["GET", "POST"])
@needs(May.WRITE)
def repeat(event_id: int) -> ResponseReturnValue:
    """First a rule or a list (in the address), then the dates to amend, then what they make."""
    event = found(event_id)
    known = queries.of(event)
    asked = RuleForm(request.args if request.args.get("how") else None)
    form = RepeatForm(request.form, data={"title": known.title if known else event.title})
    if known is not None:
        del form.title, form.is_joint
    proposals, refusal = _proposals(event, known, asked)
    if form.accepted():
        try:
            made, into = _make(event, known, form)
        except CrmError as refused:
            form.refuse(refused)
            proposals = [rules.Proposal(wall) for wall in _sent() or ()]
        else:
            db.session.commit()
            flash(
                ngettext(
                    "%(num)s event is made, as a draft.", "%(num)s events are made, as drafts.", len(made)
                )
            )
            return redirect(url_for(".series", series_id=into.id))
    return (
        render_template(
            "events/series/repeat.html",
            event=found(event_id),
            known=known,
            asked=asked,
            refusal=said(refusal) if refusal else None,
            proposals=proposals,
            odd=ODD,
            form=form,
        ),
        form.status,
    )


def _proposals(
    event: Event, known: Series | None, asked: RuleForm
) -> tuple[list[rules.Proposal], CrmError | None]:
    """The dates that were asked for in the address, or why there are none."""
    if not request.args.get("how") or not asked.validate():
        return [], None
    try:
        if asked.how.data == "list":
            walls = rules.listed(asked.dates.data or "", event.starts_wall)
        else:
            rule = rules.Rule(
                unit=rules.Unit(asked.unit.data),
                every=asked.every.data or 1,
                until=asked.until.data,
                times=asked.times.data,
            )
            walls = rules.following(event.starts_wall, rule)
    except CrmError as refusal:
        return [], refusal
    there = [event.starts_wall]
    if known is not None:
        there += [one.starts_wall for one in db.session.scalars(queries.events(known))]
    return rules.proposed(walls, clock.zone(event.zone), there=there, at=clock.now()), None


def _sent() -> list[datetime] | None:
    """The dates of the list as they were amended, without those emptied; None when one cannot be read."""
    found_dates = []
    for value in request.form.getlist("date")[: rules.MOST + 10]:
        if not value.strip():
            continue
        try:
            wall = datetime.fromisoformat(value.strip()[:16])
        except ValueError:
            return None
        if wall.tzinfo is not None:
            return None
        found_dates.append(wall)
    return found_dates


def _make(event: Event, known: Series | None, form: RepeatForm) -> tuple[list[Event], Series]:
    """Raises NotADate, and what `services.repeat` raises."""
    walls, at = _sent(), clock.now()
    if walls is None:
        raise NotADate
    into = known or services.create(
        title=form.title.data or event.title, language=event.language, is_joint=form.is_joint.data, at=at
    )
    return services.repeat(event, into, walls, by=current_user.email, at=at), into

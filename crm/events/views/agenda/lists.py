"""The agenda as a list and as months."""

from datetime import date, timedelta
from typing import Any

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import SelectChoice

from crm import clock
from crm.db import db
from crm.events.models import Event, EventState, Part
from crm.events.queries import agenda as events
from crm.events.views.agenda.blueprint import bp, known_kinds, language, office, one_of
from crm.events.views.filters import AgendaFilters
from crm.web import tables
from crm.web.access import needs
from crm.web.rights import May


@bp.get("/")
@needs(May.READ)
def index() -> ResponseReturnValue:
    form = AgendaFilters(request.args)
    kinds = (SelectChoice(str(kind.id), kind.name(language())) for kind in known_kinds())
    form.kind.choices = [SelectChoice("", _("Any kind")), *kinds]
    chosen = _chosen(form)
    order = tables.Order(Event.starts_at, Event.id, descending=chosen.period != "coming")
    page = tables.page_of(
        db.session(),  # type: ignore[arg-type]
        events.listed(chosen, at=clock.now(), zone=office()),
        order,
        cursor=request.args.get("cursor"),
    )
    return render_template("events/index.html", page=page, form=form, chips=chips(form))


def _chosen(form: AgendaFilters) -> events.Chosen:
    kind = form.kind.data or ""
    return events.Chosen(
        period=form.period.data if form.period.data in events.PERIODS else "coming",
        state=one_of(EventState, form.state.data),
        kind_id=int(kind) if kind.isdecimal() and len(kind) < 10 else None,
        part=one_of(Part, form.part.data),
        words=(form.q.data or "")[:200],
    )


def chips(form: Any) -> list[dict[str, str]]:
    """The filters in use, as words with the address that takes each away."""
    found_chips = []
    for field in form:
        value = field.data
        if not value or (field.name == "period" and value == "coming"):
            continue
        shown = value if field.type == "StringField" else _(_labels(field).get(value, value))
        label = (
            f"{_(field.label.text)} : {shown}" if language() == "fr" else f"{_(field.label.text)}: {shown}"
        )
        found_chips.append({"label": label, "remove": tables.here(**{field.name: None})})
    return found_chips


def _labels(field: Any) -> dict[str, str]:
    return {choice.value: str(choice.label) for choice in field.iter_choices()}


@bp.get("/month")
@bp.get("/month/<int:year>-<int:month>")
@needs(May.READ)
def month(year: int | None = None, month: int = 1) -> ResponseReturnValue:
    today = clock.day(clock.now(), office())
    first = date(year, month, 1) if year and 1900 < year < 2200 and 0 < month < 13 else today.replace(day=1)
    if year and (first.year, first.month) != (year, month):
        abort(404)
    shown = list(db.session.scalars(events.in_month(first.year, first.month, zone=office())))
    return render_template(
        "events/month.html",
        first=first,
        today=today,
        weeks=_weeks(first, [event for event in shown if not _is_long(event)]),
        long_ones=[event for event in shown if _is_long(event)],
        before=(first - timedelta(days=1)).replace(day=1),
        after=(first + timedelta(days=32)).replace(day=1),
        count=len(shown),
    )


def _weeks(first: date, shown: list[Event]) -> list[list[tuple[date, list[Event]]]]:
    """The weeks of the month from Monday to Sunday, each day with what happens on it."""
    monday = first - timedelta(days=first.weekday())
    weeks = []
    while monday.replace(day=1) <= first or monday == first:
        days = [monday + timedelta(days=n) for n in range(7)]
        weeks.append([(day, [event for event in shown if _is_on(event, day)]) for day in days])
        monday += timedelta(days=7)
    return weeks


def _is_on(event: Event, day: date) -> bool:
    return event.starts_wall.date() <= day <= event.last_day


def _is_long(event: Event) -> bool:
    """Whether it lasts longer than a week: said once above the month, it would stand on each of its days."""
    return event.last_day - event.starts_wall.date() >= timedelta(days=7)

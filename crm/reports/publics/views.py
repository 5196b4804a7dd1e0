"""Attendance by type of public as chart, map and table; each number opens the list it counts."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_percent
from flask_babel import gettext as _
from sqlalchemy import ColumnElement

from crm import clock
from crm.db import db
from crm.events import words
from crm.events.models import Event, Registration
from crm.events.publics import words as publics
from crm.events.publics.kinds import NONE, By, Public
from crm.events.queries import agenda
from crm.events.queries.attendance import Chosen
from crm.events.questions import queries as questions
from crm.events.questions.models import PREFIX
from crm.events.views import agenda as pages
from crm.events.views import people
from crm.events.views.filters import RegistrationFilters
from crm.reports.pictures import geography
from crm.reports.publics import queries
from crm.reports.publics.queries import Counted, Events, Numbers
from crm.territories import drawing
from crm.web import tables
from crm.web.access import needs
from crm.web.rights import May

# What the address of a list of registrations says of who is meant.
_FILTER = frozenset({"q", "seat", "attendance", "mode", "public", "without", "year", "kind", "by"})

bp = Blueprint("publics", __name__, url_prefix="/events")


@dataclass(frozen=True)
class Against:
    """What the figures are held against: in words, with the list of it, its numbers and their sum."""

    label: str
    address: str
    counted: Counted
    total: int

    def share(self, key: str) -> float | None:
        return self.counted.get(key, Numbers()).registered / self.total if self.total else None


@dataclass(frozen=True)
class Line:
    """One type of public: `address(attendance="present")` is the list of those of it who came."""

    key: str
    label: str
    numbers: Numbers
    share: float
    address: Callable[..., str]


@bp.get("/<int:event_id>/figures")
@needs(May.READ)
def of_event(event_id: int) -> ResponseReturnValue:
    """`?by=` says from which side the public is looked at; the rest of the address is the list's filter."""
    event = pages.found(event_id)
    filters = RegistrationFilters(request.args)
    asked = questions.listed(event)
    chosen = people.chosen_of(filters, asked)
    scope = queries.of_event(event)

    def list_of(**facts: Any) -> str:
        return url_for("events.registrations", event_id=event_id, **_filter_of(facts))

    # What others were asked differs from form to form.
    elsewhere = replace(chosen, answers=(), words="")
    return _page(
        "reports/publics/event.html",
        scope,
        chosen,
        list_of,
        [_others(event, elsewhere), _year_before(event.starts_wall.year, event.kind_id, elsewhere)],
        event=event,
        chips=people.chips_of(filters, chosen),
        figures=agenda.figures(event),
    )


@bp.get("/figures")
@needs(May.READ)
def of_year() -> ResponseReturnValue:
    """`?year=&kind=`: all events of a year, or those of a kind; the rest is the filter of their list."""
    events, chosen, years = _asked()

    def list_of(**facts: Any) -> str:
        return url_for(".participations", **_filter_of({**facts, "year": events.year or "all"}))

    return _page(
        "reports/publics/year.html",
        queries.of_events(events),
        chosen,
        list_of,
        [_year_before(events.year, events.kind_id, chosen)] if events.year else [],
        events=events,
        years=years,
        kinds=queries.kinds(),
        number_of_events=queries.number_of(events),
        chips=people.chips_of(RegistrationFilters(request.args), chosen),
    )


@bp.get("/participations")
@needs(May.READ)
def participations() -> ResponseReturnValue:
    """The registrations that the figures of a year count; the same address, the same filter."""
    events, chosen, _years = _asked()
    page = tables.page_of(
        db.session(),  # type: ignore[arg-type]
        queries.participations(events, chosen),
        tables.Order(Registration.search, Registration.id),
        cursor=request.args.get("cursor"),
    )
    return render_template(
        "reports/publics/participations.html",
        page=page,
        events=events,
        chips=people.chips_of(RegistrationFilters(request.args), chosen),
        kind=next((kind for kind in queries.kinds() if kind.id == events.kind_id), None),
        words=words,
        figures_at=url_for(".of_year", **_filter_of({})),
    )


def _page(
    template: str,
    scope: ColumnElement[bool],
    chosen: Chosen,
    list_of: Callable[..., str],
    against: list[Against],
    **facts: Any,
) -> str:
    by = _by()
    names, total = publics.names(by), queries.total(scope, chosen)
    counted = queries.counted(scope, by, chosen)
    lines = [
        Line(
            key,
            names.of(key),
            counted[key],
            counted[key].registered / total.registered,
            _within(list_of, Public(by, key)),
        )
        for key in sorted(counted, key=names.place)
    ]
    places = geography.counted({key: one.registered for key, one in counted.items()}) if _is_map(by) else []
    return render_template(
        template,
        by=by,
        sides=publics.SIDES,
        lines=lines,
        total=total,
        list_of=list_of,
        against=[one for one in against if one.total],
        places={place.code: place for place in places},
        inside=lambda place: _within(list_of, Public(by, place.code))(),
        map=drawing.france(),
        edges=geography.edges_of(places),
        steps=geography.STEPS,
        words=words,
        percent=format_percent,
        nothing=NONE,
        choices=publics.choices(chosen.publics + chosen.without),
        chosen=chosen,
        **facts,
    )


def _by() -> By:
    asked = request.args.get("by", "")
    return By(asked) if asked in list(By) else By.KIND


def _is_map(by: By) -> bool:
    return by is By.DEPARTMENT


def _filter_of(facts: dict[str, Any]) -> dict[str, Any]:
    """The filter in the address, with these facts instead of what it says of them."""
    kept = {name: values for name, values in request.args.lists() if name not in ("by", "cursor", *facts)}
    # Not whatever stands there: url_for would take a stranger's `_external` for an instruction.
    wanted = {name: value for name, value in {**kept, **facts}.items() if value}
    return {name: value for name, value in wanted.items() if name in _FILTER or name.startswith(PREFIX)}


def _within(list_of: Callable[..., str], public: Public) -> Callable[..., str]:
    """The list of this public alone; what the filter says of other sides stays."""
    others = [text for text in request.args.getlist("public") if not text.startswith(f"{public.by}:")]
    return lambda **facts: list_of(public=[*others, str(public)], **facts)


def _asked() -> tuple[Events, Chosen, list[int]]:
    """The year and kind that the address asks for: this year unless another one, any with `year=all`."""
    years, kind = queries.years(), request.args.get("kind", "")
    this_year = clock.day(clock.now(), clock.office()).year
    usual = this_year if this_year in years or not years else years[0]
    asked = request.args.get("year", "")
    year = None if asked == "all" else int(asked) if asked.isdecimal() and int(asked) in years else usual
    events = Events(year=year, kind_id=int(kind) if kind.isdecimal() and len(kind) < 10 else None)
    return events, people.chosen_of(RegistrationFilters(request.args), ()), years


def _others(event: Event, chosen: Chosen) -> Against:
    events = Events(kind_id=event.kind_id, but=event.id)
    label = _("Others of its kind") if event.kind_id else _("Other events")
    return _against(label, events, chosen, year="all", kind=event.kind_id)


def _year_before(year: int, kind_id: int | None, chosen: Chosen) -> Against:
    label = _("Its kind in %(year)s", year=year - 1) if kind_id else str(year - 1)
    return _against(label, Events(year=year - 1, kind_id=kind_id), chosen, year=year - 1, kind=kind_id)


def _against(label: str, events: Events, chosen: Chosen, **facts: Any) -> Against:
    scope = queries.of_events(events)
    counted = queries.counted(scope, _by(), chosen)
    return Against(
        label,
        url_for(".participations", **_filter_of({**facts, "q": None})),
        counted,
        sum(one.registered for one in counted.values()),
    )

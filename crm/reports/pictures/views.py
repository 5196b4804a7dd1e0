"""Relations in pictures: the lists of the directory on the map of France, and the figures of a year."""

from calendar import monthrange
from dataclasses import replace

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date, format_percent
from flask_babel import gettext as _

from crm import clock
from crm.directory import messages as directory
from crm.directory.filters import Filter
from crm.directory.views import lists
from crm.relations import messages as relations
from crm.reports.pictures import figures, geography
from crm.territories.drawing import france
from crm.web.access import needs
from crm.web.rights import May

bp = Blueprint("pictures", __name__)


@bp.get("/organisations/map")
@needs(May.READ)
def organisations() -> ResponseReturnValue:
    """The list that the address filters, by department. `?shade=last`: shaded by the latest exchange."""
    return _map("organisations")


@bp.get("/people/map")
@needs(May.READ)
def people() -> ResponseReturnValue:
    """The same for the list of people."""
    return _map("people")


def _map(of: str) -> ResponseReturnValue:
    filter, at = lists.read_filter(of), clock.now()
    shaded_by = "last" if request.args.get("shade") == "last" else "number"
    places, elsewhere = geography.places(filter, of=of, shaded_by=shaded_by, day=clock.day(at), at=at)
    return render_template(
        "reports/pictures/map.html",
        of=of,
        places=sorted(places, key=lambda place: (-place.number, place.code)),
        by_code={place.code: place for place in places},
        total=sum(place.number for place in places),
        elsewhere=elsewhere,
        shaded_by=shaded_by,
        edges=geography.edges_of(places),
        fresh=geography.FRESH,
        steps=geography.STEPS,
        map=france(),
        chips=lists.chips(filter, of),
        list_at=url_for(f"{of}.index") + _query(filter),
        clear=url_for(f".{of}"),
        inside=lambda place: _inside(filter, of, place),
    )


def _query(filter: Filter) -> str:
    asked = filter.querystring()
    return f"?{asked}" if asked else ""


def _inside(filter: Filter, of: str, place: geography.Place) -> str:
    """The list within this department: its other conditions stay."""
    return url_for(f"{of}.index") + _query(replace(filter, territory=f"{place.kind}:{place.code}"))


@bp.get("/relations/figures")
@needs(May.READ)
def show_figures() -> ResponseReturnValue:
    """`?year=`: exchanges by month and kind, relations by stage, coverage."""
    zone = clock.office()
    today = clock.day(clock.now(), zone)
    years = figures.years(zone, today=today)
    year = request.args.get("year", type=int)
    if year not in years:
        year = figures.latest_year(zone, today=today)
    by_month = figures.by_month(year, zone)
    return render_template(
        "reports/pictures/figures.html",
        year=year,
        years=years,
        starts=[start.astimezone(zone).date() for start in figures.starts(year, zone)],
        by_month=by_month,
        totals=[sum(kind.numbers[month] for kind in by_month) for month in range(12)],
        by_stage=figures.by_stage(),
        coverage=figures.coverage(year, zone),
        directory=directory,
        relations=relations,
        nameless=_("Without a kind"),
        month_name=lambda first: format_date(first, "LLLL"),
        last_of=lambda first: first.replace(day=monthrange(first.year, first.month)[1]),
        percent=format_percent,
    )

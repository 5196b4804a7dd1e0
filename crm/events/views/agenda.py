"""The agenda of the association: its list, its months, and each event from draft to held."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_login import current_user
from wtforms import SelectChoice

from crm import clock, jobs
from crm.db import db
from crm.directory import services as records
from crm.errors import Changed, CrmError
from crm.events import previews, ready, words
from crm.events.copying import services as copying
from crm.events.copying.models import EventTemplate
from crm.events.forms import UNASKED, AgendaFilters, EventForm
from crm.events.models import Event, EventState, Format, Part, Visibility
from crm.events.queries import agenda as events
from crm.events.reminders import services as reminders
from crm.events.series import queries as in_series
from crm.events.series import registering
from crm.events.series import services as series
from crm.events.series.models import Scope
from crm.events.services import agenda, preparing, seats, telling
from crm.text import N_
from crm.web import tables
from crm.web.access import needs
from crm.web.forms import ActForm, pressed
from crm.web.rights import May

bp = Blueprint("events", __name__, url_prefix="/events")

STEPS = {
    "publish": (agenda.publish, N_("“%(event)s” is open: people can register.")),
    "close": (agenda.close, N_("Registration for “%(event)s” is closed.")),
    "hold": (agenda.hold, N_("“%(event)s” is marked as held.")),
}


class WillBeTold(CrmError):
    """Not a mistake: people know of the old time or place, and the editor must mean it."""

    text = N_("%(count)s people know the old time or place: they will be told by mail.")
    one = N_("1 person knows the old time or place, and will be told by mail.")

    def __init__(self, *, count: int) -> None:
        self.text = self.one if count == 1 else self.text
        super().__init__(count=count)


@bp.context_processor
def _words() -> dict[str, Any]:
    return {"words": words, "ready_words": ready.STAGES, "unasked": UNASKED}


def office() -> ZoneInfo:
    return clock.office()


def language() -> str:
    return str(get_locale() or "fr")


def found(event_id: int) -> Event:
    """The event of that key, with its kind and partners; 404 when there is none."""
    return events.with_partners(event_id) or abort(404)


def one_of(kind: Any, value: str | None) -> Any:
    """The member of that value, None for an empty or unknown one."""
    return kind(value) if value in list(kind) else None


@bp.get("/")
@needs(May.READ)
def index() -> ResponseReturnValue:
    form = AgendaFilters(request.args)
    kinds = (SelectChoice(str(kind.id), kind.name(language())) for kind in _kinds())
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


def _kinds(keep: int | None = None) -> list[Any]:
    return list(db.session.scalars(events.kinds(keep=keep)))


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


@bp.route("/new", methods=["GET", "POST"])
@needs(May.WRITE)
def new() -> ResponseReturnValue:
    template = _template()
    form = EventForm(request.form, data=_begun(template))
    form.kind_id.choices = _kind_choices()
    del form.scope
    if form.accepted():
        try:
            event = agenda.create(by=current_user.email, at=clock.now(), **_facts(form))
            if template is not None:
                copying.give(event, template.pieces, at=clock.now())
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("“%(event)s” is in the agenda as a draft.", event=event.title))
            say_which_hour(event)
            return redirect(url_for(".show", event_id=event.id))
    return (
        render_template("events/new.html", form=form, template=template, templates=copying.templates()),
        form.status,
    )


def say_which_hour(event: Event) -> None:
    """In the night in which clocks go back an hour comes twice: which of the two is meant."""
    for wall in (event.starts_wall, event.ends_wall):
        if not event.is_all_day and clock.comes_twice(wall, clock.zone(event.zone)):
            shown = f"{wall:%H:%M}"
            flash(
                _("That night clocks show %(hour)s twice: the first of the two is meant.", hour=shown),
                "warning",
            )


def _template() -> EventTemplate | None:
    """The template that the address names, for a new event to begin with."""
    key = request.args.get("template", "")
    return db.session.get(EventTemplate, int(key)) if key.isdecimal() and len(key) < 10 else None


def _begun(template: EventTemplate | None) -> dict[str, Any]:
    """What the form of a new event shows at first."""
    if template is None:
        return {}
    facts = copying.facts_of(template)
    partners = [
        {"name": organisation.name, "key": organisation.id, "part": part.value}
        for organisation, part in copying.partners_of(template)
    ]
    return facts | {"partners": [*partners, {}, {}]}


@bp.route("/<int:event_id>/edit", methods=["GET", "POST"])
@needs(May.WRITE)
def edit(event_id: int) -> ResponseReturnValue:
    event = found(event_id)
    form = EventForm(request.form, data=_shown(event))
    form.kind_id.choices = _kind_choices(event.kind_id)
    if event.state is EventState.POSTPONED:
        # Its date has a page of its own.
        del form.starts, form.ends, form.is_all_day, form.zone
    if in_series.of(event) is None:
        del form.scope
    count, over, shown = 0, False, []
    if form.accepted():
        was = event.state
        try:
            told = _save(event, form)
        except WillBeTold as warning:
            count = int(str(warning.facts["count"]))
            # The change stands in this unit of work, which the refusal ends: so it will be told.
            shown = previews.of_change(event, at=clock.now())
            form.refuse(warning)
        except CrmError as refusal:
            form.refuse(refusal)
            over = isinstance(refusal, agenda.CapacityTooSmall)
            if isinstance(refusal, Changed):
                form.meet(_shown(found(event_id)))
        else:
            db.session.commit()
            jobs.wake()
            flash(_saved(event, told))
            say_which_hour(event)
            if event.state is not was:
                flash(
                    _("It is to come again, with its registration closed: open it when people may register.")
                )
            return redirect(url_for(".show", event_id=event_id))
    return render_template(
        "events/edit.html", event=event, form=form, count=count, over=over, previews=shown
    ), form.status


def _saved(event: Event, told: int) -> str:
    if not told:
        return _("“%(event)s” is saved.", event=event.title)
    return ngettext("Saved; %(num)s person is told by mail.", "Saved; %(num)s people are told by mail.", told)


def _save(event: Event, form: EventForm) -> int:
    """Change the event and tell those who know of it; return how many. Raises WillBeTold."""
    at = clock.now()
    seen = int(form.seen.data) if str(form.seen.data).isdecimal() else None
    lower = bool(form.lower.data)
    scope = Scope(form.scope.data) if "scope" in form and form.scope.data else Scope.THIS
    others, before = series.others(event, scope, at=at), series.facts_of(event)
    moved = agenda.change(event, by=current_user.email, at=at, seen=seen, knowingly=lower, **_facts(form))
    changed = [(event, moved)]
    changed += series.carry_over(before, event, others, by=current_user.email, at=at)
    for one, _what in changed:
        seats.promote(one, at=at)
    to_tell = [one for one, what in changed if _hears(one, bool(what), at)]
    count = sum(telling.told(one) for one in to_tell)
    if not count:
        return 0
    if not form.tell.data:
        raise WillBeTold(count=count)
    return sum(telling.of_change(one, by=current_user.email, at=at) for one in to_tell)


def _hears(event: Event, moved: bool, at: Any) -> bool:
    """Whether people must hear that the event changed."""
    is_off = event.state in (EventState.CANCELLED, EventState.POSTPONED)
    return moved and not is_off and event.ends_at > at and telling.told(event) > 0


def _kind_choices(keep: int | None = None) -> list[SelectChoice]:
    kinds = (SelectChoice(str(kind.id), kind.name(language())) for kind in _kinds(keep))
    return [SelectChoice("", _("No kind")), *kinds]


def _facts(form: EventForm) -> agenda.Facts:
    facts: agenda.Facts = {
        "title": form.title.data,
        "kind_id": form.kind_id.data,
        "part": Part(form.part.data),
        "format": Format(form.format.data),
        "visibility": Visibility(form.visibility.data),
        "language": form.language.data,
        "venue": form.venue.data or "",
        "city": form.city.data or "",
        "join_url": form.join_url.data or "",
        "description": (form.description.data or "").strip(),
        "capacity": form.capacity.data,
        "capacity_online": form.capacity_online.data,
        "partners": [_partner(line) for line in form.partners if line.form.name.data],
    }
    if "starts" in form:
        facts |= {
            "zone": form.zone.data,
            "is_all_day": form.is_all_day.data,
            "starts_wall": form.starts.data,
            "ends_wall": form.ends.data,
        }
    return facts


def _partner(line: Any) -> tuple[int, Part]:
    """The organisation of one line: the one proposed and chosen, else the one of that name."""
    name = line.form.name.data
    try:
        organisation = records.organisation_chosen(
            line.form.key.data or "", typed=name, by=current_user.email, at=clock.now()
        )
    except records.UnknownOrganisation:
        organisation = None
    if organisation is None:
        raise agenda.UnknownPartner(name=name)
    return organisation.id, Part(line.form.part.data)


def _shown(event: Event) -> dict[str, Any]:
    """The event as the form shows it: of whole days, the last one and not the midnight after it."""
    ends = event.ends_wall - timedelta(days=1) if event.is_all_day else event.ends_wall
    values: dict[str, Any] = {
        name: getattr(event, name)
        for name in (
            "title",
            "zone",
            "is_all_day",
            "venue",
            "city",
            "join_url",
            "description",
            "capacity",
            "capacity_online",
        )
    }
    partners = [
        {"name": p.organisation.name, "key": p.organisation_id, "part": p.part.value} for p in event.partners
    ]
    return values | {
        "kind_id": event.kind_id,
        "part": event.part.value,
        "format": event.format.value,
        "visibility": event.visibility.value,
        "language": event.language,
        "starts": event.starts_wall,
        "ends": ends,
        "seen": event.version,
        "partners": [*partners, *({} for _line in range(max(3 - len(partners), 1)))],
    }


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

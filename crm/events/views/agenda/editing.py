"""Putting an event into the agenda, and changing it."""

from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from wtforms import SelectChoice

from crm import clock, jobs
from crm.db import db
from crm.directory import services as records
from crm.errors import Changed, CrmError
from crm.events import previews
from crm.events.copying import services as copying
from crm.events.copying.models import EventTemplate
from crm.events.forms import EventForm
from crm.events.models import Event, EventState, Format, Part, Visibility
from crm.events.series import queries as in_series
from crm.events.series import services as series
from crm.events.series.models import Scope
from crm.events.services import agenda, seats, telling
from crm.events.views.agenda.blueprint import bp, found, known_kinds, language
from crm.text import N_
from crm.web.access import needs
from crm.web.rights import May


class WillBeTold(CrmError):
    """Not a mistake: people know of the old time or place, and the editor must mean it."""

    text = N_("%(count)s people know the old time or place: they will be told by mail.")
    one = N_("1 person knows the old time or place, and will be told by mail.")

    def __init__(self, *, count: int) -> None:
        self.text = self.one if count == 1 else self.text
        super().__init__(count=count)


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
    kinds = (SelectChoice(str(kind.id), kind.name(language())) for kind in known_kinds(keep))
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

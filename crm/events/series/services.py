"""Making a series, and what is done to its events together."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from crm import history
from crm.db import db
from crm.errors import Changed, CrmError
from crm.events.copying import services as copying
from crm.events.models import Event, EventState
from crm.events.series import queries
from crm.events.series.models import Occurrence, Scope, Series
from crm.events.series.rules import MOST, NoDates, TooManyDates
from crm.events.services import agenda
from crm.text import N_, clean, slug
from crm.web import richtext


class TitleMissing(CrmError):
    text = N_("Enter a title")
    field = "title"


class InAnotherSeries(CrmError):
    text = N_("“%(event)s” is in the series “%(series)s” already: take it out of there first.")


class ThereAlready(CrmError):
    text = N_("The series has an event on %(date)s already: leave this date out, or choose another hour.")


class DateRefused(CrmError):
    """A date of several that cannot be, with its reason."""

    text = N_("%(date)s: %(why)s")


def create(
    *, title: str, description: str = "", language: str = "fr", is_joint: bool = False, at: datetime
) -> Series:
    """Raises TitleMissing."""
    series = Series(created_at=at, updated_at=at)
    _write(series, title, description, language, is_joint)
    series.slug = _free_slug(series.title)
    db.session.add(series)
    db.session.flush()
    return series


def change(
    series: Series,
    *,
    title: str,
    description: str,
    language: str,
    is_joint: bool,
    seen: int | None = None,
    at: datetime,
) -> None:
    """Raises TitleMissing, and Changed when someone saved in between."""
    if seen is not None and series.version != seen:
        raise Changed(who=history.last_actor(db.session(), series))
    _write(series, title, description, language, is_joint)
    series.updated_at = at
    history.save(db.session(), series)


def put(event: Event, series: Series, *, at: datetime) -> None:
    """Put an event into a series; twice changes nothing. Raises InAnotherSeries."""
    known = queries.of(event)
    if known is not None and known.id != series.id:
        raise InAnotherSeries(event=event.title, series=known.title)
    if known is None:
        series.occurrences.append(Occurrence(event=event))
        series.updated_at = at
        db.session.flush()


def take_out(event: Event, *, at: datetime) -> None:
    """Make it an event of its own: its registrations and invitations stay with it."""
    for occurrence in db.session.scalars(select(Occurrence).where(Occurrence.event_id == event.id)):
        occurrence.series.updated_at = at
        occurrence.series.occurrences.remove(occurrence)
    db.session.flush()


def repeat(event: Event, series: Series, walls: Sequence[datetime], *, by: str, at: datetime) -> list[Event]:
    """Make one event like this one at each of these walls, all drafts, all in the series; or none.

    What is copied is everything but the people on the programme. Raises NoDates, TooManyDates,
    ThereAlready, DateRefused, InAnotherSeries.
    """
    asked = sorted(dict.fromkeys(walls))
    if not asked:
        raise NoDates
    if len(asked) > MOST:
        raise TooManyDates(most=MOST)
    put(event, series, at=at)
    there = {one.starts_wall for one in db.session.scalars(queries.events(series))}
    taken = copying.taken(event, copying.for_dates())
    made = []
    for wall in asked:
        if wall in there:
            raise ThereAlready(date=f"{wall:%d/%m/%Y %H:%M}")
        try:
            made.append(copying.put_down(taken, starts_wall=wall, by=by, at=at))
        except CrmError as refusal:
            why = refusal.text % refusal.facts
            raise DateRefused(date=f"{wall:%d/%m/%Y %H:%M}", why=why) from None
    series.occurrences.extend(Occurrence(event=one) for one in made)
    series.updated_at = at
    db.session.flush()
    return made


def publish(series: Series, *, by: str, at: datetime) -> list[Event]:
    """Open registration for every draft that is not over; which ones."""
    drafts = queries.events(series).where(Event.state == EventState.DRAFT, Event.ends_at > at)
    opened = list(db.session.scalars(drafts))
    for event in opened:
        agenda.publish(event, by=by, at=at)
    return opened


def others(event: Event, scope: Scope, *, at: datetime) -> list[Event]:
    """The other events that a change of this one is meant for: not those that are over or called off."""
    series = queries.of(event)
    if scope is Scope.THIS or series is None:
        return []
    rows = queries.events(series).where(
        Event.id != event.id,
        Event.ends_at > at,
        Event.state.not_in((EventState.CANCELLED, EventState.HELD, EventState.POSTPONED)),
    )
    if scope is Scope.FOLLOWING:
        rows = rows.where(Event.starts_at >= event.starts_at)
    return list(db.session.scalars(rows))


_WORDS = (
    "title", "kind_id", "part", "format", "visibility", "language", "venue", "city", "join_url",
    "description", "capacity", "zone", "is_all_day",
)  # fmt: skip


def facts_of(event: Event) -> dict[str, Any]:
    """What a change of one event may carry over to others: kept before, compared after."""
    return {name: getattr(event, name) for name in (*_WORDS, "starts_wall", "ends_wall")} | {
        "partners": sorted((one.organisation_id, one.part) for one in event.partners)
    }


def carry_over(
    before: dict[str, Any], event: Event, targets: Sequence[Event], *, by: str, at: datetime
) -> list[tuple[Event, frozenset[str]]]:
    """Change the others as this one was changed; each with what its people must hear.

    Only what changed is carried over, so that what differs on purpose stays different. Times move by
    as much as they did here, on each clock. Raises DateRefused, and what `agenda.change` raises.
    """
    now = facts_of(event)
    moved = {name: now[name] - before[name] for name in ("starts_wall", "ends_wall")}
    facts: dict[str, Any] = {name: now[name] for name in (*_WORDS, "partners") if now[name] != before[name]}
    told = []
    for target in targets:
        wanted = dict(facts)
        if any(moved.values()) or {"zone", "is_all_day"} & facts.keys():
            wanted["starts_wall"] = target.starts_wall + moved["starts_wall"]
            wanted["ends_wall"] = target.ends_wall + moved["ends_wall"]
            if now["is_all_day"]:
                wanted["ends_wall"] -= timedelta(days=1)
        if wanted:
            told.append((target, _changed(target, wanted, by=by, at=at)))
    return told


def _changed(target: Event, facts: dict[str, Any], *, by: str, at: datetime) -> frozenset[str]:
    date = f"{target.starts_wall:%d/%m/%Y}"
    try:
        return agenda.change(target, by=by, at=at, **facts)
    except CrmError as refusal:
        raise DateRefused(date=date, why=refusal.text % refusal.facts) from None


def _write(series: Series, title: str, description: str, language: str, is_joint: bool) -> None:
    series.title = clean(title)
    if not series.title:
        raise TitleMissing
    series.description = str(richtext.sanitise(description))
    series.language, series.is_joint = language, is_joint


def _free_slug(title: str) -> str:
    wanted = slug(title)
    taken = set(db.session.scalars(select(Series.slug).where(Series.slug.like(f"{wanted}%"))))
    number, free = 1, wanted
    while free in taken:
        number += 1
        free = f"{wanted}-{number}"
    return free

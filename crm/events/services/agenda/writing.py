"""The facts of an event, checked and written down."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import TypedDict

from sqlalchemy import select

from crm import clock
from crm.db import db
from crm.directory.models import Organisation
from crm.events.admission import services as admission
from crm.events.models import Event, EventKind, EventPartner, Format, Part, Visibility
from crm.events.services.agenda.refusals import (
    CapacityNotPositive,
    EndsBeforeItStarts,
    LastsTooLong,
    SkippedEnd,
    SkippedStart,
    TitleMissing,
    UnknownKind,
    UnknownPartner,
    UnlikelyEnd,
    UnlikelyStart,
)
from crm.text import clean, fold, slug
from crm.web import richtext

LONGEST = timedelta(days=366)


class Facts(TypedDict, total=False):
    """What can be said about an event. Walls are naive, in `zone`; whole days are given by any
    hour of the first and of the last day. The description is HTML; partners are keys and parts."""

    title: str
    starts_wall: datetime
    ends_wall: datetime
    zone: str
    is_all_day: bool
    kind_id: int | None
    part: Part
    format: Format
    visibility: Visibility
    language: str
    venue: str
    city: str
    join_url: str
    description: str
    capacity: int | None
    capacity_online: int | None
    offer_hours: int | None
    withdraw_hours: int | None
    partners: Iterable[tuple[int, Part]]


def write(event: Event, facts: Facts) -> None:
    with db.session.no_autoflush:
        _write_words(event, facts)
        write_time(event, facts)
        _write_choices(event, facts)
        if "partners" in facts:
            _write_partners(event, facts["partners"])


def _write_words(event: Event, facts: Facts) -> None:
    for name in ("title", "venue", "city", "join_url"):
        if name in facts:
            setattr(event, name, clean(facts[name]))  # type: ignore[literal-required]
    if not event.title:
        raise TitleMissing
    if "description" in facts:
        event.description = str(richtext.sanitise(facts["description"]))
    event.search = fold(f"{event.title} {event.venue} {event.city}")


def write_time(event: Event, facts: Facts) -> None:
    event.zone = facts.get("zone", event.zone)
    event.is_all_day = facts.get("is_all_day", event.is_all_day)
    starts, ends = facts.get("starts_wall", event.starts_wall), facts.get("ends_wall", event.ends_wall)
    if event.is_all_day:
        starts = datetime.combine(starts.date(), time())
        ends = datetime.combine(ends.date(), time())
        if "ends_wall" in facts:
            ends += timedelta(days=1)
    starts, ends = (wall.replace(second=0, microsecond=0) for wall in (starts, ends))
    zone = clock.zone(event.zone)
    try:
        event.starts_at = clock.instant(starts, zone)
    except clock.SkippedHour as skipped:
        raise SkippedStart(**skipped.facts) from None
    except clock.UnlikelyYear:
        raise UnlikelyStart(year=starts.year) from None
    try:
        event.ends_at = clock.instant(ends, zone)
    except clock.SkippedHour as skipped:
        raise SkippedEnd(**skipped.facts) from None
    except clock.UnlikelyYear:
        raise UnlikelyEnd(year=ends.year) from None
    if event.ends_at <= event.starts_at:
        raise EndsBeforeItStarts
    if event.ends_at - event.starts_at > LONGEST:
        raise LastsTooLong
    event.starts_wall, event.ends_wall = starts, ends
    admission.reckon(event)


def _write_choices(event: Event, facts: Facts) -> None:
    for name in ("part", "format", "visibility", "language"):
        if name in facts:
            setattr(event, name, facts[name])  # type: ignore[literal-required]
    if "kind_id" in facts:
        kind_id = facts["kind_id"]
        if kind_id is not None and db.session.get(EventKind, kind_id) is None:
            raise UnknownKind
        event.kind_id = kind_id
    for name in ("capacity", "capacity_online", "offer_hours", "withdraw_hours"):
        if name in facts:
            number: int | None = facts[name]  # type: ignore[literal-required]
            if number is not None and number < (0 if name == "withdraw_hours" else 1):
                raise CapacityNotPositive(field=name)
            setattr(event, name, number)


def _write_partners(event: Event, partners: Iterable[tuple[int, Part]]) -> None:
    asked = dict.fromkeys(partners)
    for kept in list(event.partners):
        if (kept.organisation_id, kept.part) in asked:
            del asked[kept.organisation_id, kept.part]
        else:
            event.partners.remove(kept)
    for organisation_id, part in asked:
        organisation = db.session.get(Organisation, organisation_id)
        if organisation is None:
            raise UnknownPartner(name=organisation_id)
        event.partners.append(EventPartner(organisation=organisation, part=part))


def free_slug(title: str) -> str:
    """The title as a part of an address, with a number when another event has it; never changed later."""
    wanted = slug(title)
    taken = set(db.session.scalars(select(Event.slug).where(Event.slug.like(f"{wanted}%"))))
    number, free = 1, wanted
    while free in taken:
        number += 1
        free = f"{wanted}-{number}"
    return free

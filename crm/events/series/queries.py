"""Series as they are read: their events, their feed, who registered for all of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.directory.merging import following
from crm.events.models import Event, EventState, Registration, Seat, Visibility
from crm.events.series.models import Occurrence, Series, SeriesRegistration


def listed(*, at: datetime) -> Select[*tuple[Any, ...]]:
    """Series, how many events, how many to come, the next one's start; the latest made first."""
    coming = (Event.ends_at > at) & Event.state.not_in((EventState.CANCELLED, EventState.HELD))
    return (
        select(
            Series,
            func.count(Event.id).label("number"),
            func.count(Event.id).filter(coming).label("coming"),
            func.min(Event.starts_at).filter(coming).label("next"),
        )
        .outerjoin(Occurrence, Occurrence.series_id == Series.id)
        .outerjoin(Event, Event.id == Occurrence.event_id)
        .group_by(Series.id)
        .order_by(Series.id.desc())
    )


def of(event: Event) -> Series | None:
    """The series the event is in."""
    found = select(Series).join(Occurrence, Occurrence.series_id == Series.id)
    return db.session.scalar(found.where(Occurrence.event_id == event.id))


def events(series: Series) -> Select[Event]:
    """Its events in order."""
    return (
        select(Event)
        .join(Occurrence, Occurrence.event_id == Event.id)
        .where(Occurrence.series_id == series.id)
        .order_by(Event.starts_at, Event.id)
    )


def with_numbers(series: Series) -> list[Any]:
    """Its events in order, with the seats taken and the people waiting."""
    rows = events(series).with_only_columns(
        Event, _count(Seat.CONFIRMED).label("confirmed"), _count(Seat.WAITING).label("waiting")
    )
    return list(db.session.execute(rows))


def _count(seat: Seat) -> Any:
    return (
        select(func.count())
        .select_from(Registration)
        .where(Registration.event_id == Event.id, Registration.seat == seat)
        .correlate(Event)
        .scalar_subquery()
    )


def by_slug(slug: str) -> Series | None:
    return db.session.scalar(select(Series).where(Series.slug == slug))


def shown(series: Series) -> Select[Event]:
    """The events that strangers may see: neither drafts nor by invitation only."""
    return events(series).where(Event.state != EventState.DRAFT, Event.visibility != Visibility.INVITATION)


def to_come(series: Series, *, at: datetime) -> Select[Event]:
    """The events shown that are not over."""
    return shown(series).where(
        or_(Event.ends_at > at, Event.state == EventState.POSTPONED),
        Event.state.not_in((EventState.CANCELLED, EventState.HELD)),
    )


def open_ones(series: Series, *, at: datetime) -> list[Event]:
    """The events one can register for now."""
    rows = shown(series).where(Event.state == EventState.OPEN, Event.ends_at > at)
    return list(db.session.scalars(rows))


def freshness(series: Series) -> tuple[Any, ...]:
    """What changes whenever the feed of the series changes."""
    row = db.session.execute(
        shown(series)
        .order_by(None)
        .with_only_columns(
            func.count(), func.max(Event.updated_at), func.sum(Event.version), func.sum(Event.id)
        )
    ).one()
    return (series.id, series.version, *row)


def registered(series: Series) -> int:
    """How many people are registered for the whole of it."""
    rows = select(func.count()).where(
        SeriesRegistration.series_id == series.id, SeriesRegistration.withdrawn_at.is_(None)
    )
    return db.session.scalar(rows) or 0


def registration_by_token(token: str) -> SeriesRegistration | None:
    """The registration of that link; the one that stays when two people turned out to be one."""
    found = db.session.scalar(select(SeriesRegistration).where(SeriesRegistration.token == token))
    if found is None and (key := following.row_of_token(SeriesRegistration.__tablename__, token)):
        return db.session.get(SeriesRegistration, key)
    return found


def seats_of(registration: SeriesRegistration) -> list[Registration]:
    """The person's registrations for the events of the series, in order."""
    rows = (
        select(Registration)
        .join(Occurrence, Occurrence.event_id == Registration.event_id)
        .join(Registration.event)
        .where(
            Occurrence.series_id == registration.series_id,
            Registration.person_id == registration.person_id,
        )
        .options(joinedload(Registration.event))
        .order_by(Event.starts_at, Event.id)
    )
    return list(db.session.scalars(rows))

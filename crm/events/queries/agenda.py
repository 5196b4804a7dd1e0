"""The agenda as lists and months, the figures of an event, and what the public feed holds."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Integer, Select, bindparam, case, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from crm import clock, history
from crm.db import db
from crm.events.models import (
    Answer,
    Attendance,
    Event,
    EventKind,
    EventPartner,
    EventState,
    Invitation,
    Mode,
    Part,
    Registration,
    Seat,
    Visibility,
)
from crm.text import fold, like

SHOWN_IN_FEED = (
    EventState.OPEN,
    EventState.CLOSED,
    EventState.POSTPONED,
    EventState.HELD,
    EventState.CANCELLED,
)
FEED_BACK = timedelta(days=61)
PERIODS = ("coming", "past", "all")


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Which events a list shows. `since` and `until` are days in the office's zone, both included."""

    period: str = "coming"
    state: EventState | None = None
    kind_id: int | None = None
    part: Part | None = None
    words: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Figures:
    """The numbers of an event; `answered` counts invitations with an answer."""

    invited: int = 0
    accepted: int = 0
    declined: int = 0
    confirmed: int = 0
    offered: int = 0
    waiting: int = 0
    withdrawn: int = 0
    on_site: int = 0
    online: int = 0
    present: int = 0
    absent: int = 0
    excused: int = 0

    @property
    def unanswered(self) -> int:
        return self.invited - self.accepted - self.declined

    @property
    def unknown(self) -> int:
        """How many seats are held by people of whom nobody said whether they came."""
        return max(self.confirmed - self.present - self.absent - self.excused, 0)


def listed(chosen: Chosen, *, at: datetime, zone: ZoneInfo = clock.PARIS) -> Select[Any]:
    """Event, seats taken, people waiting, people who came: the events that were chosen, in no order."""
    rows = select(
        Event,
        _count(Registration.seat == Seat.CONFIRMED).label("confirmed"),
        _count(Registration.seat == Seat.WAITING).label("waiting"),
        _count(Registration.attendance == Attendance.PRESENT).label("present"),
    ).options(joinedload(Event.kind))
    return rows.where(*_conditions(chosen, at, zone))


def _conditions(chosen: Chosen, at: datetime, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if chosen.period == "coming" and not (chosen.since or chosen.until):
        found.append(or_(Event.ends_at > at, Event.state == EventState.POSTPONED))
    elif chosen.period == "past":
        found += [Event.ends_at <= at, Event.state != EventState.POSTPONED]
    if chosen.since:
        found.append(Event.ends_at > _midnight(chosen.since, zone))
    if chosen.until:
        found.append(Event.starts_at < _midnight(chosen.until + timedelta(days=1), zone))
    if chosen.state:
        found.append(Event.state == chosen.state)
    if chosen.kind_id:
        found.append(Event.kind_id == chosen.kind_id)
    if chosen.part:
        found.append(Event.part == chosen.part)
    found += [Event.search.like(like(word), escape="\\") for word in fold(chosen.words).split()[:8]]
    return found


def in_month(year: int, month: int, *, zone: ZoneInfo = clock.PARIS) -> Select[Any]:
    """The events that touch the month, in order; those without a date touch none."""
    first = date(year, month, 1)
    following = date(year + month // 12, month % 12 + 1, 1)
    return (
        select(Event)
        .where(Event.ends_at > _midnight(first, zone), Event.starts_at < _midnight(following, zone))
        .where(Event.state != EventState.POSTPONED)
        .order_by(Event.starts_at, Event.id)
    )


def with_partners(event_id: int) -> Event | None:
    """The event with its kind and partners."""
    return db.session.get(
        Event,
        event_id,
        options=[joinedload(Event.kind), selectinload(Event.partners).joinedload(EventPartner.organisation)],
    )


def by_slug(slug: str) -> Event | None:
    return db.session.scalar(select(Event).where(Event.slug == slug).options(joinedload(Event.kind)))


def named(event: str) -> Event | None:
    """The event of that slug or, when it is a number, of that id."""
    found = by_slug(event)
    if found is None and event.isdecimal() and len(event) < 10:
        found = db.session.get(Event, int(event))
    return found


def kinds(*, keep: int | None = None) -> Select[Any]:
    """The kinds that can be chosen, in their order; an archived one too when a record still has it."""
    return (
        select(EventKind)
        .where(or_(EventKind.is_archived.is_(False), EventKind.id == keep))
        .order_by(EventKind.position, EventKind.id)
    )


def was_open(event: Event) -> bool:
    """Whether registration was open once, as the history of the event tells."""
    rows = select(history.Change.values).where(history.Change.record == history.named(event))
    states = (state for values in db.session.scalars(rows) for state in values.get("state", ()))
    return EventState.OPEN in states


def figures(event: Event) -> Figures:
    """The event's numbers, in two queries: the registrations are counted from their index alone."""
    registered, asked = _figures()
    connection, whose = db.session.connection(), {"event": event.id}
    counted: Counter[object] = Counter()
    for seat, mode, attendance, number in connection.execute(registered, whose):
        counted[seat] += number
        if seat == Seat.CONFIRMED:
            counted[mode] += number
            counted[attendance] += number
    invited = connection.execute(asked, whose).one()
    return Figures(
        **invited._asdict(),
        confirmed=counted[Seat.CONFIRMED],
        offered=counted[Seat.OFFERED],
        waiting=counted[Seat.WAITING],
        withdrawn=counted[Seat.WITHDRAWN],
        on_site=counted[Mode.ONSITE],
        online=counted[Mode.ONLINE],
        present=counted[Attendance.PRESENT],
        absent=counted[Attendance.ABSENT],
        excused=counted[Attendance.EXCUSED],
    )


@cache
def _figures() -> tuple[Select[*tuple[Any, ...]], Select[*tuple[Any, ...]]]:
    """The registrations of `event` by seat, side and attendance; its invitations by answer."""
    of_event = bindparam("event", type_=Integer())
    kinds = (Registration.seat, Registration.mode, Registration.attendance)
    registered = select(*kinds, func.count()).where(Registration.event_id == of_event).group_by(*kinds)
    asked = select(
        func.count().label("invited"),
        _sum(Invitation.answer == Answer.ACCEPTED).label("accepted"),
        _sum(Invitation.answer == Answer.DECLINED).label("declined"),
    ).where(Invitation.event_id == of_event, Invitation.uninvited_at.is_(None))
    return registered, asked


def summaries() -> Select[Any]:
    """Of every event: id, slug, title, state, starts, registered, attended; the earliest first."""
    return select(
        Event.id,
        Event.slug,
        Event.title,
        Event.state,
        Event.starts_at,
        Event.zone,
        _count(Registration.seat == Seat.CONFIRMED).label("registered"),
        _count(Registration.attendance == Attendance.PRESENT).label("attended"),
    ).order_by(Event.starts_at, Event.id)


def published(*, at: datetime) -> Select[Any]:
    """What the public feed shows: public events that are not drafts, from two months back."""
    return (
        select(Event)
        .where(
            Event.visibility == Visibility.PUBLIC,
            Event.state.in_(SHOWN_IN_FEED),
            or_(Event.ends_at > _feed_begins(at), Event.state == EventState.POSTPONED),
        )
        .order_by(Event.starts_at, Event.id)
    )


def freshness(*, at: datetime) -> tuple[Any, ...]:
    """What changes whenever the public feed changes, in one query that loads no event."""
    row = db.session.execute(
        published(at=at)
        .order_by(None)
        .with_only_columns(
            func.count(), func.max(Event.updated_at), func.sum(Event.version), func.sum(Event.id)
        )
    ).one()
    return tuple(row)


def _feed_begins(at: datetime) -> datetime:
    """Midnight, so that the feed stays the same all day long."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0) - FEED_BACK


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _count(condition: ColumnElement[bool]) -> Any:
    """How many of the event's registrations are so."""
    return (
        select(func.count())
        .select_from(Registration)
        .where(Registration.event_id == Event.id, condition)
        .correlate(Event)
        .scalar_subquery()
    )


def _sum(condition: ColumnElement[bool]) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

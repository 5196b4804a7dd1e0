"""What a door shows: everybody's name and whether they are in, how many are, and what changed since."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, or_, select

from crm import clock
from crm.db import db
from crm.directory.merging import following
from crm.events import days
from crm.events.checkin.models import Act, Door, Outcome, Passage
from crm.events.models import BADGE_SIGNS, Attendance, Event, Registration, Seat
from crm.text import fold, like

PREFIX = "MAILLAGE:"  # what a code of ours begins with, in the signs that make small QR codes
LATE = timedelta(hours=3)  # how long after the end of an evening its door stays open
MOST_FOUND = 30
_BADGE = re.compile(f"(?:{PREFIX})?([{BADGE_SIGNS}]{{20}})")


@dataclass(frozen=True)
class Row:
    """A registered person as the door sees them; `since` and `by` say since when they are in, today."""

    badge: str
    given_name: str
    family_name: str
    organisation: str
    seat: Seat
    mode: str
    since: datetime | None = None
    by: str = ""


@dataclass(frozen=True)
class Counters:
    """How many have a seat, how many are in today, and how many of those came without having registered."""

    expected: int = 0
    present: int = 0
    walk_ins: int = 0
    waiting: int = 0


def badge_in(scanned: str) -> str | None:
    """The badge that a scanned or typed text holds; None for anything that is no code of ours."""
    found = _BADGE.fullmatch(scanned.strip().upper())
    return found[1] if found else None


def by_badge(badge: str) -> Registration | None:
    """The registration of that badge; the one that stays when two people turned out to be one."""
    found = db.session.scalar(select(Registration).where(Registration.badge == badge))
    if found is None and (key := following.row_of_token("registrations", badge, column="badge")):
        return db.session.get(Registration, key)
    return found


def by_nonce(nonce: str) -> Passage | None:
    return db.session.scalar(select(Passage).where(Passage.nonce == nonce))


def door(token: str) -> Door | None:
    return db.session.scalar(select(Door).where(Door.token == token))


def doors(event: Event) -> Sequence[Door]:
    """The event's doors, those in use first."""
    rows = select(Door).where(Door.event_id == event.id)
    return db.session.scalars(rows.order_by(Door.revoked_at.is_not(None), Door.id)).all()


def today(event: Event, at: datetime) -> date:
    """The day it is where the event is. Whoever comes after midnight comes to the evening that lasts."""
    day = clock.day(at, ZoneInfo(event.zone))
    last = days.days(event)[-1]
    return last if day > last and at <= event.ends_at + LATE else day


def hours(door: Door) -> tuple[datetime, datetime]:
    """From when to when the door is open: its day, and the end of an evening that goes on past midnight."""
    event, zone = door.event, ZoneInfo(door.event.zone)
    day = event.starts_wall.date() + timedelta(days=door.day_number - 1)
    opens = datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
    closes = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC)
    late = event.ends_at + LATE
    return opens, late if closes < late <= closes + timedelta(hours=12) else closes


def seen_today(registration: Registration, day: date) -> Passage | None:
    """The passage by which the person is in on that day."""
    return db.session.scalar(
        select(Passage)
        .where(
            Passage.registration_id == registration.id,
            Passage.day == day,
            Passage.outcome == Outcome.IN,
            Passage.undone_at.is_(None),
        )
        .order_by(Passage.at, Passage.id)
        .limit(1)
    )


def rows(event: Event, day: date, *which: ColumnElement[bool]) -> list[Row]:
    """The event's registrations by name, with whether they are in on that day."""
    asked: Any = (
        select(
            Registration.id,
            Registration.badge,
            Registration.given_name,
            Registration.family_name,
            Registration.organisation_name,
            Registration.seat,
            Registration.mode,
            Registration.attendance,
            Registration.attendance_at,
            Registration.attendance_by,
        )
        .where(Registration.event_id == event.id, Registration.badge.is_not(None), *which)
        .order_by(Registration.search, Registration.id)
    )
    found = db.session.execute(asked).all()
    is_one_day, zone = len(days.days(event)) == 1, ZoneInfo(event.zone)
    passed = {} if is_one_day else _passed(event, day)
    told = []
    for row in found:
        since, by = passed.get(row.id, (None, ""))
        present = row.attendance == Attendance.PRESENT and row.attendance_at is not None
        if since is None and present and (is_one_day or clock.day(row.attendance_at, zone) == day):
            since, by = row.attendance_at, row.attendance_by
        told.append(
            Row(
                row.badge,
                row.given_name,
                row.family_name,
                row.organisation_name,
                row.seat,
                row.mode,
                since,
                by,
            )
        )
    return told


def found(event: Event, day: date, words: str) -> list[Row]:
    """Those whose name or organisation has the words, or whose badge it is; the first thirty."""
    if badge := badge_in(words):
        return rows(event, day, Registration.badge == badge)
    parts = fold(words).split()[:8]
    if not parts:
        return []
    which = [Registration.search.like(like(part), escape="\\") for part in parts]
    keys = (
        select(Registration.id)
        .where(Registration.event_id == event.id, *which)
        .order_by(Registration.search, Registration.id)
        .limit(MOST_FOUND)
    )
    return rows(event, day, Registration.id.in_(db.session.scalars(keys).all()))


def changed_since(event: Event, day: date, moment: datetime) -> list[Row]:
    """Those about whom something was noted since: at any door, on the list, or by themselves."""
    passed = select(Passage.registration_id).where(
        Passage.event_id == event.id, Passage.received_at >= moment
    )
    return rows(
        event,
        day,
        or_(
            Registration.id.in_(passed),
            Registration.attendance_at >= moment,
            Registration.asked_at >= moment,
            Registration.seated_at >= moment,
            Registration.withdrawn_at >= moment,
        ),
    )


def counters(event: Event, day: date) -> Counters:
    """The numbers above the door's list."""
    counted = db.session.execute(
        select(Registration.seat, Registration.attendance, func.count())
        .where(Registration.event_id == event.id)
        .group_by(Registration.seat, Registration.attendance)
    ).all()
    present = sum(number for _, attendance, number in counted if attendance == Attendance.PRESENT)
    if len(days.days(event)) > 1:
        present = len(_passed(event, day))
    walk_ins = select(func.count()).where(
        Passage.event_id == event.id,
        Passage.act == Act.WALK_IN,
        Passage.outcome == Outcome.IN,
        Passage.day == day,
        Passage.undone_at.is_(None),
    )
    return Counters(
        expected=sum(number for seat, _, number in counted if seat == Seat.CONFIRMED),
        present=present,
        walk_ins=db.session.scalar(walk_ins) or 0,
        waiting=sum(number for seat, _, number in counted if seat == Seat.WAITING),
    )


def passed_recently(event: Event, since: datetime, *, act: Act | None = None) -> int:
    """How much was noted at the event's doors since then."""
    asked = select(func.count()).where(Passage.event_id == event.id, Passage.received_at > since)
    return db.session.scalar(asked if act is None else asked.where(Passage.act == act)) or 0


def _passed(event: Event, day: date) -> dict[int, tuple[datetime, str]]:
    """Who is in on that day: since when, and who let them in."""
    asked = (
        select(Passage.registration_id, Passage.at, Passage.by)
        .where(
            Passage.event_id == event.id,
            Passage.day == day,
            Passage.outcome == Outcome.IN,
            Passage.undone_at.is_(None),
        )
        .order_by(Passage.at.desc(), Passage.id.desc())
    )
    return {key: (at, by) for key, at, by in db.session.execute(asked)}

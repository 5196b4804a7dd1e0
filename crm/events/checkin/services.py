"""Letting people in, once however often it is sent, and taking it back; doors for helpers."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from crm.db import db
from crm.errors import CrmError
from crm.events import days
from crm.events.checkin import queries
from crm.events.checkin.models import Act, Door, Outcome, Passage
from crm.events.choices import TAKEN
from crm.events.models import (
    Approval,
    Attendance,
    AttendanceMark,
    Event,
    EventState,
    Mode,
    Registration,
    Seat,
)
from crm.events.services import agenda, attendance, seats
from crm.events.services.visitors import Visitor
from crm.text import N_, clean

LONGEST_QUEUE = timedelta(hours=36)  # a phone that was without network for longer tells nothing reliable
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MOST_A_MINUTE = 900
MOST_WALK_INS = 300  # in an hour


class NoSuchDay(CrmError):
    text = N_("The event has no such day. Choose one of its days.")
    field = "day_number"


class NameMissing(CrmError):
    text = N_("Name the door, or who will stand there: it is shown beside each arrival.")
    field = "name"


class TooMany(CrmError):
    text = N_("Too much was noted at the doors of this event within a minute. Wait a moment.")


@dataclass(frozen=True)
class Asked:
    """What a device asks for somebody: `nonce` is the same each time that it sends the same act again.

    `happened_at` is when it happened at the door. `door` is None for an account.
    """

    act: Act
    nonce: str
    by: str
    happened_at: datetime
    door: Door | None = None


@dataclass(frozen=True)
class Answered:
    """What became of it, for the person that it is about; `since` and `by` say who let them in, and when."""

    outcome: Outcome
    registration: Registration | None = None
    since: datetime | None = None
    by: str = ""


def open_door(event: Event, *, name: str, day_number: int = 1, by: str, at: datetime) -> Door:
    """Make a link for helpers, good on that day of the event.

    Raises EventCancelled, NoSuchDay, NameMissing.
    """
    if event.state == EventState.CANCELLED:
        raise seats.EventCancelled(event=event.title)
    if not 0 < day_number <= len(days.days(event)):
        raise NoSuchDay
    if not clean(name):
        raise NameMissing
    door = Door(
        event=event,
        token=secrets.token_urlsafe(24),
        name=clean(name)[:60],
        day_number=day_number,
        made_at=at,
        made_by=by,
    )
    db.session.add(door)
    db.session.flush()
    return door


def revoke(door: Door, *, by: str, at: datetime) -> None:
    """Let nobody in by that link any more; it cannot be given back."""
    if door.revoked_at is None:
        door.revoked_at, door.revoked_by = at, by
        db.session.flush()


def note(event: Event, badge: str, asked: Asked, *, at: datetime) -> Answered:
    """Let the person of that badge in, or take it back; done once, however often it is sent.

    The first instant at which anybody was let in is the one that stays, in whatever order devices tell
    of it. Raises EventCancelled, NotThatDayYet, TooMany.
    """
    asked = _within_reason(asked, at)
    _hold_back(event, asked, at)
    registration = queries.by_badge(badge)
    if registration is None:
        return Answered(Outcome.UNKNOWN)
    if registration.event_id != event.id:
        return Answered(Outcome.OTHER_EVENT)
    if asked.act == Act.ADMIT:
        agenda.lock(event)
    # Held until the unit of work ends, so that two devices cannot both be the first.
    db.session.refresh(registration, with_for_update=True)
    if known := queries.by_nonce(asked.nonce):
        return _again(event, known)
    if asked.act == Act.UNDO:
        return _undo(registration, asked, at)
    if asked.act != Act.ADMIT and registration.seat not in TAKEN:
        is_withdrawn = registration.seat == Seat.WITHDRAWN
        return Answered(Outcome.WITHDRAWN if is_withdrawn else Outcome.WAITING, registration)
    return _enter(registration, asked, at)


def walk_in(event: Event, visitor: Visitor, asked: Asked, *, mode: Mode | None, at: datetime) -> Answered:
    """Take in somebody who came without having registered.

    Raises what `seats.walk_in` raises, and TooMany.
    """
    asked = _within_reason(asked, at)
    _hold_back(event, asked, at)
    agenda.lock(event)
    if known := queries.by_nonce(asked.nonce):
        return _again(event, known)
    moment = asked.happened_at
    registration = seats.walk_in(event, visitor, mode=mode, by=asked.by, at=moment)
    if registration.attendance_at != moment:
        # Whoever was there already keeps the first instant.
        return _enter(registration, asked, at)
    is_new = registration.source == "walk_in" and registration.asked_at == moment
    _keep(registration, asked, Outcome.IN, at, seat_before=Seat.WITHDRAWN if is_new else None)
    return Answered(Outcome.IN, registration, moment, asked.by)


def _within_reason(asked: Asked, at: datetime) -> Asked:
    """What a device says of its waiting is believed for a day and a half, and never for the future."""
    earliest = at - LONGEST_QUEUE
    if earliest <= asked.happened_at <= at:
        return asked
    moment = at if asked.happened_at > at else earliest
    return Asked(asked.act, asked.nonce, asked.by, moment, asked.door)


def _hold_back(event: Event, asked: Asked, at: datetime) -> None:
    if queries.passed_recently(event, at - MINUTE) >= MOST_A_MINUTE:
        raise TooMany
    if asked.door is None or asked.act != Act.WALK_IN:
        return
    if queries.passed_recently(event, at - HOUR, act=Act.WALK_IN) >= MOST_WALK_INS:
        raise TooMany


def _again(event: Event, passage: Passage) -> Answered:
    """The answer that was given to the same act before."""
    if passage.event_id != event.id:
        return Answered(Outcome.UNKNOWN)
    first = queries.seen_today(passage.registration, passage.day) or passage
    return Answered(passage.outcome, passage.registration, first.at, first.by)


def _enter(registration: Registration, asked: Asked, at: datetime) -> Answered:
    event, day = registration.event, queries.today(registration.event, asked.happened_at)
    since, by = _in_since(registration, asked, at)
    if since is not None:
        _keep(registration, asked, Outcome.ALREADY, at)
        if asked.happened_at < since:
            since, by = asked.happened_at, asked.by
            _came_earlier(registration, day, asked)
        return Answered(Outcome.ALREADY, registration, since, by)
    # Whoever was offered a place takes it by coming.
    seat_before = registration.seat if registration.seat not in TAKEN else None
    if registration.seat != Seat.CONFIRMED:
        registration.seat, registration.seated_at, registration.withdrawn_at = Seat.CONFIRMED, at, None
        registration.offer_ends_at = registration.lapsed_at = None
        if registration.approval == Approval.ASKED:
            # Let in by hand: that is a yes.
            registration.approval, registration.decided_at = Approval.APPROVED, at
            registration.decided_by = asked.by
        elif registration.approval == Approval.REFUSED:
            registration.approval = Approval.APPROVED
        db.session.flush()
    mark = attendance.mark(event, [registration.id], Attendance.PRESENT, by=asked.by, at=asked.happened_at)
    db.session.refresh(registration)
    _keep(registration, asked, Outcome.IN, at, mark=mark if mark.before else None, seat_before=seat_before)
    return Answered(Outcome.IN, registration, asked.happened_at, asked.by)


def _in_since(registration: Registration, asked: Asked, at: datetime) -> tuple[datetime | None, str]:
    """Since when the person is in on the day of the act, by whom; None for nobody yet."""
    event = registration.event
    day = queries.today(event, asked.happened_at)
    if first := queries.seen_today(registration, day):
        return first.at, first.by
    if registration.attendance != Attendance.PRESENT or registration.attendance_at is None:
        return None, ""
    if len(days.days(event)) > 1 and queries.today(event, registration.attendance_at) != day:
        return None, ""
    return registration.attendance_at, registration.attendance_by


def _came_earlier(registration: Registration, day: object, asked: Asked) -> None:
    """A device that was without network tells of an earlier instant: that is the one that stays."""
    first = queries.seen_today(registration, day)  # type: ignore[arg-type]
    if first is not None:
        first.at, first.by = asked.happened_at, asked.by
    known = registration.attendance_at
    if registration.attendance == Attendance.PRESENT and (known is None or asked.happened_at < known):
        registration.attendance_at, registration.attendance_by = asked.happened_at, asked.by
    db.session.flush()


def _undo(registration: Registration, asked: Asked, at: datetime) -> Answered:
    """The person is not in after all: what was said before the day's first passage holds again."""
    event, day = registration.event, queries.today(registration.event, asked.happened_at)
    since, _by = _in_since(registration, asked, at)
    if since is None:
        return Answered(Outcome.NOT_IN, registration)
    first = queries.seen_today(registration, day)
    for passage in db.session.scalars(
        select(Passage).where(
            Passage.registration_id == registration.id, Passage.day == day, Passage.undone_at.is_(None)
        )
    ):
        passage.undone_at = at
    if first is not None and first.mark is not None:
        if first.mark.undone_at is None:
            attendance.undo(first.mark, by=asked.by, at=at)
    elif not _came_another_day(registration):
        attendance.mark(event, [registration.id], Attendance.UNKNOWN, by=asked.by, at=at)
    db.session.refresh(registration)
    if first is not None and first.seat_before is not None:
        registration.seat, registration.seated_at = first.seat_before, None
        registration.withdrawn_at = at if first.seat_before == Seat.WITHDRAWN else None
        if registration.approval == Approval.APPROVED and registration.decided_at == first.received_at:
            registration.approval, registration.decided_at = Approval.ASKED, None
            registration.decided_by = ""
    _keep(registration, asked, Outcome.UNDONE, at)
    return Answered(Outcome.UNDONE, registration)


def _came_another_day(registration: Registration) -> bool:
    return (
        db.session.scalar(
            select(Passage.id)
            .where(
                Passage.registration_id == registration.id,
                Passage.outcome == Outcome.IN,
                Passage.undone_at.is_(None),
            )
            .limit(1)
        )
        is not None
    )


def _keep(
    registration: Registration,
    asked: Asked,
    outcome: Outcome,
    at: datetime,
    *,
    mark: AttendanceMark | None = None,
    seat_before: Seat | None = None,
) -> None:
    """Keep the act, under its nonce."""
    db.session.add(
        Passage(
            event_id=registration.event_id,
            registration=registration,
            door=asked.door,
            mark=mark,
            nonce=asked.nonce,
            act=asked.act,
            outcome=outcome,
            day=queries.today(registration.event, asked.happened_at),
            at=asked.happened_at,
            received_at=at,
            by=asked.by,
            seat_before=seat_before,
        )
    )
    db.session.flush()

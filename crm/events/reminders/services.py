"""Planning reminders, and letting them leave: once each, as things stand at that moment."""

from datetime import datetime, time, timedelta
from typing import Any, TypedDict, Unpack

from sqlalchemy import Select, exists, func, select

from crm.db import db
from crm.errors import Changed, CrmError
from crm.events.models import Attendance, Event, EventState, Registration, Seat
from crm.events.reminders import planning
from crm.events.reminders.models import Readers, Reminder, ReminderState
from crm.events.services import agenda, nudging, telling
from crm.mail import services as outbox
from crm.mail.models import Purpose
from crm.text import N_
from crm.web import richtext

KIND = "events.reminder"
AUTHOR = "reminders"
MOST = 12  # of one event
# A worker that was off reminds when it is back; thanks wait for somebody to note who came.
LATE_BY = timedelta(days=1)
THANKS_WAIT = timedelta(days=14)


class OneWay(CrmError):
    text = N_("Enter a number of hours or minutes, or a number of days and an hour.")
    field = "number"


class IsPast(CrmError):
    text = N_("That moment is past: choose a shorter distance.")
    field = "number"


class TooFar(CrmError):
    text = N_("A year at most: choose a shorter distance.")
    field = "number"


class TooManyReminders(CrmError):
    text = N_("An event has %(most)s messages of this kind at most: take one away first.")


class NotAfter(CrmError):
    text = N_("Thanks go out after the event, reminders before it: choose other readers.")
    field = "readers"


class HasLeft(CrmError):
    text = N_("This message has left already.")


class Facts(TypedDict, total=False):
    """What can be said about a reminder, as `Reminder` holds it. The note is HTML."""

    readers: Readers
    is_after: bool
    minutes: int | None
    days: int | None
    hour: time | None
    note: str


def add(event: Event, *, by: str, at: datetime, **facts: Unpack[Facts]) -> Reminder:
    """Plan one more message. Raises OneWay, IsPast, TooFar, NotAfter, TooManyReminders."""
    agenda.lock(event)
    own = select(func.count()).select_from(Reminder).where(Reminder.event_id == event.id)
    if (db.session.scalar(own) or 0) >= MOST:
        raise TooManyReminders(most=MOST)
    reminder = Reminder(event=event, created_at=at, created_by=by, planned_at=at, round=0, note="")
    with db.session.no_autoflush:
        _write(reminder, event, facts, at)
    db.session.add(reminder)
    db.session.flush()
    return reminder


def change(reminder: Reminder, *, version: int, at: datetime, **facts: Unpack[Facts]) -> None:
    """Change one that has not left. Raises HasLeft, Changed, and what `add` raises."""
    agenda.lock(reminder.event)
    db.session.refresh(reminder)
    if reminder.version != version:
        raise Changed(who="")
    if reminder.state is ReminderState.LEFT:
        raise HasLeft
    with db.session.no_autoflush:
        _write(reminder, reminder.event, facts, at)
    db.session.flush()


def remove(reminder: Reminder, *, at: datetime) -> None:
    """Take one away that has not left. Raises HasLeft."""
    agenda.lock(reminder.event)
    db.session.refresh(reminder)
    if reminder.state is ReminderState.LEFT:
        raise HasLeft
    db.session.delete(reminder)


def _write(reminder: Reminder, event: Event, facts: Facts, at: datetime) -> None:
    for name, value in facts.items():
        setattr(reminder, name, value)
    reminder.is_after = bool(reminder.is_after)
    reminder.note = str(richtext.sanitise(reminder.note or ""))
    by_days = reminder.days is not None and reminder.hour is not None
    if (reminder.minutes is None) is not by_days:
        raise OneWay
    if max(reminder.minutes or 0, (reminder.days or 0) * 24 * 60) > 366 * 24 * 60:
        raise TooFar
    if reminder.readers is (Readers.UNANSWERED if reminder.is_after else Readers.PRESENT):
        raise NotAfter
    leaves_at = planning.instant(event, reminder)
    is_beside = leaves_at < event.ends_at if reminder.is_after else leaves_at > event.starts_at
    if leaves_at <= at or is_beside:
        raise IsPast
    reminder.leaves_at, reminder.planned_at, reminder.state = leaves_at, at, ReminderState.PLANNED


def readers(reminder: Reminder, event: Event) -> Select[*tuple[Any, ...]]:
    """Whom the reminder reaches as things stand: address, person and language, one row to a mailbox."""
    rows = select(
        Registration.address_id,
        func.min(Registration.person_id).label("person_id"),
        func.min(Registration.language).label("language"),
    ).where(
        Registration.event_id == event.id,
        Registration.seat == Seat.CONFIRMED,
        Registration.address_id.is_not(None),
    )
    if reminder.readers is Readers.PRESENT:
        rows = rows.where(Registration.attendance == Attendance.PRESENT)
    return rows.group_by(Registration.address_id)


def number(reminder: Reminder, event: Event, *, at: datetime) -> int:
    """How many messages would leave now."""
    if reminder.readers is Readers.UNANSWERED:
        return nudging.counted(event, at=at, rest=timedelta(0)).get(None, 0)
    return db.session.scalar(select(func.count()).select_from(readers(reminder, event).subquery())) or 0


def due(*, at: datetime) -> list[int]:
    """The keys of the reminders whose moment has come, the earliest first."""
    rows = (
        select(Reminder.id)
        .where(Reminder.state == ReminderState.PLANNED, Reminder.leaves_at <= at)
        .order_by(Reminder.leaves_at, Reminder.id)
    )
    return list(db.session.scalars(rows))


def leave(key: int, *, at: datetime) -> int:
    """Let one leave whose moment has come, if it still has; how many messages are queued.

    The event is held meanwhile: of two workers one finds it gone, and a move of the event comes
    before or after.
    """
    reminder = db.session.get(Reminder, key)
    if reminder is None:
        return 0
    event = reminder.event
    agenda.lock(event)
    db.session.refresh(reminder)
    # Of what is postponed the new date is still to come: the reminder follows it then.
    if reminder.state is not ReminderState.PLANNED or event.state == EventState.POSTPONED:
        return 0
    planning.plan(reminder, event, at=reminder.planned_at)
    if reminder.leaves_at > at or _must_wait(reminder, event, at):
        return 0
    if _comes_too_late(reminder, event, at):
        reminder.state = ReminderState.MISSED
        return 0
    reminder.dispatch = telling.dispatch(event, _purpose(reminder), AUTHOR, at)
    reminder.state, reminder.left_at = ReminderState.LEFT, at
    reminder.reached = _queue(reminder, event, at)
    return reminder.reached


def _purpose(reminder: Reminder) -> Purpose:
    return Purpose.INVITATION if reminder.readers is Readers.UNANSWERED else Purpose.SERVICE


def _queue(reminder: Reminder, event: Event, at: datetime) -> int:
    # The event's time goes along: a message that still waits when the event moves never leaves.
    facts = {"starts": event.starts_at.isoformat()}
    assert reminder.dispatch is not None  # noqa: S101
    if reminder.readers is Readers.UNANSWERED:
        return nudging.queue(
            event,
            kind=KIND,
            dispatch=reminder.dispatch,
            subject_id=reminder.id,
            sequence=reminder.round,
            facts=facts,
            rest=timedelta(0),
            at=at,
        )
    return outbox.queue_many(
        readers(reminder, event),
        kind=KIND,
        purpose=Purpose.SERVICE,
        dispatch=reminder.dispatch,
        subject_id=reminder.id,
        sequence=reminder.round,
        facts=facts,
        at=at,
    )


def _must_wait(reminder: Reminder, event: Event, at: datetime) -> bool:
    """Nobody noted yet who came: thanks wait for it, for some days."""
    if reminder.readers is not Readers.PRESENT or at > reminder.leaves_at + THANKS_WAIT:
        return False
    noted = exists().where(Registration.event_id == event.id, Registration.attendance != Attendance.UNKNOWN)
    return not db.session.scalar(select(noted))


def _comes_too_late(reminder: Reminder, event: Event, at: datetime) -> bool:
    if event.state in (EventState.CANCELLED, EventState.DRAFT):
        return True
    if reminder.is_after:
        wait = THANKS_WAIT if reminder.readers is Readers.PRESENT else timedelta(0)
        return at > reminder.leaves_at + wait + LATE_BY
    return event.starts_at <= at or at > reminder.leaves_at + LATE_BY or event.state == EventState.HELD


def of_event(event: Event) -> Select[Reminder]:
    return select(Reminder).where(Reminder.event_id == event.id).order_by(Reminder.leaves_at, Reminder.id)

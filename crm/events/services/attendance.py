"""Saying who was there, one by one or many at once, and taking it back."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from crm.db import db
from crm.errors import CrmError
from crm.events.models import Attendance, AttendanceMark, Event, EventState, Registration, Seat
from crm.events.services.seats import EventCancelled, check_day
from crm.relations import services as relations
from crm.relations.models import Act, Note
from crm.text import N_

PART = 500


class NobodyChosen(CrmError):
    text = N_("Tick at least one person first.")


class NothingToUndo(CrmError):
    text = N_("This was already undone.")


def mark(
    event: Event, registrations: Iterable[int], attendance: Attendance, *, by: str, at: datetime
) -> AttendanceMark:
    """Say that these registrations (by key) were present, absent, excused or unknown.

    Keys of other events and of people who withdrew are left alone. Returns what `undo` takes; its
    `before` holds the registrations that changed. Raises NobodyChosen, EventCancelled, NotThatDayYet.
    """
    if event.state == EventState.CANCELLED:
        raise EventCancelled(event=event.title)
    check_day(event, attendance, at)
    asked = sorted(set(registrations))
    if not asked:
        raise NobodyChosen
    before = _before(event, asked, attendance)
    mark = AttendanceMark(
        event_id=event.id,
        attendance=attendance,
        before={str(key): was.value for key, was in before.items()},
        at=at,
        by=by,
    )
    db.session.add(mark)
    _set(list(before), attendance, by, at)
    if attendance == Attendance.PRESENT:
        _note_presence(event, list(before), at)
    else:
        _forget_presence(event, [key for key, was in before.items() if was == Attendance.PRESENT])
    db.session.flush()
    return mark


def undo(mark: AttendanceMark, *, by: str, at: datetime) -> int:
    """Give each registration back what it said before, unless it was marked anew since; say how many."""
    if mark.undone_at is not None:
        raise NothingToUndo
    event, still, count = mark.event, Registration.attendance == mark.attendance, 0
    for was in Attendance:
        keys = [int(key) for key, value in mark.before.items() if value == was.value]
        keys = [key for part in _parts(keys) for key in _those(part, still)]
        _set(keys, was, by, at)
        if was == Attendance.PRESENT:
            _note_presence(event, keys, at)
        elif mark.attendance == Attendance.PRESENT:
            _forget_presence(event, keys)
        count += len(keys)
    mark.undone_at = at
    db.session.flush()
    return count


def _before(event: Event, keys: list[int], attendance: Attendance) -> dict[int, Attendance]:
    """What those registrations of the event that will change say now; held until the unit of work ends."""
    found: dict[int, Attendance] = {}
    for part in _parts(keys):
        rows = (
            select(Registration.id, Registration.attendance)
            .where(
                Registration.id.in_(part),
                Registration.event_id == event.id,
                Registration.seat != Seat.WITHDRAWN,
                Registration.attendance != attendance,
            )
            .order_by(Registration.id)
            .with_for_update()
        )
        found.update(db.session.execute(rows).all())
    return found


def _those(keys: list[int], condition: object) -> list[int]:
    rows = select(Registration.id).where(Registration.id.in_(keys), condition)  # type: ignore[arg-type]
    return list(db.session.scalars(rows.order_by(Registration.id).with_for_update()))


def _set(keys: list[int], attendance: Attendance, by: str, at: datetime) -> None:
    for part in _parts(keys):
        db.session.execute(
            update(Registration)
            .where(Registration.id.in_(part))
            .values(
                attendance=attendance,
                attendance_at=None if attendance == Attendance.UNKNOWN else at,
                attendance_by="" if attendance == Attendance.UNKNOWN else by,
                version=Registration.version + 1,
            )
            .execution_options(synchronize_session="fetch")
        )


def _note_presence(event: Event, keys: list[int], at: datetime) -> None:
    """One line in the log of each person and of the organisation each stood for."""
    for part in _parts(keys):
        came: Any = select(Registration.person_id, Registration.organisation_id)
        relations.note_many(
            came.where(Registration.id.in_(part)),
            act=Act.ATTENDED,
            subject=f"events:{event.id}",
            title=event.title,
            at=at,
        )


def _forget_presence(event: Event, keys: list[int]) -> None:
    """Take the lines of those who were marked as present by mistake out of the log."""
    for part in _parts(keys):
        people = select(Registration.person_id).where(Registration.id.in_(part)).scalar_subquery()
        db.session.execute(
            Note.__table__.delete().where(  # type: ignore[attr-defined]
                Note.subject == f"events:{event.id}", Note.act == Act.ATTENDED, Note.person_id.in_(people)
            )
        )


def _parts(keys: list[int]) -> Iterable[list[int]]:
    """The keys some hundreds at a time: engines limit how many values one statement may carry."""
    return (keys[start : start + PART] for start in range(0, len(keys), PART))

"""People who came without having registered."""

import secrets
from datetime import datetime

from crm.db import db
from crm.events.models import Approval, Attendance, Event, EventState, Mode, Registration, Seat
from crm.events.services import agenda, visitors
from crm.events.services.seats.opening import check_day, mode_of
from crm.events.services.seats.records import note, of_person, of_that_day
from crm.events.services.seats.refusals import EventCancelled
from crm.events.services.visitors import Visitor
from crm.relations.models import Act


def walk_in(
    event: Event,
    visitor: Visitor,
    *,
    mode: Mode | None,
    attendance: Attendance = Attendance.PRESENT,
    source: str = "walk_in",
    by: str,
    at: datetime,
) -> Registration:
    """Take in someone who came without having registered: seated and present, capacity or not.

    Whoever is registered already is only marked as present. An address is welcome, not needed. A
    list from elsewhere gives its own `attendance` and `source`. Raises EventCancelled, NotThatDayYet,
    NameMissing, BadAddress.
    """
    person, address, standing = visitors.identified(
        visitor, language=event.language, zone=event.zone, by=by, at=at, hold=lambda: agenda.lock(event)
    )
    agenda.lock(event)
    if event.state == EventState.CANCELLED:
        raise EventCancelled(event=event.title)
    check_day(event, attendance, at)
    registration = of_person(event, person)
    if registration is None:
        frozen = of_that_day(person, address, standing)
        token = secrets.token_urlsafe(32)
        registration = Registration(event=event, person=person, token=token, **frozen)
        registration.mode = mode or mode_of(event, Mode.ONSITE)
        registration.source, registration.language, registration.asked_at = source, person.language, at
        registration.approval = Approval.NONE
        db.session.add(registration)
    was_there = registration.attendance == Attendance.PRESENT
    if registration.approval != Approval.NONE:
        registration.approval = Approval.APPROVED
    if registration.seat != Seat.CONFIRMED:
        registration.seat, registration.seated_at, registration.withdrawn_at = Seat.CONFIRMED, at, None
        registration.offer_ends_at = registration.lapsed_at = None
    if not was_there or attendance != Attendance.PRESENT:
        registration.attendance, registration.attendance_at = attendance, at
        registration.attendance_by = by
    db.session.flush()
    if not was_there and attendance == Attendance.PRESENT:
        note(registration, Act.ATTENDED, at)
    return registration

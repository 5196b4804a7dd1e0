"""The events of one organisation or person: what stands on their pages."""

from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from crm.db import db
from crm.directory.models import Organisation, Person
from crm.events.models import (
    Attendance,
    Event,
    EventPartner,
    Invitation,
    Registration,
    Seat,
)

SHOWN = 100


def of_organisation(organisation: Organisation) -> Select[*tuple[Any, ...]]:
    """Event, its part, people registered for it, people who came: those it had a hand in, newest first."""
    own = Registration.organisation_id == organisation.id
    part = (
        select(EventPartner.part)
        .where(EventPartner.event_id == Event.id, EventPartner.organisation_id == organisation.id)
        .order_by(EventPartner.id)
        .limit(1)
        .correlate(Event)
        .scalar_subquery()
    )
    return (
        select(
            Event,
            part.label("part"),
            _of(own, Registration.seat != Seat.WITHDRAWN).label("registered"),
            _of(own, Registration.attendance == Attendance.PRESENT).label("present"),
        )
        .where(_concerns(organisation))
        .order_by(Event.starts_at.desc(), Event.id.desc())
    )


def of_person(person: Person) -> Select[*tuple[Any, ...]]:
    """Event, answer, seat and attendance: what the person was invited to or registered for, newest first."""
    return (
        select(Event, Invitation.answer, Registration.seat, Registration.attendance, Registration.id)
        .outerjoin(Registration, (Registration.event_id == Event.id) & (Registration.person_id == person.id))
        .outerjoin(
            Invitation,
            (Invitation.event_id == Event.id)
            & (Invitation.person_id == person.id)
            & Invitation.uninvited_at.is_(None),
        )
        .where(_asked(person))
        .order_by(Event.starts_at.desc(), Event.id.desc())
    )


def number_of_organisation(organisation: Organisation) -> int:
    return _number(_concerns(organisation))


def number_of_person(person: Person) -> int:
    return _number(_asked(person))


def _number(condition: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).select_from(Event).where(condition)) or 0


def _concerns(organisation: Organisation) -> ColumnElement[bool]:
    """It is a partner, or someone registered for it."""
    return or_(
        Event.id.in_(_events(EventPartner.event_id, EventPartner.organisation_id == organisation.id)),
        Event.id.in_(_events(Registration.event_id, Registration.organisation_id == organisation.id)),
    )


def _asked(person: Person) -> ColumnElement[bool]:
    return or_(
        Event.id.in_(
            _events(
                Invitation.event_id, (Invitation.person_id == person.id) & Invitation.uninvited_at.is_(None)
            )
        ),
        Event.id.in_(_events(Registration.event_id, Registration.person_id == person.id)),
    )


def _events(column: InstrumentedAttribute[int], condition: ColumnElement[bool]) -> Select[int]:
    return select(column).where(condition)


def _of(*conditions: ColumnElement[bool]) -> Any:
    return (
        select(func.count())
        .select_from(Registration)
        .where(Registration.event_id == Event.id, *conditions)
        .correlate(Event)
        .scalar_subquery()
    )

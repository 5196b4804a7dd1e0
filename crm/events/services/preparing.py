"""Invitations prepared and not sent: whom one means to invite, until a button invites them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select

from crm.db import db
from crm.directory.models import Person
from crm.events.models import Event, EventState, PreparedInvitation
from crm.events.queries import audience
from crm.events.services import inviting


def people(event: Event) -> Select[Person]:
    """Whom one means to invite, but those who are in the bin."""
    meant = select(PreparedInvitation.person_id).where(PreparedInvitation.event_id == event.id)
    return select(Person).where(Person.id.in_(meant), Person.binned_at.is_(None))


def listed(event: Event) -> Select[Any]:
    """The same with the key of each one's place on the list, in no order."""
    columns: tuple[Any, ...] = (
        PreparedInvitation.id,
        PreparedInvitation.prepared_at,
        Person.id.label("person_id"),
        Person.given_name,
        Person.family_name,
        Person.sort,
    )
    return (
        people(event)
        .join(PreparedInvitation, PreparedInvitation.person_id == Person.id)
        .where(PreparedInvitation.event_id == event.id)
        .with_only_columns(*columns)
    )


def number(event: Event, *, at: datetime) -> int:
    """How many invitations are prepared; none any more for an event that is past or called off."""
    if event.state not in (EventState.DRAFT, EventState.OPEN) or event.is_over(at):
        return 0
    return db.session.scalar(people(event).with_only_columns(func.count())) or 0


def sendable(event: Event, *, day: date) -> int:
    """How many of those prepared can be invited now."""
    if event.state is not EventState.OPEN:
        return 0
    return audience.counted(audience.considered(event, people(event), day=day)).get(None, 0)


def send(event: Event, *, at_most: int, by: str, at: datetime) -> int:
    """Invite everyone prepared who can be, as `inviting.invite` does, which says what it raises; how many.

    The others stay prepared: their address may come, or be written to again.
    """
    return inviting.invite(event, people(event), at_most=at_most, by=by, at=at)


def leave_out(prepared: PreparedInvitation) -> None:
    """Mean to invite that person no longer."""
    db.session.delete(prepared)

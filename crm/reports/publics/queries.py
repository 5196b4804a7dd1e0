"""Of each type of public, who registered and who came: people counted once, participations apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, extract, func, literal, select

from crm.db import db
from crm.events.models import Attendance, Event, EventKind, EventState, Registration
from crm.events.publics import queries as publics
from crm.events.publics.kinds import By
from crm.events.queries.attendance import Chosen, wanted
from crm.mail.models import Address

# A draft has no public yet, and nobody came to what was called off.
COUNTED = (EventState.OPEN, EventState.CLOSED, EventState.HELD)


@dataclass(frozen=True, kw_only=True)
class Events:
    """Which events are counted together: of a year (of their own walls), of a kind, but for one of them."""

    year: int | None = None
    kind_id: int | None = None
    but: int | None = None

    def those(self) -> Select[int]:
        """Their keys."""
        rows = select(Event.id).where(Event.state.in_(COUNTED))
        if self.year is not None:
            first = datetime(self.year, 1, 1)  # noqa: DTZ001  (a wall)
            rows = rows.where(
                Event.starts_wall >= first,
                Event.starts_wall < first.replace(year=self.year + 1),
            )
        if self.kind_id is not None:
            rows = rows.where(Event.kind_id == self.kind_id)
        return rows if self.but is None else rows.where(Event.id != self.but)


@dataclass(frozen=True)
class Numbers:
    """`registered` and `present` count participations, the others each person and organisation once.

    An erased registration, of which nobody knows any more whose it was, counts as a person of its own.
    """

    registered: int = 0
    people: int = 0
    organisations: int = 0
    present: int = 0
    people_present: int = 0
    organisations_present: int = 0


Counted = dict[str, Numbers]


def of_event(event: Event) -> ColumnElement[bool]:
    return Registration.event_id == event.id


def of_events(events: Events) -> ColumnElement[bool]:
    return Registration.event_id.in_(events.those())


def counted(scope: ColumnElement[bool], by: By, chosen: Chosen) -> Counted:
    """The numbers of each public that has any, by its key."""
    listed = _listed(scope, publics.key(by), chosen)
    rows = select(listed.c.key, *_numbers(listed)).group_by(listed.c.key)
    found: dict[str, Numbers] = {}
    for row in db.session.execute(rows):
        found[row[0]] = Numbers(*row[1:])
    return found


def total(scope: ColumnElement[bool], chosen: Chosen) -> Numbers:
    """The numbers of all publics together: whoever is of two publics counts once."""
    rows = select(*_numbers(_listed(scope, literal(""), chosen)))
    numbers: list[int] = list(db.session.execute(rows).one())
    return Numbers(*numbers)


def _listed(scope: ColumnElement[bool], key: ColumnElement[str], chosen: Chosen) -> Any:
    return (
        select(
            key.label("key"),
            func.coalesce(Registration.person_id, -Registration.id).label("person"),
            Registration.organisation_id.label("organisation"),
            (Registration.attendance == Attendance.PRESENT).label("came"),
        )
        .where(scope, *wanted(chosen))
        .subquery("listed")
    )


def _numbers(listed: Any) -> Sequence[ColumnElement[int]]:
    def came(column: Any) -> Any:
        return case((listed.c.came, column))

    def once(column: Any) -> Any:
        return func.count(func.distinct(column))

    person, organisation = listed.c.person, listed.c.organisation
    return (
        func.count(person),
        once(person),
        once(organisation),
        func.count(came(person)),
        once(came(person)),
        once(came(organisation)),
    )


def years() -> list[int]:
    """The years that have an event to count, the latest first."""
    year = extract("year", Event.starts_wall)
    rows = select(year).where(Event.state.in_(COUNTED)).distinct().order_by(year.desc())
    return [int(found) for found in db.session.scalars(rows)]


def kinds() -> Sequence[EventKind]:
    """The kinds that an event is of, in their order."""
    rows = select(EventKind).where(EventKind.id.in_(select(Event.kind_id)))
    return db.session.scalars(rows.order_by(EventKind.position, EventKind.id)).all()


def number_of(events: Events) -> int:
    return db.session.scalar(select(func.count()).select_from(events.those().subquery())) or 0


def participations(events: Events, chosen: Chosen) -> Select[*tuple[Any, ...]]:
    """The registrations that were counted, in no order: what their list shows of each."""
    return (
        select(
            Registration.id,
            Registration.person_id,
            Registration.given_name,
            Registration.family_name,
            Registration.organisation_id,
            Registration.organisation_name,
            Registration.function,
            Registration.attendance,
            Registration.search,
            Event.id.label("event_id"),
            Event.title,
            Event.starts_wall,
            Address.email,
        )
        .select_from(Registration)
        .join(Event, Event.id == Registration.event_id)
        .outerjoin(Address, Address.id == Registration.address_id)
        .where(of_events(events), *wanted(chosen))
    )

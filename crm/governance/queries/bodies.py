"""Bodies and who sits in them on a day."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.directory.models import Organisation, Person
from crm.governance.models import Body, BodyFunction, Seat
from crm.governance.queries.periods import running

# After all functions of the list, in the order of ranks.
_UNRANKED = 1_000_000


def bodies(*, in_bin: bool = False) -> Select[Body]:
    """The bodies, in no order."""
    return select(Body).where(Body.binned_at.is_not(None) if in_bin else Body.binned_at.is_(None))


def bodies_on(day: date) -> Select[Body]:
    """The kept bodies that exist on that day, in no order."""
    return bodies().where(running(Body, day))


def functions(*, keep: int | None = None) -> Select[BodyFunction]:
    """The functions in the order of their rank; an archived one when it is still someone's."""
    return (
        select(BodyFunction)
        .where(or_(BodyFunction.is_archived.is_(False), BodyFunction.id == keep))
        .order_by(BodyFunction.position, BodyFunction.id)
    )


def _seats() -> Select[Seat]:
    """The kept seats of kept people, with all that is told of them, by rank and name.

    Who was erased for good sat there all the same, without a name.
    """
    return (
        select(Seat)
        .join(Seat.person)
        .outerjoin(Seat.function)
        .where(Seat.binned_at.is_(None), or_(Person.binned_at.is_(None), Person.erased_at.is_not(None)))
        .options(
            joinedload(Seat.person),
            joinedload(Seat.function),
            joinedload(Seat.college),
            joinedload(Seat.organisation),
        )
        .order_by(func.coalesce(BodyFunction.position, _UNRANKED), Person.sort, Seat.id)
    )


def seats_in(keys: Collection[int]) -> Select[Seat]:
    """The seats of these bodies, past ones and those to come included, by rank and name."""
    return _seats().where(Seat.body_id.in_(keys))


def seats_on(keys: Collection[int], day: date) -> dict[int, list[Seat]]:
    """By body, who sits there on that day, by rank and name."""
    found: dict[int, list[Seat]] = {}
    for seat in db.session.scalars(seats_in(keys).where(running(Seat, day))):
        found.setdefault(seat.body_id, []).append(seat)
    return found


def _in_kept_bodies(rows: Select[Seat]) -> Select[Seat]:
    latest = (Seat.ends_on.desc().nulls_first(), Seat.begins_on.desc().nulls_last(), Seat.id)
    return (
        rows.join(Seat.body)
        .where(Body.binned_at.is_(None))
        .options(joinedload(Seat.body))
        .order_by(None)
        .order_by(*latest)
    )


def seats_of(person: Person) -> Select[Seat]:
    """The seats of the person, open ones first, then the latest."""
    rows = select(Seat).where(Seat.person_id == person.id, Seat.binned_at.is_(None))
    told = (joinedload(Seat.function), joinedload(Seat.college), joinedload(Seat.organisation))
    return _in_kept_bodies(rows.options(*told))


def seats_for(organisation: Organisation) -> Select[Seat]:
    """The seats in which somebody represents the organisation, open ones first, then the latest."""
    return _in_kept_bodies(_seats().where(Seat.organisation_id == organisation.id))


def sitting(
    *tests: ColumnElement[bool], owner: Any = Seat.person_id, record: Any = Person.id
) -> ColumnElement[bool]:
    """Whether the person (or the organisation represented) of the outer row has a seat that passes."""
    found = exists().where(
        owner == record, Seat.binned_at.is_(None), Body.id == Seat.body_id, Body.binned_at.is_(None), *tests
    )
    return found.correlate(record.class_)


def represented_on(organisations: Sequence[int], day: date) -> dict[int, list[Seat]]:
    """By organisation, the seats in which it is represented on that day."""
    found: dict[int, list[Seat]] = {}
    rows = _seats().join(Seat.body).where(Body.binned_at.is_(None)).options(joinedload(Seat.body))
    for seat in db.session.scalars(rows.where(Seat.organisation_id.in_(organisations), running(Seat, day))):
        if seat.organisation_id is not None:
            found.setdefault(seat.organisation_id, []).append(seat)
    return found

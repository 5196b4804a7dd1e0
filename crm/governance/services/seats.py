"""The rules of seats: nobody sits twice in one body at the same time; a seat begins and ends by its days."""

from datetime import date, datetime

from sqlalchemy import select

from crm.db import db
from crm.directory.models import Organisation, Person
from crm.directory.services.records import Author, sign
from crm.governance.models import Body, BodyFunction, College, Seat
from crm.governance.queries.periods import overlapping
from crm.governance.services.records import check_days, check_version, restore_record, save
from crm.governance.services.refusals import BodyInBin, OutsideTheBody, PersonInBin, SitsAlready
from crm.text import clean


def seat(
    body: Body,
    person: Person,
    *,
    organisation: Organisation | None = None,
    function: BodyFunction | None = None,
    college: College | None = None,
    title: str = "",
    begins_on: date | None = None,
    ends_on: date | None = None,
    by: Author,
    at: datetime,
) -> Seat:
    """Raises EndsBeforeItBegins, OutsideTheBody, SitsAlready, BodyInBin, PersonInBin."""
    sign(by)
    made = Seat(body=body, person=person, created_at=at)
    with db.session.no_autoflush:
        _describe(made, organisation, function, college, title, begins_on, ends_on, at)
    save(made)
    return made


def change_seat(
    held: Seat,
    *,
    organisation: Organisation | None,
    function: BodyFunction | None,
    college: College | None,
    title: str,
    begins_on: date | None,
    ends_on: date | None,
    version: int | None = None,
    by: Author,
    at: datetime,
) -> None:
    """Correct what is known of the seat. Raises Changed and what `seat` raises."""
    sign(by)
    check_version(held, version)
    with db.session.no_autoflush:
        _describe(held, organisation, function, college, title, begins_on, ends_on, at)
    save(held)


def end_seat(held: Seat, *, on: date, by: Author, at: datetime) -> None:
    """The person sits there until that day, which is included. Raises EndsBeforeItBegins."""
    _until(held, on, by, at)


def reopen_seat(held: Seat, *, until: date | None, by: Author, at: datetime) -> None:
    """The seat has the last day again that it had, or none. Raises SitsAlready."""
    _until(held, until, by, at)


def restore_seat(held: Seat, *, by: Author, at: datetime) -> None:
    """Take it out of the bin. Raises SitsAlready when the person has a seat there again, and BodyInBin."""
    check(held)
    restore_record(held, by=by, at=at)


def _until(held: Seat, day: date | None, by: Author, at: datetime) -> None:
    sign(by)
    with db.session.no_autoflush:
        held.ends_on, held.updated_at = day, at
        check(held)
    save(held)


def _describe(
    held: Seat,
    organisation: Organisation | None,
    function: BodyFunction | None,
    college: College | None,
    title: str,
    begins_on: date | None,
    ends_on: date | None,
    at: datetime,
) -> None:
    held.organisation, held.function, held.college = organisation, function, college
    held.title, held.begins_on, held.ends_on = clean(title), begins_on, ends_on
    held.updated_at = at
    check(held)


def check(held: Seat) -> None:
    """Refuse what cannot be; see `seat`."""
    check_days(held)
    body = held.body
    if body.binned_at is not None:
        raise BodyInBin(body=body.name)
    if held.person.binned_at is not None:
        raise PersonInBin(person=held.person.name)
    before = body.begins_on and held.ends_on and held.ends_on < body.begins_on
    after = body.ends_on and held.begins_on and held.begins_on > body.ends_on
    if before or after:
        raise OutsideTheBody(body=body.name)
    others = select(Seat).where(
        Seat.body_id == body.id,
        Seat.person_id == held.person.id,
        Seat.binned_at.is_(None),
        overlapping(Seat, held.begins_on, held.ends_on),
    )
    if any(other is not held for other in db.session.scalars(others)):
        raise SitsAlready(person=held.person.name, body=body.name)

"""The rules of bodies: named once, there from one day to another."""

from datetime import date, datetime

from sqlalchemy import select

from crm.db import db
from crm.directory.services.records import Author, sign
from crm.governance.models import Body
from crm.governance.services.records import bin_record, check_days, check_version, restore_record, save
from crm.governance.services.refusals import NamelessBody, NameTaken
from crm.text import clean, fold


def add_body(
    *,
    name: str,
    purpose: str = "",
    places: int | None = None,
    term_years: int | None = None,
    begins_on: date | None = None,
    ends_on: date | None = None,
    by: Author,
    at: datetime,
) -> Body:
    """Raises NamelessBody, NameTaken, EndsBeforeItBegins."""
    sign(by)
    body = Body(created_at=at)
    _describe(body, name, purpose, places, term_years, begins_on, ends_on, at)
    save(body)
    return body


def change_body(
    body: Body,
    *,
    name: str,
    purpose: str,
    places: int | None,
    term_years: int | None,
    begins_on: date | None,
    ends_on: date | None,
    version: int | None = None,
    by: Author,
    at: datetime,
) -> None:
    """Raises Changed and what `add_body` raises."""
    sign(by)
    check_version(body, version)
    with db.session.no_autoflush:
        _describe(body, name, purpose, places, term_years, begins_on, ends_on, at)
    save(body)


def bin_body(body: Body, *, by: Author, at: datetime) -> None:
    """Put the body into the bin with its seats, which come back with it."""
    bin_record(body, by=by, at=at)


def restore_body(body: Body, *, by: Author, at: datetime) -> None:
    """Raises NameTaken when another body bears its name by now."""
    check(body)
    restore_record(body, by=by, at=at)


def _describe(
    body: Body,
    name: str,
    purpose: str,
    places: int | None,
    term_years: int | None,
    begins_on: date | None,
    ends_on: date | None,
    at: datetime,
) -> None:
    body.name, body.purpose = clean(name), clean(purpose)
    body.places, body.term_years = places, term_years
    body.begins_on, body.ends_on = begins_on, ends_on
    body.updated_at = at
    check(body)
    settle(body)


def settle(body: Body) -> None:
    """What follows from the name."""
    body.search = body.sort = fold(body.name)


def check(body: Body) -> None:
    """Raises NamelessBody, EndsBeforeItBegins, NameTaken."""
    if not fold(body.name):
        raise NamelessBody
    check_days(body)
    same = select(Body.id).where(Body.sort == fold(body.name), Body.binned_at.is_(None), Body.id != body.id)
    if body.id is None:
        same = select(Body.id).where(Body.sort == fold(body.name), Body.binned_at.is_(None))
    if db.session.scalar(same.limit(1)):
        raise NameTaken(name=body.name)

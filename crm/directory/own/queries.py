"""Which own fields there are, and what stands in them for many records at once."""

from collections.abc import Collection, Iterable
from functools import cache
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from crm.db import db
from crm.directory.models import Organisation, Person
from crm.directory.own.models import OrganisationValue, OwnField, PersonValue
from crm.directory.own.values import Value, value_in

PEOPLE, ORGANISATIONS = "people", "organisations"
RECORDS = {PEOPLE: Person, ORGANISATIONS: Organisation}
VALUES: dict[str, Any] = {PEOPLE: PersonValue, ORGANISATIONS: OrganisationValue}


def of_record(of: str) -> Any:
    """The column of the values' table that names the record."""
    return PersonValue.person_id if of == PEOPLE else OrganisationValue.organisation_id


@cache
def fields(of: str) -> Select[OwnField]:
    """The fields of that kind of record which are not in the bin, in the association's order."""
    return (
        select(OwnField)
        .where(OwnField.of == of, OwnField.binned_at.is_(None))
        .order_by(OwnField.is_archived, OwnField.position, OwnField.id)
    )


def listed(of: str) -> list[OwnField]:
    return list(db.session.scalars(fields(of)))


def asked(of: str) -> list[OwnField]:
    """The fields that forms ask for."""
    return [field for field in listed(of) if not field.is_archived]


def binned() -> list[OwnField]:
    """The fields in the bin, the latest first."""
    rows = select(OwnField).where(OwnField.binned_at.is_not(None)).order_by(OwnField.binned_at.desc())
    return list(db.session.scalars(rows))


def with_key(of: str, key: str) -> OwnField | None:
    return db.session.scalar(fields(of).where(OwnField.key == key))


def uses(of: str) -> dict[int, int]:
    """By field, how many records have a value."""
    values = VALUES[of]
    rows = select(values.field_id, func.count()).group_by(values.field_id)
    return {field: count for field, count in db.session.execute(rows)}


def choice_uses(field: OwnField) -> dict[str, int]:
    """By choice, how many records have it."""
    values = VALUES[field.of]
    rows = (
        select(values.choice, func.count())
        .where(values.field_id == field.id, values.choice.is_not(None))
        .group_by(values.choice)
    )
    return {key: count for key, count in db.session.execute(rows)}


def values_of(record: Person | Organisation) -> dict[int, Value]:
    """What stands in the fields of one record, by field."""
    return values_for(db.session(), record.__tablename__, [record.id]).get(record.id, {})


def values_for(
    session: Session, of: str, keys: Collection[int], only: Iterable[int] | None = None
) -> dict[int, dict[int, Value]]:
    """What stands in the fields (or in `only` some of them) of many records: by record, then by field."""
    values, record = VALUES[of], of_record(of)
    columns = (values.text, values.number, values.day, values.choice, values.yes)
    rows = select(record, values.field_id, *columns).where(record.in_(keys))
    if only is not None:
        rows = rows.where(values.field_id.in_(list(only)))
    found: dict[int, dict[int, Value]] = {}
    for key, field, *held in session.execute(rows):
        value = value_in(held)
        if value is not None:
            found.setdefault(key, {})[field] = value
    return found

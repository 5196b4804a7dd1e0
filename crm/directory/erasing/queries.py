"""Who was erased, and what the erasing left."""

from sqlalchemy import select

from crm.db import db
from crm.directory.erasing.models import Erasure
from crm.directory.merging import following
from crm.directory.models import Person


def of_person(key: int) -> Erasure | None:
    """The erasing of that person, or of the one into whom they were merged; None when there was none."""
    person = db.session.get(Person, key)
    if person is None or person.erased_at is None:
        return None
    return db.session.scalar(select(Erasure).where(Erasure.person_id == following.kept(person).id))


def unfinished() -> list[Erasure]:
    """Erasings whose files still lie on the disk."""
    return [
        one for one in db.session.scalars(select(Erasure).order_by(Erasure.id)) if any(one.leavings.values())
    ]

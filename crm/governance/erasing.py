"""What becomes of seats when a person is erased: who sat when is told without the name; nobody sits on."""

from sqlalchemy import or_, update

from crm import clock
from crm.db import db
from crm.directory.erasing import rules
from crm.directory.erasing.rules import Erasing
from crm.governance.models import Seat
from crm.text import N_


def install() -> None:
    rules.stays("seats.person_id", N_("Seats in bodies"))
    rules.also("seats", _end)


def _end(under_way: Erasing) -> None:
    """A seat held today ends today; one to come is put away."""
    day, quietly = clock.day(under_way.at), {"synchronize_session": False}
    theirs = Seat.person_id.in_(under_way.people)
    to_come = update(Seat).where(theirs, Seat.begins_on > day, Seat.binned_at.is_(None))
    db.session.execute(
        to_come.values(binned_at=under_way.at, version=Seat.version + 1), execution_options=quietly
    )
    begun = or_(Seat.begins_on.is_(None), Seat.begins_on <= day)
    held = update(Seat).where(theirs, begun, or_(Seat.ends_on.is_(None), Seat.ends_on > day))
    db.session.execute(held.values(ends_on=day, version=Seat.version + 1), execution_options=quietly)
    db.session.expire_all()

"""Who stands on the papers of an event, by name: with a seat, and taking part in that way."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from crm.db import db
from crm.events.models import Event, Mode, Registration, Seat


@dataclass(frozen=True)
class Participant:
    given_name: str
    family_name: str
    function: str
    organisation: str
    badge: str

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def by_family_name(self) -> str:
        return f"{self.family_name} {self.given_name}".strip()


def participants(event: Event, mode: Mode | None = None) -> list[Participant]:
    """Everybody with a seat, in the order of a list that is looked through by family name."""
    asked: Any = (
        select(
            Registration.given_name,
            Registration.family_name,
            Registration.function,
            Registration.organisation_name,
            Registration.badge,
        )
        .where(Registration.event_id == event.id, Registration.seat == Seat.CONFIRMED)
        .order_by(Registration.search, Registration.id)
    )
    if mode is not None:
        asked = asked.where(Registration.mode == mode)
    return [
        Participant(row.given_name, row.family_name, row.function, row.organisation_name, row.badge or "")
        for row in db.session.execute(asked)
    ]

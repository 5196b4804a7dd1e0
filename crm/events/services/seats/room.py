"""Seats that are free, and giving them to those who wait."""

from datetime import datetime

from crm.events.models import Event, Mode, Registration
from crm.events.places import queries as places
from crm.events.places import services as places_of
from crm.events.services import agenda


def promote(event: Event, *, at: datetime) -> list[Registration]:
    """Give or offer free seats to those who wait, first come first served, and write to each."""
    agenda.lock(event)
    return places_of.settle(event, at=at).moved_up


def seats_left(event: Event, mode: Mode | None = None) -> int | None:
    """How many seats are free for anybody; None when there is no limit. Exact on a locked event."""
    return places.seats_left(event, mode)


def has_room(event: Event, mode: Mode | None = None) -> bool:
    """Whether a stranger who takes part in that way, or in either, would get a seat now."""
    return seats_left(event, mode) != 0

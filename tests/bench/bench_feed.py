"""The feed of a full agenda, against icalendar writing the same calendar from components that are ready."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from icalendar import Calendar

from crm.events import ical, vtimezone
from crm.events.ical import Entry
from tests.bench.harness import Verdict, at_most, job, side_by_side

EVENTS = 1_000
STAMP = datetime(2026, 1, 1, tzinfo=UTC)


def entries() -> list[Entry]:
    return [
        Entry(
            uid=f"{number:032x}@example.org",
            title=f"Réunion {number} : données de santé, mobilité et énergie",
            starts_at=STAMP + timedelta(days=number / 3),
            ends_at=STAMP + timedelta(days=number / 3, hours=2),
            zone="Europe/Paris",
            stamp=STAMP,
            organizer="agenda@example.org",
            organizer_name="Agenda de l’association",
            description="Trois régions présentent leur modèle ; questions à la fin. " * 6,
            location="12 rue de la Paix, 75002 Paris",
            url=f"https://crm.example.org/e/reunion-{number}",
        )
        for number in range(EVENTS)
    ]


def from_nothing(listed: list[Entry]) -> bytes:
    ical._published.cache_clear()
    vtimezone.holds.cache_clear()
    return ical.feed("Agenda", listed)


@job("Feed of 1,000 events, against icalendar's own to_ical")
def feed() -> Iterator[Verdict]:
    listed = entries()
    ready = Calendar.from_ical(ical.feed("Agenda", listed))
    mine, floor = side_by_side(lambda: from_nothing(listed), ready.to_ical)
    yield at_most(2, mine, floor, "from nothing")
    again, floor = side_by_side(lambda: ical.feed("Agenda", listed), ready.to_ical)
    yield at_most(2, again, floor, "asked for again")

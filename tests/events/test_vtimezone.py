"""Zones in calendars: other programs must read every time back to the instant that was stored."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from crm import clock
from crm.events import vtimezone
from crm.events.ical import Entry, feed
from tests.events.readers import by_ical_js, by_vobject

ZONES = (
    "Europe/Paris",
    "Europe/Dublin",
    "America/New_York",
    "Australia/Sydney",
    "Asia/Kolkata",
    "America/Vancouver",
    "America/Havana",
    "Asia/Jerusalem",
    "Africa/Casablanca",
)
HOUR = timedelta(hours=1)


def each_month(zone: str) -> list[datetime]:
    """18:00 on the 15th of each month of four years."""
    walls = [datetime(year, month, 15, 18) for year in range(2026, 2030) for month in range(1, 13)]  # noqa: DTZ001
    return [clock.instant(wall, ZoneInfo(zone)) for wall in walls]


def around_changes(zone: str) -> list[datetime]:
    """Each half hour of the 48 around each change of clocks in 2027."""
    clocks = ZoneInfo(zone)
    hours = [datetime(2027, 1, 1, tzinfo=UTC) + i * HOUR for i in range(365 * 24)]
    shown = [hour.astimezone(clocks).utcoffset() for hour in hours]
    changes = [hours[i] for i in range(1, len(hours)) if shown[i] != shown[i - 1]]
    return [change + i * HOUR / 2 for change in changes for i in range(-48, 48)]


@cache
def entries(zone: str) -> tuple[Entry, ...]:
    moments = each_month(zone) + around_changes(zone)
    return tuple(
        Entry(
            uid=f"{number}@{zone.replace('/', '.').lower()}.example.org",
            title="Webinar",
            starts_at=moment,
            ends_at=moment + 1.5 * HOUR,
            zone=zone,
            stamp=datetime(2026, 1, 1, tzinfo=UTC),
            organizer="agenda@example.org",
        )
        for number, moment in enumerate(moments)
    )


def stored(zone: str) -> list[tuple[str, int, int]]:
    return [(e.uid, int(e.starts_at.timestamp()), int(e.ends_at.timestamp())) for e in entries(zone)]


def test_ical_js_reads_every_instant_right():
    read = by_ical_js([feed("Agenda", entries(zone)) for zone in ZONES])
    assert dict(zip(ZONES, read, strict=True)) == {zone: stored(zone) for zone in ZONES}


@pytest.mark.parametrize("zone", ZONES)
def test_vobject_reads_every_instant_right(zone):
    assert by_vobject(feed("Agenda", entries(zone))) == stored(zone)


@pytest.mark.parametrize("zone", ZONES)
def test_icalendar_reads_every_instant_right(zone):
    events = Calendar.from_ical(feed("Agenda", entries(zone))).events
    read = [(str(e["UID"]), int(e.start.timestamp()), int(e.end.timestamp())) for e in events]
    assert read == stored(zone)


def test_most_appointments_keep_their_zone():
    """Not everything is sent as UTC: a zone is kept where it is told without doubt."""
    for zone in ("Europe/Paris", "America/New_York", "Australia/Sydney"):
        assert vtimezone.holds(zone, *each_month(zone))


def test_the_hour_that_autumn_shows_twice_is_sent_as_utc():
    twice = datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert not vtimezone.holds("Europe/Paris", twice)
    assert not vtimezone.holds("Europe/Paris", twice + HOUR)
    assert vtimezone.holds("Europe/Paris", twice - HOUR, twice + 2 * HOUR)


@pytest.mark.parametrize(
    "zone", ["Asia/Jerusalem", "Africa/Cairo", "UTC", "Nowhere/Land", "../../etc/passwd", ""]
)
def test_what_no_yearly_rule_can_say_is_sent_as_utc(zone):
    assert vtimezone.rules(zone) is None
    assert not vtimezone.holds(zone, datetime(2027, 6, 1, tzinfo=UTC))


def test_a_zone_that_leaves_its_rule_for_a_year_is_sent_as_utc_then():
    assert not vtimezone.holds("America/Havana", datetime(2027, 1, 15, tzinfo=UTC))


def test_times_before_the_rules_began_are_sent_as_utc():
    assert not vtimezone.holds("Europe/Paris", datetime(1999, 6, 1, tzinfo=UTC))
    assert vtimezone.holds("Europe/Paris", datetime(2008, 6, 1, tzinfo=UTC))


def test_a_rule_is_written_in_the_wall_time_that_ends():
    lines = vtimezone.component("Europe/Paris").to_ical().decode().split("\r\n")
    assert lines[:8] == [
        "BEGIN:VTIMEZONE",
        "TZID:Europe/Paris",
        "BEGIN:DAYLIGHT",
        "DTSTART:20070325T020000",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
        "TZNAME:CEST",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0200",
    ]
    assert not [line for line in lines if line.startswith(("RDATE", "COMMENT"))]


def test_a_zone_without_summer_time_has_one_part_and_no_rule():
    text = vtimezone.component("Asia/Kolkata").to_ical().decode()
    assert text.count("BEGIN:STANDARD") == 1
    assert "DAYLIGHT" not in text
    assert "RRULE" not in text


def test_nearly_every_zone_can_be_told():
    told = [zone for zone in clock.zone_names() if vtimezone.rules(zone)]
    assert len(told) > 0.97 * len(clock.zone_names())

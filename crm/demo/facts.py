"""The facts of the year, as the association's public report for 2024 gives them; it names no person."""

import json
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

YEAR = Path(__file__).with_name("year_2024.json")
# The invented hours of what the report dates without an end.
UNTIL = time(18, 0)


@cache
def year() -> dict[str, Any]:
    """The whole file; it is shared, so never changed."""
    facts: dict[str, Any] = json.loads(YEAR.read_text())
    return facts


def walls(event: dict[str, Any]) -> tuple[datetime, datetime, bool]:
    """When an event starts and ends by the wall clock, and whether it is of whole days."""
    starts = datetime.fromisoformat(event["starts"])
    if "T" not in event["starts"]:
        last = date.fromisoformat(event.get("ends", event["starts"])[:10])
        return starts, datetime.combine(last, time()), True
    ends = datetime.fromisoformat(event["ends"]) if "ends" in event else datetime.combine(starts, UNTIL)
    return starts, max(ends, starts + timedelta(minutes=30)), False


def year_event(title: str) -> dict[str, Any]:
    """The event of the year with that title."""
    return next(event for event in year()["events"] if event["title"] == title)

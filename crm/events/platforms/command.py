"""A platform's file from the command line: read, matched and noted in one go."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crm import clock
from crm.errors import CrmError
from crm.events.models import Event
from crm.events.platforms import layouts, queries, reading, services
from crm.events.platforms.moments import DateOrder
from crm.events.platforms.reading import Asks, ColumnsMissing
from crm.events.platforms.services import Answers
from crm.events.services.importing import Line
from crm.text import N_, fold
from crm.web.tables_in import refusals


class NoSuchColumn(CrmError):
    text = N_("The file has no column “%(name)s”. Columns found: %(columns)s.")


class DatesUnclear(CrmError):
    text = N_(
        "The dates of the file can be read in two ways, such as %(dates)s: "
        "say --dates dmy (day first) or --dates mdy."
    )


def is_of_platform(file: Path) -> bool:
    """Whether it is a report that is known. Raises TableRefused."""
    return reading.is_of_platform(_content(file), file.name)


def _content(file: Path) -> bytes:
    if file.stat().st_size > reading.MOST_BYTES:
        raise refusals.TooLarge(
            file=file.name, size=file.stat().st_size // 1_000_000, most=reading.MOST_BYTES // 1_000_000
        )
    return file.read_bytes()


def take(
    event: Event,
    file: Path,
    *,
    least_minutes: int,
    marks_others: bool,
    dates: str | None,
    named: Sequence[str],
    by: str,
) -> tuple[dict[str, Any], list[tuple[Line, CrmError]], list[str]]:
    """The counts, the rows that could not be read, and the columns.

    Raises NoSuchColumn, DatesUnclear and what `services.receive` and `services.note` raise.
    """
    content, at = _content(file), clock.now()
    order = DateOrder(dates) if dates else None
    answers = Answers(_places(content, file.name, named) if named else None, order)
    kept, found = services.receive(
        event,
        content,
        file.name,
        least_minutes=least_minutes,
        marks_others=marks_others,
        answers=answers,
        by=by,
        at=at,
    )
    if found.asks is Asks.DATES:
        raise DatesUnclear(dates=", ".join(found.samples))
    if found.asks is Asks.COLUMNS:
        raise ColumnsMissing
    updated = services.note(kept, by=by, at=at)
    told = queries.figures(kept)
    counts = {
        "layout": found.layout,
        "read": found.connections + len(found.unread),
        "created": 0,
        "updated": updated,
        "unchanged": max(0, told.came - updated),
        "attended": told.came,
        "less": told.less,
        "unsure": told.unsure,
        "anonymous": told.anonymous,
    }
    faults = [(Line(row.number, row.cells), row.reason) for row in found.unread]
    return counts, faults, list(found.columns)


def _places(content: bytes, filename: str, named: Sequence[str]) -> dict[str, int]:
    """`email=Courriel` as a place among the columns. Raises NoSuchColumn."""
    columns = reading.columns(content, filename)
    folded = [fold(column) for column in columns]
    places = {}
    for pair in named:
        fact, _equals, name = pair.partition("=")
        if fact not in layouts.FIELDS or fold(name) not in folded:
            raise NoSuchColumn(name=pair, columns=", ".join(columns))
        places[fact] = folded.index(fold(name))
    return places

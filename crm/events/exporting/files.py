"""The table that is taken out, and its paper."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from flask_babel import format_percent
from flask_babel import gettext as _

from crm.errors import CrmError
from crm.events import listing
from crm.events.exporting.queries import LEAST, grouped, numbers
from crm.events.models import Event
from crm.events.papers.words import FOLDER
from crm.events.publics import words as publics
from crm.events.publics.kinds import By
from crm.events.queries.attendance import Chosen
from crm.events.questions.models import Question
from crm.text import N_
from crm.web import exports, pdf
from crm.web.exports import Column
from crm.web.i18n import language
from crm.web.i18n import number as said

PDF = "pdf"
MOST_ON_PAPER = 5_000
_WIDE = 5


class TooLongForPaper(CrmError):
    text = N_("A PDF holds %(most)s rows at most: take an Excel file, or filter the list.")
    field = "format"


@dataclass(frozen=True)
class Taken:
    """A table as it will leave: its columns with their heads, and its rows, which may be read once."""

    columns: Sequence[Column]
    labels: Sequence[str]
    rows: Iterable[Any]

    def kept(self) -> "Taken":
        """The same with its rows in memory as cells, to be read twice: by digest and paper."""
        cells = [[column.value(row) for column in self.columns] for row in self.rows]
        read = [
            Column(column.key, column.label, itemgetter(place)) for place, column in enumerate(self.columns)
        ]
        return Taken(read, self.labels, cells)


def named(event: Event, chosen: Chosen, keys: Iterable[str], asked: Sequence[Question]) -> Taken:
    """People one by one, with the columns of these names."""
    columns = listing.columns(event, keys, asked)
    return Taken(columns, listing.labels(columns), listing.rows(event, chosen, columns, asked))


def anonymous(event: Event, chosen: Chosen) -> Taken:
    """Numbers by type of public, from each side, in which nobody can be told."""
    rows = [row for by in By for row in _of_side(by, numbers(event, chosen, by))]
    labels = [_("Type of public"), _("Public"), _("Number"), _("Share of all")]
    return Taken([Column(str(n), label, itemgetter(n)) for n, label in enumerate(labels)], labels, rows)


def _of_side(by: By, found: dict[str, int]) -> list[tuple[str, str, Any, str]]:
    names, total = publics.names(by), sum(found.values())
    told, others = grouped(found)
    side = _(publics.SIDES[by])
    rows: list[tuple[str, str, Any, str]] = [
        (side, names.of(key), told[key], format_percent(told[key] / total))
        for key in sorted(told, key=names.place)
    ]
    if others >= LEAST:
        rows.append((side, _("All others together"), others, format_percent(others / total)))
    elif others:
        rows.append((side, _("All together"), _("fewer than %(number)s", number=LEAST), ""))
    return rows


def digest(taken: Taken) -> str:
    """The SHA-256 of the table as the CSV that this house makes of it, without words above it."""
    told = hashlib.sha256()
    for chunk in exports.csv_chunks(taken.columns, taken.labels, taken.rows):
        told.update(chunk)
    return told.hexdigest()


def paper(
    event: Event,
    taken: Taken,
    *,
    heading: Sequence[str],
    purpose: str,
    signed: str,
    number: int,
    house: str,
    at: datetime,
) -> bytes:
    """The kept table as a PDF in the reader's language; `signed` is its digest, "" where nobody signs."""
    told = {
        "language": language(),
        "title": event.title,
        "house": house,
        "kind": _("Attendance list"),
        "lines": [*heading[1:], _("What for: %(purpose)s", purpose=purpose)],
        "made": _("export no. %(number)s", number=number),
        "page": _("Page"),
        "labels": list(taken.labels),
        "rows": [[_cell(column.value(row)) for column in taken.columns] for row in taken.rows],
        "wide": len(taken.columns) > _WIDE,
        "signed": _signed(signed) if signed else None,
    }
    return pdf.made(FOLDER / "listed.typ", told, at=at)


def _signed(digest: str) -> dict[str, Any]:
    return {
        "certified": _("Certified true by the undersigned:"),
        "places": [
            [_("For the association"), _("Name and function"), _("Date"), _("Signature and stamp")],
            [_("For the funder"), _("Name and function"), _("Date"), _("Signature and stamp")],
        ],
        "digest": _("SHA-256 digest of this list as CSV: %(digest)s", digest=digest),
    }


def _cell(value: Any) -> str:
    if isinstance(value, int):
        return said(value)
    return value if isinstance(value, str) else exports.plain(value)


def check_length(count: int) -> None:
    if count > MOST_ON_PAPER:
        raise TooLongForPaper(most=said(MOST_ON_PAPER))

"""Taking a table into the directory: some thousand rows at a time, in the one transaction of the caller."""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from crm import clock
from crm.directory.importing import rows
from crm.directory.importing.columns import Field
from crm.directory.importing.known import Directory
from crm.directory.importing.matching import Matcher, Outcome
from crm.directory.importing.report import Report
from crm.directory.importing.rows import CellRefused, Facts, Kinds
from crm.directory.importing.writing import Writer
from crm.directory.models import OrganisationKind
from crm.errors import CrmError
from crm.text import fold
from crm.web.tables_in import Row, Table

AT_ONCE = 2_000
# Of this application: imports of one directory follow each other.
_LOCK = 4_704_771


@dataclass
class Counts:
    """How many rows were read and what became of them; how many records and differences that made."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    differences: int = 0
    organisations: int = 0
    people: int = 0


@dataclass(frozen=True, kw_only=True)
class Order:
    """How a table is to be read, and in whose name."""

    fields: Sequence[Field | None]
    kinds: Kinds
    source: str
    import_id: int | None
    by: str
    at: datetime


def kinds(session: Session, language: str) -> Kinds:
    """The kinds of organisation as a cell may name them, said in that language."""
    found = list(session.scalars(select(OrganisationKind).order_by(OrganisationKind.position)))
    names: Mapping[str, str] = {
        fold(name): kind.slug for kind in found for name in (kind.slug, kind.name_fr, kind.name_en)
    }
    return Kinds(
        by_name=names,
        ids={kind.slug: kind.id for kind in found},
        called={kind.id: kind.name(language) for kind in found},
    )


def take(
    session: Session,
    table: Table,
    order: Order,
    report: Report,
    *,
    told: Callable[[int], Any] = lambda _read: None,
) -> Counts:
    """Read the table to its end and write what it brings into the session's transaction.

    Nothing is committed: a dry run rolls back. `told` is called with the number of rows read so far.
    Raises TableRefused when the file breaks off.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    directory = Directory(session)
    writer = Writer(directory, import_id=order.import_id, actor=order.by, at=order.at)
    counts = Counts()
    while chunk := list(islice(table.rows, AT_ONCE)):
        with _uninterrupted():
            _take_chunk(chunk, directory, writer, order, report, counts)
        told(counts.read)
    return counts


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let the garbage collector wait: thousands of records that live until the chunk is written would make
    it walk through all of them again and again, for a third of the time, and find nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _take_chunk(
    chunk: Sequence[Row],
    directory: Directory,
    writer: Writer,
    order: Order,
    report: Report,
    counts: Counts,
) -> None:
    parsed = list(_parsed(chunk, order))
    around = directory.around([read for _, read in parsed if isinstance(read, Facts)])
    matcher = Matcher(directory, around, order.kinds, day=clock.day(order.at), source=order.source)
    for row, read in parsed:
        counts.read += 1
        try:
            if isinstance(read, CellRefused):
                raise read
            taken = matcher.take(read)
        except (CellRefused, CrmError) as refusal:
            cell = refusal if isinstance(refusal, CellRefused) else CellRefused(refusal)
            counts.refused += 1
            report.refused(row.number, row.cells, cell.why, cell.place)
            continue
        _count(counts, taken.outcome)
        counts.differences += len(taken.differences)
        report.differ(row.number, taken.name, taken.differences)
    counts.organisations += sum(1 for one in around.organisations if one.id is None)
    counts.people += sum(1 for one in around.people if one.id is None)
    writer.write(around)


def _parsed(chunk: Sequence[Row], order: Order) -> Iterator[tuple[Row, Facts | CellRefused]]:
    for row in chunk:
        if row.refusal is not None:
            yield row, CellRefused(row.refusal)
            continue
        try:
            yield row, rows.read(row.cells, order.fields, order.kinds)
        except CellRefused as refusal:
            yield row, refusal


def _count(counts: Counts, outcome: Outcome) -> None:
    match outcome:
        case Outcome.CREATED:
            counts.created += 1
        case Outcome.UPDATED:
            counts.updated += 1
        case _:
            counts.unchanged += 1

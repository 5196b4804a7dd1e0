"""Taking a table into the directory: some thousand rows at a time, in the transaction of the caller."""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from crm import clock
from crm.db import asking_of_many, is_sqlite
from crm.directory.importing.asking import Directory
from crm.directory.importing.choices import Key, Mode
from crm.directory.importing.columns import Meaning
from crm.directory.importing.matching import Matcher, Outcome, Taken
from crm.directory.importing.refusals import Ambiguous
from crm.directory.importing.report import Report
from crm.directory.importing.rows import CellRefused, Facts, Kinds, Reader
from crm.directory.importing.writing import Writer
from crm.directory.models import ImportReview, OrganisationKind
from crm.errors import CrmError
from crm.text import fold
from crm.web.tables_in import Row, Table
from crm.writing import insert_many

AT_ONCE = 16_000
# The first rows are fewer: nothing can be done until they are read.
_AT_FIRST = 4_000
# Of this application: imports of one directory follow each other.
_LOCK = 4_704_771


@dataclass
class Counts:
    """How many rows were read and what became of them; how many records and differences that made.

    `to_review` are those among the refused ones that wait for a person to choose a record; `silent` the rows
    taken that bear an address which was erased at its owner's wish.
    """

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    differences: int = 0
    organisations: int = 0
    people: int = 0
    to_review: int = 0
    silent: int = 0

    def count(self, outcome: Outcome, rows: int = 1) -> None:
        """So many rows (or fewer, when negative) of that outcome."""
        setattr(self, outcome, getattr(self, outcome) + rows)


@dataclass(frozen=True, kw_only=True)
class Order:
    """How a table is to be read, and in whose name."""

    fields: Sequence[Meaning | None]
    kinds: Kinds
    source: str
    import_id: int | None
    by: str
    at: datetime
    mode: Mode = Mode.FILL
    key: Key = Key.ANY

    @cached_property
    def reader(self) -> Reader:
        return Reader(self.fields, self.kinds)


class Parsed(NamedTuple):
    """A row with what it says, or why it cannot be used."""

    row: Row
    said: Facts | CellRefused


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
    """Read the table to its end and write what it brings into the session's one transaction.

    Nothing is committed: a dry run rolls back. `told` is called with the number of rows read so far.
    Raises TableRefused when the file breaks off.
    """
    taker, counts = Taker(session, order), Counts()
    with uninterrupted(), in_parts(table, order) as parts:
        for part in parts:
            taker.take(part, report, counts, meanwhile=parts.read_on)
            told(counts.read)
    return counts


@contextmanager
def in_parts(table: Table, order: Order, *, behind: int = 0) -> Iterator["Parts"]:
    """The rows behind the first so many, some thousand at a time, understood."""
    with ThreadPoolExecutor(1, "import") as reader:
        yield Parts(reader, islice(table.rows, behind, None), order)


class Parts:
    """Parts of a table, one after the other; what breaks off the file is raised when its turn comes.

    The next one is read while the database takes in the last (`read_on`): a thread of its own makes plain
    values of it, and asks nothing of anybody. Begun earlier, it would only keep Python from matching.
    """

    def __init__(self, reader: ThreadPoolExecutor, rows: Iterator[Row], order: Order) -> None:
        self._reader, self._rows, self._order = reader, rows, order
        self._size = min(_AT_FIRST, AT_ONCE)
        self._following: Future[list[Parsed]] | None = None

    def read_on(self) -> None:
        """Begin with the next part, unless that was done."""
        if self._following is None:
            self._following = self._reader.submit(self._read, self._size)
            self._size = AT_ONCE

    def _read(self, size: int) -> list[Parsed]:
        return parsed(list(islice(self._rows, size)), self._order)

    def __iter__(self) -> Iterator[list[Parsed]]:
        while part := self._next():
            yield part

    def _next(self) -> list[Parsed]:
        self.read_on()
        following, self._following = self._following, None
        return following.result() if following else []


def parsed(chunk: Sequence[Row], order: Order) -> list[Parsed]:
    """What the rows say. Nothing is asked of the database."""
    return list(_parsed(chunk, order))


def _parsed(chunk: Sequence[Row], order: Order) -> Iterator[Parsed]:
    for row in chunk:
        if row.refusal is not None:
            yield Parsed(row, CellRefused(row.refusal))
            continue
        try:
            yield Parsed(row, order.reader.read(row.cells))
        except CellRefused as refusal:
            yield Parsed(row, refusal)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let the garbage collector wait: thousands of records that live until their part is written would make
    it walk through all of them again and again, for a third of the time, and find nothing. They hold each
    other in no circle: each part goes when the next one comes."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class Taker:
    """Takes rows in and writes what they bring, some thousand at a time; commits nothing.

    Rows that may mean several records are kept for a person to choose, unless `asks` is false.
    """

    def __init__(self, session: Session, order: Order, *, asks: bool = True) -> None:
        self.session, self.order, self.asks = session, order, asks
        self.is_sqlite = is_sqlite(session)
        self._directory: Directory | None = None

    def _begin(self) -> tuple[Directory, Writer]:
        if not self.is_sqlite:
            self.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        if self._directory is None:
            order = self.order
            self._directory = Directory(self.session, order.import_id)
            self._writer = Writer(self._directory, import_id=order.import_id, actor=order.by, at=order.at)
        return self._directory, self._writer

    def take(
        self,
        chunk: Sequence[Parsed],
        report: Report,
        counts: Counts,
        *,
        meanwhile: Callable[[], Any] = lambda: None,
    ) -> dict[str, Any]:
        """Write what the rows bring, tell the report and count; the keys of what was added, by table.

        `meanwhile` is called before the writing: it begins what can be done while the database is at it.
        """
        directory, writer = self._begin()
        order = self.order
        with asking_of_many(self.session):
            around = directory.around(
                [said for _, said in chunk if isinstance(said, Facts)], with_guarded=order.mode is Mode.UPDATE
            )
        matcher = Matcher(
            directory,
            around,
            order.kinds,
            day=clock.day(order.at),
            source=order.source,
            mode=order.mode,
            key=order.key,
        )
        waiting: list[tuple[Row, Ambiguous]] = []
        for row, said in chunk:
            counts.read += 1
            try:
                if isinstance(said, CellRefused):
                    raise said
                taken = matcher.take(said)
            except (CellRefused, CrmError) as refusal:
                cell = refusal if isinstance(refusal, CellRefused) else CellRefused(refusal)
                counts.refused += 1
                report.refused(row.number, row.cells, cell.why, cell.place)
                if isinstance(cell.why, Ambiguous):
                    waiting.append((row, cell.why))
                continue
            self._count(counts, taken)
            report.took(row.number, taken)
        counts.organisations += sum(1 for one in around.organisations if one.id is None)
        counts.people += sum(1 for one in around.people if one.id is None)
        counts.to_review += len(waiting)
        meanwhile()
        writer.write(around)
        self._ask(waiting)
        return writer.forget()

    def _count(self, counts: Counts, taken: Taken) -> None:
        counts.count(taken.outcome)
        counts.differences += len(taken.differences)
        counts.silent += taken.is_silent

    def _ask(self, waiting: Sequence[tuple[Row, Ambiguous]]) -> None:
        """Keep the rows that may mean several records for a person to choose."""
        if self.order.import_id is None or not waiting or not self.asks:
            return
        asked = [
            {
                "import_id": self.order.import_id,
                "row": row.number,
                "cells": list(row.cells),
                "why": {"text": why.text, "facts": why.facts},
                "kind": why.about,
                "candidates": [one.id for one in why.candidates],
                "chosen": {},
            }
            for row, why in waiting
        ]
        insert_many(self.session, ImportReview.metadata.tables[ImportReview.__tablename__], asked)

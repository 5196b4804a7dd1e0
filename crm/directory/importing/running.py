"""Doing what was asked of an import. Every part is a transaction of its own: a worker that dies leaves whole
parts behind, and the next one goes on after them."""

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, func, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from crm import history
from crm.accounts.models import Account
from crm.db import is_sqlite, reading
from crm.directory.importing import columns, extra, layouts, refusals, taking, undoing
from crm.directory.importing.choices import Key, Mode
from crm.directory.importing.report import Report
from crm.directory.importing.services import State
from crm.directory.importing.shelf import Shelf
from crm.directory.importing.taking import Counts, Order, Parsed, Taker
from crm.directory.models import Import, ImportPart
from crm.errors import CrmError
from crm.jobs.queue import stopping

TRIES = 3
MANY = 20_000
_imports = Import.metadata.tables[Import.__tablename__]
_parts = ImportPart.metadata.tables[ImportPart.__tablename__]


class _Overtaken(Exception):
    """Somebody else is at this import."""


class _Stopped(Exception):
    """A person asked for the end."""


def work(session: Session, shelf: Shelf, key: int, *, at: datetime) -> None:
    """Do what was claimed. Commits.

    One that comes second, or was thought dead, finds that the rows have moved on and ends.
    """
    record = session.get_one(Import, key, populate_existing=True)
    history.act_as(session, record.created_by)
    state = record.state
    try:
        if state == State.CHECKING:
            _check(session, shelf, record, at=at)
        elif state == State.RUNNING:
            _run(session, shelf, record, at=at)
        elif state == State.UNDOING:
            undoing.work(session, shelf, record, at=at)
        session.rollback()
    except _Overtaken:
        session.rollback()
    except _Stopped:
        _end(session, shelf, key, State.READ if state == State.CHECKING else State.STOPPED, {"why": None})
    except OperationalError:
        # Nobody could write just now: it is tried again.
        session.rollback()
        raise
    except (CrmError, IntegrityError) as refusal:
        _fail(session, shelf, key, refusal if isinstance(refusal, CrmError) else refusals.Interrupted())
    except Exception:
        _fail(session, shelf, key, refusals.Broken())
        raise


def order_of(session: Session, record: Import, *, by: str, at: datetime) -> Order:
    """How the import reads its rows. Raises what `columns.checked` raises."""
    return Order(
        fields=columns.checked(list(record.mapping), record.mapping, extra.columns(session)),
        kinds=taking.kinds(session, language_of(session, by)),
        source=record.file_name,
        import_id=record.id,
        by=by,
        at=at,
        mode=Mode(record.mode),
        key=Key(record.merge_key),
    )


def language_of(session: Session, email: str) -> str:
    """The language of that account; French for a command."""
    return session.scalar(select(Account.language).where(Account.email == email)) or "fr"


def _check(session: Session, shelf: Shelf, record: Import, *, at: datetime) -> None:
    """A dry run: the same code, taken back at its end."""
    stored_as, key, file_name = record.stored_as, record.id, record.file_name
    rows = int(record.counts.get("rows", 0))
    _there(shelf, record)
    order = order_of(session, record, by=record.created_by, at=at)
    session.rollback()
    with (
        layouts.opened(shelf.file(stored_as), file_name) as table,
        Report(shelf.report(stored_as)) as report,
        rehearsal(session, shelf, rows) as stage,
    ):
        counts = taking.take(stage, table, order, report, told=lambda read: _tell(shelf, stored_as, read))
    _end(session, shelf, key, State.CHECKED, {"why": None, "told": asdict(counts)})


@contextmanager
def rehearsal(session: Session, shelf: Shelf, rows: int) -> Iterator[Session]:
    """Where a dry run of so many rows may write: nothing of it stays.

    On SQLite a long one would keep everybody from writing: it has a copy of the database to itself.
    """
    if rows <= MANY or not is_sqlite(session):
        try:
            yield session
        finally:
            session.rollback()
        return
    with tempfile.TemporaryDirectory(dir=shelf.folder) as name:
        place = Path(name) / "copy.db"
        with reading(), closing(sqlite3.connect(place)) as copy:
            source: Any = session.connection().connection.driver_connection
            source.backup(copy)
            session.rollback()
        engine = create_engine(f"sqlite:///{place}")
        event.listen(engine, "connect", _carelessly)
        try:
            with Session(engine) as stage:
                yield stage
        finally:
            engine.dispose()


def _carelessly(connection: Any, record: Any) -> None:
    """A copy that is thrown away need not survive anything, nor be taken back."""
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA journal_mode = OFF")


def _tell(shelf: Shelf, stored_as: str, read: int) -> None:
    shelf.tell(stored_as, read)
    if shelf.is_to_stop(stored_as):
        raise _Stopped


def _there(shelf: Shelf, record: Import) -> None:
    if not shelf.file(record.stored_as).is_file():
        raise refusals.FileGone(file=record.file_name)


def _run(session: Session, shelf: Shelf, record: Import, *, at: datetime) -> None:
    """Take the rows in, part after part, from where it stopped."""
    key, stored_as, done = record.id, record.stored_as, record.read_upto
    _there(shelf, record)
    counts = Counts(**record.counts["told"]) if done else Counts()
    sizes = record.counts.get("sizes", []) if done else []
    facts = dict(record.counts)
    if not done:
        # What the history says from here on, and this import did not write, an undo takes for a touch.
        facts["history"] = session.scalar(select(func.max(history.Change.id))) or 0
    order = order_of(session, record, by=record.created_by, at=at)
    opened = layouts.opened(shelf.file(stored_as), record.file_name)
    # From here on the database is only held while a part is written.
    session.commit()
    with (
        taking.uninterrupted(),
        opened as table,
        taking.in_parts(table, order, behind=done) as parts,
        Report(shelf.report(stored_as), sizes) as report,
    ):
        run = _Run(session, key, order, report, facts, meanwhile=parts.read_on)
        for part in parts:
            if shelf.is_to_stop(stored_as):
                raise _Stopped
            if stopping.is_set():
                _end(session, shelf, key, State.ASKED, {})
                return
            counts = run.part(part, done, counts)
            done += len(part)
            shelf.tell(stored_as, done)
    _end(session, shelf, key, State.DONE, {"why": None, "told": asdict(counts)}, at=at)
    shelf.done_with(stored_as)


class _Run:
    """Writes parts, each in a transaction with its place, its counts and what an undo must know."""

    def __init__(
        self,
        session: Session,
        key: int,
        order: Order,
        report: Report,
        facts: dict[str, Any],
        *,
        meanwhile: Callable[[], Any],
    ) -> None:
        self.session, self.key, self.order, self.report, self.facts = session, key, order, report, facts
        self.taker, self.meanwhile = Taker(session, order), meanwhile

    def part(self, said: list[Parsed], done: int, counts: Counts) -> Counts:
        """Take these rows in behind the first `done` ones; the counts with them. Commits."""
        sizes = self.report.sizes()
        for left in reversed(range(TRIES)):
            try:
                return self._part(said, done, replace(counts))
            except DBAPIError:
                # Somebody changed the same records at the same moment, or the server went away.
                self.session.rollback()
                self.report.back_to(sizes)
                self.taker = Taker(self.session, self.order)
                if not left:
                    raise
        raise AssertionError

    def _part(self, said: list[Parsed], done: int, counts: Counts) -> Counts:
        connection = self.session.connection()
        mine = (_imports.c.id == self.key, _imports.c.state == State.RUNNING, _imports.c.read_upto == done)
        upto = done + len(said)
        if connection.execute(update(_imports).where(*mine).values(read_upto=upto)).rowcount != 1:
            raise _Overtaken
        made = self.taker.take(said, self.report, counts, meanwhile=self.meanwhile)
        facts = {**self.facts, "told": asdict(counts), "sizes": self.report.sizes()}
        connection.execute(update(_imports).where(_imports.c.id == self.key).values(counts=facts))
        keep_part(self.session, self.key, made)
        self.session.commit()
        return counts


def keep_part(session: Session, key: int, made: dict[str, Any]) -> None:
    """Keep what was added, behind the parts that there are."""
    connection = session.connection()
    latest = select(func.max(_parts.c.number)).where(_parts.c.import_id == key)
    number = (connection.scalar(latest) or 0) + 1
    connection.execute(_parts.insert(), [{"import_id": key, "number": number, "made": made}])


def _end(
    session: Session, shelf: Shelf, key: int, state: State, told: dict[str, Any], at: datetime | None = None
) -> None:
    """Leave the import in that state. Commits."""
    session.rollback()
    record = session.get_one(Import, key, populate_existing=True)
    shelf.go_on(record.stored_as)
    record.counts = {**record.counts, **told}
    record.state = state
    record.ended_at = at
    session.commit()


def _fail(session: Session, shelf: Shelf, key: int, why: CrmError) -> None:
    session.rollback()
    record = session.get_one(Import, key, populate_existing=True)
    state = State.STOPPED if record.read_upto else State.FAILED
    _end(session, shelf, key, state, {"why": {"text": why.text, "facts": why.facts}})

"""The life of one import: received, checked, taken in. Steps are asked for, then done by whoever is free."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any, BinaryIO

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from crm import history
from crm.accounts.models import Account
from crm.directory.importing import columns, refusals, taking
from crm.directory.importing.report import Report
from crm.directory.importing.shelf import Shelf
from crm.directory.models import Import
from crm.errors import CrmError
from crm.web import tables_in

SAMPLES = 3
# What no sign of life came from for so long is done by somebody else, from its beginning.
STALLED_AFTER = 120  # seconds


class State(StrEnum):
    """Where an import stands; those asked for wait for whoever does the work."""

    READ = "read"
    CHECK_ASKED = "check asked"
    CHECKING = "checking"
    CHECKED = "checked"
    ASKED = "asked"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


WAITING = {State.CHECK_ASKED: State.CHECKING, State.ASKED: State.RUNNING}
AT_WORK = frozenset({*WAITING, *WAITING.values()})


def receive(
    session: Session, shelf: Shelf, stream: BinaryIO, *, file_name: str, by: str, at: datetime
) -> Import:
    """Keep the file and propose what its columns mean, from memory where such a file came before.

    Read to its end, so that one that breaks off is refused now. Raises TableRefused, NoRows.
    """
    stored_as = shelf.keep(stream)
    try:
        with tables_in.read(shelf.file(stored_as), file_name) as table:
            first = list(islice(table.rows, SAMPLES))
            count = len(first) + sum(1 for _ in table.rows)
        if not count:
            raise refusals.NoRows(file=file_name)
    except CrmError:
        shelf.discard(stored_as)
        raise
    shelf.keep_samples(stored_as, [row.cells[: len(table.columns)] for row in first])
    record = Import(
        file_name=file_name,
        stored_as=stored_as,
        mapping=_remembered(session, table.columns) or _proposed(table.columns),
        counts={"rows": count, "digest": _digest(shelf, stored_as)},
        state=State.READ,
        created_at=at,
        created_by=by,
    )
    session.add(record)
    session.flush()
    return record


def _proposed(names: Sequence[str]) -> dict[str, str]:
    known = columns.proposed(names)
    return {name: str(known.get(name, "")) for name in names}


def _remembered(session: Session, names: Sequence[str]) -> dict[str, str] | None:
    """What the same columns meant the last time that a file had them."""
    done = select(Import).where(Import.state == State.DONE).order_by(Import.id.desc()).limit(20)
    for former in session.scalars(done):
        if list(former.mapping) == list(names):
            return dict(former.mapping)
    return None


def _digest(shelf: Shelf, stored_as: str) -> str:
    with shelf.file(stored_as).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def same_before(session: Session, record: Import) -> Import | None:
    """The import that took in exactly this file before."""
    done = select(Import).where(Import.state == State.DONE, Import.id != record.id)
    for former in session.scalars(done.order_by(Import.id.desc()).limit(200)):
        if former.counts.get("digest") == record.counts.get("digest"):
            return former
    return None


def ask_check(record: Import, mapping: Mapping[str, str]) -> None:
    """Ask for a dry run with these meanings of the columns. Raises what `columns.checked` raises,
    StillWaiting, AlreadyApplied."""
    _open(record)
    columns.checked(list(record.mapping), mapping)
    record.mapping = dict(mapping)
    record.state = State.CHECK_ASKED


def ask_apply(record: Import) -> None:
    """Ask for the file to be taken in as it was checked. Raises StillWaiting, AlreadyApplied."""
    _open(record)
    if record.state != State.CHECKED:
        raise refusals.NotChecked
    record.state = State.ASKED


def leave(session: Session, shelf: Shelf, record: Import) -> None:
    """Forget the file and that it came. Raises StillWaiting, AlreadyApplied."""
    _open(record)
    shelf.discard(record.stored_as)
    session.delete(record)


def _open(record: Import) -> None:
    if record.state in AT_WORK:
        raise refusals.StillWaiting
    if record.state == State.DONE:
        raise refusals.AlreadyApplied


def next_asked(session: Session, shelf: Shelf) -> int | None:
    """The key of an import that somebody asked for and nobody is at, or whose worker fell silent."""
    rows = session.scalars(select(Import).where(Import.state.in_(AT_WORK)).order_by(Import.id))
    for record in rows:
        if record.state in WAITING or shelf.progress(record.stored_as)[1] > STALLED_AFTER:
            return record.id
    return None


def claim(session: Session, shelf: Shelf, key: int) -> bool:
    """Begin what was asked for; False when there is nothing to begin. Commits."""
    record = session.get(Import, key, populate_existing=True)
    if record is None or record.state not in AT_WORK:
        session.rollback()
        return False
    state = State(record.state)
    shelf.tell(record.stored_as, 0)
    begun = WAITING.get(state, state)
    claimed = update(Import).where(Import.id == key, Import.state == state).values(state=begun)
    done = session.connection().execute(claimed).rowcount == 1
    session.commit()
    return done


def work(session: Session, shelf: Shelf, key: int, *, at: datetime) -> None:
    """Do what was claimed: a dry run leaves its counts alone, the real one everything. Commits.

    Rows, counts and the state `done` are one transaction: a worker that dies leaves nothing behind,
    and one that comes second finds that nothing is left to do.
    """
    record = session.get_one(Import, key, populate_existing=True)
    is_real, stored_as = record.state == State.RUNNING, record.stored_as
    history.act_as(session, record.created_by)
    try:
        counts = _take(session, shelf, record, at=at)
    except OperationalError:
        # Nobody could write just now: it is tried again.
        session.rollback()
        raise
    except (CrmError, IntegrityError) as refusal:
        _fail(session, key, refusal if isinstance(refusal, CrmError) else refusals.Interrupted(), at)
        return
    except Exception:
        _fail(session, key, refusals.Broken(), at)
        raise
    if counts is None:
        session.rollback()
        return
    if not is_real:
        session.rollback()
    _end(session, key, State.DONE if is_real else State.CHECKED, at, {"why": None, "told": counts})
    session.commit()
    if is_real:
        shelf.done_with(stored_as)


def _fail(session: Session, key: int, why: CrmError, at: datetime) -> None:
    session.rollback()
    _end(session, key, State.FAILED, at, {"why": {"text": why.text, "facts": why.facts}})
    session.commit()


def _take(session: Session, shelf: Shelf, record: Import, *, at: datetime) -> dict[str, Any] | None:
    """Take the rows in; their counts, or None when somebody else did so meanwhile."""
    stored_as, names = record.stored_as, list(record.mapping)
    if not shelf.file(stored_as).is_file():
        raise refusals.FileGone(file=record.file_name)
    order = taking.Order(
        fields=columns.checked(names, record.mapping),
        kinds=taking.kinds(session, language_of(session, record.created_by)),
        source=record.file_name,
        import_id=record.id,
        by=record.created_by,
        at=at,
    )
    # Held until the end: two workers cannot both take the same file in.
    held = update(Import).where(Import.id == record.id, Import.state == record.state)
    if session.connection().execute(held.values(state=record.state)).rowcount != 1:
        return None
    with (
        tables_in.read(shelf.file(stored_as), record.file_name) as table,
        Report(shelf.report(stored_as)) as report,
    ):
        counts = taking.take(session, table, order, report, told=lambda read: shelf.tell(stored_as, read))
    return asdict(counts)


def language_of(session: Session, email: str) -> str:
    """The language of that account; French for a command."""
    return session.scalar(select(Account.language).where(Account.email == email)) or "fr"


def _end(session: Session, key: int, state: State, at: datetime, told: dict[str, Any]) -> None:
    record = session.get_one(Import, key)
    record.counts = {**record.counts, **told}
    record.state = state
    record.ended_at = at if state is State.DONE else None

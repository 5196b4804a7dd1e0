"""The life of one import: received, checked, taken in, undone. Steps are asked for, then done by whoever
is free (`running`)."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import islice
from pathlib import PurePath
from typing import BinaryIO

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.directory.importing import columns, extra, layouts, refusals
from crm.directory.importing.choices import Key, Mode
from crm.directory.importing.columns import Field
from crm.directory.importing.shelf import Shelf
from crm.directory.models import Import, ImportMapping
from crm.errors import CrmError
from crm.text import clean

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
    STOPPED = "stopped"
    DONE = "done"
    FAILED = "failed"
    UNDO_ASKED = "undo asked"
    UNDOING = "undoing"
    UNDONE = "undone"


WAITING = {
    State.CHECK_ASKED: State.CHECKING,
    State.ASKED: State.RUNNING,
    State.UNDO_ASKED: State.UNDOING,
}
AT_WORK = frozenset({*WAITING, *WAITING.values()})


def receive(
    session: Session,
    shelf: Shelf,
    stream: BinaryIO,
    *,
    file_name: str,
    by: str,
    at: datetime,
    most_bytes: int | None = None,
) -> Import:
    """Keep the file and propose what its columns mean, from memory where such a file came before.

    Read to its end, so that one that breaks off is refused now. Raises TableRefused, NoRows.
    """
    stored_as = shelf.keep(stream)
    try:
        with layouts.opened(shelf.file(stored_as), file_name, most_bytes=most_bytes) as table:
            first = list(islice(table.rows, SAMPLES))
            count = len(first) + sum(1 for _ in table.rows)
        if not count:
            raise refusals.NoRows(file=file_name)
    except CrmError:
        shelf.discard(stored_as)
        raise
    shelf.keep_samples(stored_as, [row.cells[: len(table.columns)] for row in first])
    record = Import(
        name=PurePath(file_name).stem[:200],
        file_name=file_name,
        stored_as=stored_as,
        mapping=_proposed(session, table.columns),
        counts={"rows": count, "digest": _digest(shelf, stored_as)},
        state=State.READ,
        created_at=at,
        created_by=by,
    )
    _remember_how(session, record)
    session.add(record)
    session.flush()
    return record


def _proposed(session: Session, names: Sequence[str]) -> dict[str, str]:
    known = columns.proposed(names, extra.columns(session))
    return {name: str(known.get(name, "")) for name in names}


def _remember_how(session: Session, record: Import) -> None:
    """Propose what was saved for the same columns, else what they meant the last time they came."""
    names = list(record.mapping)
    if kept := saved_for(session, names):
        use(record, kept[0])
        return
    done = select(Import).where(Import.state == State.DONE).order_by(Import.id.desc()).limit(20)
    for former in session.scalars(done):
        if list(former.mapping) == names:
            record.mapping = dict(former.mapping)
            record.mode, record.merge_key = former.mode, former.merge_key
            return


def saved_for(session: Session, names: Sequence[str]) -> list[ImportMapping]:
    """The meanings saved for exactly these columns, the latest used first."""
    rows = session.scalars(select(ImportMapping).order_by(ImportMapping.used_at.desc(), ImportMapping.id))
    return [kept for kept in rows if kept.columns == list(names)]


def use(record: Import, kept: ImportMapping) -> None:
    """Propose the saved meanings; a column that they do not speak of keeps what it has."""
    record.mapping = {name: kept.mapping.get(name, meant) for name, meant in record.mapping.items()}
    record.mode, record.merge_key = kept.mode, kept.merge_key


def remember(session: Session, record: Import, name: str, *, by: str, at: datetime) -> ImportMapping:
    """Save the meanings of the import's columns under that name, in place of those that had it."""
    kept = session.scalar(select(ImportMapping).where(ImportMapping.name == name))
    if kept is None:
        kept = ImportMapping(name=name)
        session.add(kept)
    kept.columns, kept.mapping = list(record.mapping), dict(record.mapping)
    kept.mode, kept.merge_key = record.mode, record.merge_key
    kept.used_at, kept.created_by = at, by
    session.flush()
    return kept


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


def ask_check(
    session: Session,
    record: Import,
    mapping: Mapping[str, str],
    *,
    name: str = "",
    mode: Mode = Mode.FILL,
    key: Key = Key.ANY,
) -> None:
    """Ask for a dry run with these meanings of the columns. Raises what `columns.checked` raises,
    KeyNotInFile, StillWaiting, AlreadyApplied."""
    _open(record)
    meant = columns.checked(list(record.mapping), mapping, extra.columns(session))
    if key is not Key.ANY and not _KEY_FIELDS[key] & {one for one in meant if isinstance(one, Field)}:
        raise refusals.KeyNotInFile
    # Another name alone is a change of the mapping too, for JSON is compared as a whole.
    record.mapping = {column: mapping.get(column, "") for column in record.mapping}
    record.name = clean(name)[:200] or record.name
    record.mode, record.merge_key = mode, key
    record.state = State.CHECK_ASKED


_KEY_FIELDS = {
    Key.ADDRESS: {Field.EMAIL},
    Key.SIREN: {Field.SIREN, Field.SIRET, Field.TERRITORY},
    Key.REFERENCE: {Field.PERSON_REFERENCE, Field.ORGANISATION_REFERENCE},
}


def ask_apply(record: Import) -> None:
    """Ask for the file to be taken in as it was checked. Raises StillWaiting, AlreadyApplied."""
    _open(record)
    if record.state != State.CHECKED:
        raise refusals.NotChecked
    record.state = State.ASKED


def stop(session: Session, shelf: Shelf, record: Import) -> None:
    """Ask whoever is at the file to end after the rows in hand. Raises NotAtWork."""
    before = {
        State.CHECK_ASKED: State.READ,
        State.CHECKING: State.READ,
        State.ASKED: State.STOPPED if record.read_upto else State.CHECKED,
        State.RUNNING: State.STOPPED,
    }.get(State(record.state))
    if before is None:
        raise refusals.NotAtWork
    if record.state in WAITING or shelf.progress(record.stored_as)[1] > STALLED_AFTER:
        # Nobody is at it who would look.
        stopped = update(Import).where(Import.id == record.id, Import.state == record.state)
        session.execute(stopped.values(state=before))
    else:
        shelf.ask_stop(record.stored_as)


def ask_resume(shelf: Shelf, record: Import) -> None:
    """Ask for the rows that are left of an import that was stopped. Raises NothingToResume, FileGone."""
    if record.state != State.STOPPED:
        raise refusals.NothingToResume
    if not shelf.file(record.stored_as).is_file():
        raise refusals.FileGone(file=record.file_name)
    shelf.go_on(record.stored_as)
    record.state = State.ASKED


def ask_undo(record: Import) -> None:
    """Ask for what the import brought to be taken away again. Raises StillWaiting, NothingToUndo."""
    if record.state in AT_WORK:
        raise refusals.StillWaiting
    if record.state not in (State.DONE, State.STOPPED) or not record.read_upto:
        raise refusals.NothingToUndo
    record.state = State.UNDO_ASKED


def rename(record: Import, name: str) -> None:
    """Call the batch otherwise; without a name it has that of its file."""
    record.name = clean(name)[:200]


def leave(session: Session, shelf: Shelf, record: Import) -> None:
    """Forget the file and that it came. Raises StillWaiting, AlreadyApplied."""
    _open(record)
    shelf.discard(record.stored_as)
    session.delete(record)


def _open(record: Import) -> None:
    if record.state in AT_WORK:
        raise refusals.StillWaiting
    if record.state not in (State.READ, State.CHECKED, State.FAILED):
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
    shelf.tell(record.stored_as, record.read_upto if state is State.RUNNING else 0)
    begun = WAITING.get(state, state)
    claimed = update(Import).where(Import.id == key, Import.state == state).values(state=begun)
    done = session.connection().execute(claimed).rowcount == 1
    session.commit()
    return done

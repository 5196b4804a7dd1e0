"""Opening official files: archives, folders, JSON and tables, each told by what it holds."""

import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crm.kits.parliament.reading import assembly, places, senate
from crm.kits.parliament.reading.told import (
    BAD_JSON,
    BrokenArchive,
    BrokenJson,
    Fault,
    NothingInIt,
    Swells,
    Told,
    TooDeep,
    TooLarge,
    TooManyEntries,
    UnknownFile,
)
from crm.text import fold
from crm.web import tables_in

MOST_BYTES = 60_000_000
MOST_ENTRIES = 20_000
MOST_ENTRY = 5_000_000
MOST_UNPACKED = 400_000_000


Rows = Iterable[tuple[int, Mapping[str, str]]]
TABLES: tuple[tuple[frozenset[str], Callable[[str, Rows], Told]], ...] = (
    (assembly.CSV_COLUMNS, assembly.spreadsheet),
    (assembly.DATAN_COLUMNS, assembly.datan),
    (senate.CSV_COLUMNS, senate.general),
    (places.COLUMNS, places.composition),
)


@dataclass
class _Archive:
    """The actors and organs of the Assemblée, which come in one file each; what was unpacked to read them."""

    actors: list[tuple[str, Any]] = field(default_factory=list)
    organs: list[Any] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    entries: int = 0
    unpacked: int = 0

    def takes(self, where: str, known: Any) -> bool:
        """Whether the JSON is of this kind, and then kept."""
        if not isinstance(known, dict):
            return False
        if isinstance(known.get("acteur"), dict):
            self.actors.append((where, known["acteur"]))
        elif isinstance(known.get("organe"), dict):
            self.organs.append(known["organe"])
        elif actors := assembly.several(assembly.part(known, "export", "acteurs", "acteur")):
            self.actors += [(f"{where} {number}", actor) for number, actor in enumerate(actors, 1)]
            self.organs += assembly.several(assembly.part(known, "export", "organes", "organe"))
        else:
            return False
        return True


def read(paths: Sequence[tuple[str, Path]]) -> list[Told]:
    """What the files say, each with the name that its sender gave it; folders are read through.

    Raises `told.Unreadable`, UnknownFile, NothingInIt, and what `tables_in.read` raises of a table.
    """
    archive, told = _Archive(), []
    for name, path in paths:
        if path.is_dir():
            archive.names.append(name)
            for entry in sorted(path.rglob("*.json")):
                _entry(archive, entry.relative_to(path).as_posix(), entry.read_bytes())
        else:
            told += _file(archive, name, path)
    if archive.names:
        deputies = assembly.amo(", ".join(archive.names), archive.actors, archive.organs)
        deputies.faults += archive.faults
        told.append(deputies)
    for one in told:
        if not (one.members or one.places):
            raise NothingInIt(file=one.file)
    return told


def _file(archive: _Archive, name: str, path: Path) -> list[Told]:
    if path.stat().st_size > MOST_BYTES:
        raise TooLarge(file=name, most=MOST_BYTES // 1_000_000)
    with path.open("rb") as start:
        head = start.read(4)
    if head[:2] == b"PK" and not _is_workbook(name, path):
        archive.names.append(name)
        for where, content in _entries(archive, name, path):
            _entry(archive, where, content)
        return []
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        known = _parsed(name, path.read_bytes())
        if archive.takes(name, known):
            archive.names.append(name)
            return []
        if isinstance(known, list) and any(
            isinstance(one, dict) and one.keys() >= senate.JSON_FIELDS for one in known
        ):
            return [senate.api(name, known)]
        raise UnknownFile(file=name, found=_fields(known))
    return [_table(name, path)]


def _is_workbook(name: str, path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(
                entry in ("xl/workbook.xml", "mimetype", "content.xml") for entry in archive.namelist()[:50]
            )
    except (zipfile.BadZipFile, OSError):
        raise BrokenArchive(file=name) from None


def _entries(reading: _Archive, name: str, path: Path) -> Iterator[tuple[str, bytes]]:
    """The JSON files of an archive, read one after the other, within limits for all files together."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            reading.entries += len(entries)
            if reading.entries > MOST_ENTRIES:
                raise TooManyEntries(file=name, most=MOST_ENTRIES)
            for entry in entries:
                if entry.is_dir() or not entry.filename.lower().endswith(".json"):
                    continue
                with archive.open(entry) as source:
                    # What the archive says of its sizes is not believed.
                    content = source.read(MOST_ENTRY * 40 + 1)
                reading.unpacked += len(content)
                if len(content) > MOST_ENTRY * 40 or reading.unpacked > MOST_UNPACKED:
                    raise Swells(file=name, most=MOST_UNPACKED // 1_000_000)
                yield entry.filename, content
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError, ValueError):
        raise BrokenArchive(file=name) from None


def _entry(archive: _Archive, where: str, content: bytes) -> None:
    """One JSON of many: one that is damaged is told and left out."""
    try:
        archive.takes(where, json.loads(content))
    except (ValueError, RecursionError) as error:
        archive.faults.append(Fault(where, where, BAD_JSON, {"why": str(error)[:200]}))


def _parsed(name: str, content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BrokenJson(file=name, place=error.start) from None
    except json.JSONDecodeError as error:
        raise BrokenJson(file=name, place=error.pos) from None
    except RecursionError:
        raise TooDeep(file=name) from None


def _fields(known: Any) -> str:
    one = known[0] if isinstance(known, list) and known else known
    return ", ".join(sorted(map(str, one))[:12]) if isinstance(one, dict) else type(one).__name__


def _table(name: str, path: Path) -> Told:
    with tables_in.read(io.BytesIO(_without_query(path)), name, most_bytes=MOST_BYTES) as table:
        columns = [_column(column) for column in table.columns]
        for needed, reader in TABLES:
            if needed <= set(columns):
                rows = ((row.number, dict(zip(columns, row.cells, strict=False))) for row in table.rows)
                return reader(name, _filled(rows, columns))
        raise UnknownFile(file=name, found=", ".join(table.columns[:12]))


def _column(header: str) -> str:
    """The folded header; of `departementCode` and `DepartementCode` one word."""
    return fold(header.lstrip("#"))


def _filled(rows: Rows, columns: Sequence[str]) -> Rows:
    """A short row lacks cells: they are empty."""
    empty = dict.fromkeys(columns, "")
    for number, row in rows:
        yield number, {**empty, **row}


def _without_query(path: Path) -> bytes:
    """The Sénat writes its SQL query before the table, in lines that begin with %, and a count behind it."""
    content = path.read_bytes()
    if b"\n%" not in content and not content.startswith(b"%"):
        return content
    return b"".join(line for line in content.splitlines(keepends=True) if not line.startswith(b"%"))

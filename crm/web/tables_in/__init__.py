"""Tables in: CSV, XLSX, ODS and XLS from strangers, as rows of trimmed text.

What a file is is told from its bytes, never from its name. A file that cannot be trusted is refused
whole, before its first row (`refusals.TableRefused`); a row that does not fit carries its refusal.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple

from crm.text import clean, fold
from crm.web.tables_in import refusals
from crm.web.tables_in.refusals import RowRefused, TableRefused

__all__ = ["MOST_BYTES", "MOST_COLUMNS", "Row", "RowRefused", "Table", "TableRefused", "raw", "read"]

MOST_BYTES = 50_000_000
MOST_COLUMNS = 200
_HEADING_ROWS = 20


class Row(NamedTuple):
    """One row: its number as a spreadsheet shows it, one cell per column, and why it cannot be used.

    A refused row keeps all the cells that were read, as they were read.
    """

    number: int
    cells: list[str]
    refusal: RowRefused | None = None


@dataclass
class Table:
    """A table open for reading, once, from top to bottom; `with` closes the file it opened.

    `encoding` and `separator` are a CSV's, `sheet` a workbook's.
    """

    columns: list[str]
    rows: Iterator[Row]
    encoding: str | None = None
    separator: str | None = None
    sheet: str | None = None
    _open: ExitStack = field(default_factory=ExitStack, repr=False)

    def close(self) -> None:
        self._open.close()

    def __enter__(self) -> "Table":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read(
    source: Path | str | BinaryIO,
    filename: str | None = None,
    *,
    most_bytes: int = MOST_BYTES,
    most_columns: int = MOST_COLUMNS,
) -> Table:
    """Open the table in a file or seekable binary stream. `filename` is what its sender calls it.

    Days are ISO, numbers have no needless decimals, texts such as `01400` stay as they are. The first
    row that is not a lone heading names the columns; blank rows are left out. Raises TableRefused.
    """
    from crm.web.tables_in import delimited, workbooks

    with ExitStack() as held:
        if isinstance(source, str | Path):
            filename = filename or Path(source).name
            stream: BinaryIO = held.enter_context(Path(source).open("rb"))
        else:
            stream = source
        file = filename or "?"
        _measure(stream, file, most_bytes)
        if workbooks.is_one(stream, file):
            sheet, records = workbooks.records(stream, file)
            held.callback(records.close)
            columns, rows = assembled(records, file, most_columns)
            table = Table(columns, rows, sheet=sheet)
        else:
            layout, records = delimited.records(stream, file)
            held.callback(records.close)
            columns, rows = assembled(records, file, most_columns)
            table = Table(columns, rows, encoding=layout.encoding, separator=layout.separator)
        table._open = held.pop_all()
        return table


@contextmanager
def raw(
    stream: BinaryIO, filename: str, separator: str | None = None, *, most_bytes: int = MOST_BYTES
) -> Iterator[Iterator[Row]]:
    """Every row as it stands, blank ones too: for files that hold several tables. Raises TableRefused.

    `separator` is tried instead of the one that the file seems to have.
    """
    from crm.web.tables_in import delimited, workbooks

    _measure(stream, filename, most_bytes)
    if workbooks.is_one(stream, filename):
        _sheet, records = workbooks.records(stream, filename)
    else:
        _layout, records = delimited.records(stream, filename, separator)
    try:
        yield records
    finally:
        records.close()
        stream.seek(0)


def _measure(stream: BinaryIO, file: str, most: int) -> None:
    """Refuse what is too large, or nothing at all."""
    size = stream.seek(0, 2)
    stream.seek(0)
    if size > most:
        raise refusals.TooLarge(file=file, size=-(-size // 1_000_000), most=most // 1_000_000)
    if size == 0:
        raise refusals.EmptyTable(file=file)


def assembled(records: Iterator[Row], file: str, most_columns: int) -> tuple[list[str], Iterator[Row]]:
    """The names of the columns, and the rows below them fitted to their number."""
    head = list(islice(records, _HEADING_ROWS))
    filled = [sum(1 for cell in record.cells if cell) for record in head]
    if not any(filled):
        raise refusals.EmptyTable(file=file)
    # A title or "exported by … on …" stands alone in its row; the names of columns do not.
    fewest = 2 if max(filled) > 1 else 1
    place = next(place for place, count in enumerate(filled) if count >= fewest)
    columns = _columns(head[place].cells, file, most_columns)
    return columns, _fitted(chain(head[place + 1 :], records), len(columns))


def _columns(cells: list[str], file: str, most: int) -> list[str]:
    names = [clean(cell.replace("\n", " ")) for cell in cells]
    while names and not names[-1]:
        names.pop()
    if len(names) > most:
        raise refusals.TooManyColumns(file=file, most=most)
    if value := next((name for name in names if _is_a_value(name)), None):
        raise refusals.NoHeader(file=file, cell=value)
    names = [name or f"({_letters(place)})" for place, name in enumerate(names)]
    seen: dict[str, str] = {}
    copies: dict[str, str] = {}
    for name in names:
        key = fold(name) or name
        if key in seen:
            copies.setdefault(key, seen[key])
        seen.setdefault(key, name)
    if copies:
        raise refusals.DuplicatedColumns(
            file=file, columns=", ".join(f"“{name}”" for name in copies.values())
        )
    return names


def _is_a_value(cell: str) -> bool:
    """No column is named so: an e-mail address, or the digits of a SIREN, a postcode, a phone number."""
    local, at, host = cell.partition("@")
    digits = cell.replace(" ", "").lstrip("+")
    return bool(at and local and "." in host and " " not in cell) or (digits.isdecimal() and len(digits) > 4)


def _letters(place: int) -> str:
    """The column's letters in a spreadsheet: 0 is A, 26 is AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _fitted(records: Iterable[Row], width: int) -> Iterator[Row]:
    """Rows of exactly `width` cells; blank ones left out, longer ones refused."""
    for record in records:
        number, cells, refusal = record
        missing = width - len(cells)
        if refusal is not None:
            yield record
            continue
        if missing > 0:
            cells += [""] * missing
        elif missing < 0:
            if any(cells[width:]):
                used = max(place for place, cell in enumerate(cells, 1) if cell)
                yield Row(number, cells[:used], refusals.RowTooLong(cells=used, columns=width))
                continue
            del cells[width:]
        if any(cells):
            yield record

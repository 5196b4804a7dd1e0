"""Reading XLSX, ODS and XLS through calamine, after making sure that opening them is safe.

calamine holds the used rectangle of a sheet in memory, so the rectangle is measured first: two cells
in opposite corners of a sheet would ask for hundreds of gigabytes.
"""

import re
import zipfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from crm.web.tables_in import Row, refusals

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BINARY = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"PK\x05\x06")
_MOST_UNPACKED = 400_000_000
_MOST_RATIO = 250
_RATIO_MATTERS_FROM = 20_000_000
_MOST_CELLS = 10_000_000
_BLOCK = 1 << 20
# The stream of an encrypted XLSX by name; FILEPASS in XLS, versions 8 and 5 ([MS-XLS] 2.4.117).
_LOCKED = re.compile(
    re.escape("EncryptedPackage".encode("utf-16-le"))
    + rb"|\x09\x08(?:\x10\0\0\x06\x05\0.{12}|\x08\0\0\x05\x05\0.{4})(?:\x86\0\0\0)?\x2f\0",
    re.DOTALL,
)
_OVERLAP = 1 << 16
_CELL = re.compile(rb"""<(?:\w+:)?c [^>]*?r=["']([A-Z]{1,3})(\d{1,7})["'][^>]*(?<!/)>""")
# A formula that no spreadsheet program has computed yet; an empty text is a result (t="str").
_UNCOMPUTED = re.compile(
    rb"""<(?:\w+:)?c (?![^>]*\bt=["']str["'])[^>]*?r=["']([A-Z]{1,3}\d{1,7})["'][^>]*(?<!/)>"""
    rb"""\s*<(?:\w+:)?f(?:\s[^>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?"""
    rb"""\s*</(?:\w+:)?c>"""
)
# In ODS one element may stand for many: harmless when empty, a bomb when it holds something.
_REPEATED_CELL = re.compile(rb'<table:table-cell[^>]*columns-repeated="\d{4,}"[^>]*(?<!/)>')
_REPEATED_ROW = re.compile(
    rb'<table:table-row[^>]*rows-repeated="\d{5,}"[^>]*(?<!/)>(?:(?!</table:table-row>).)*?<text:p', re.DOTALL
)


def is_one(stream: BinaryIO, file: str) -> bool:
    """Is it a workbook? Raises TableRefused for what is neither workbook nor text."""
    start = stream.read(8)
    stream.seek(0)
    if start.startswith(_BINARY):
        raise refusals.TableRefused(file=file)
    return start.startswith((_ZIP, _OLE))


def records(stream: BinaryIO, file: str) -> tuple[str, Generator[Row, None, None]]:
    """The name of the first visible sheet with rows, and its records numbered as the sheet shows them."""
    if stream.read(4) == _ZIP:
        _inspect(stream, file)
    elif _is_encrypted(stream):
        raise refusals.Protected(file=file)
    stream.seek(0)
    with _refusing(file):
        book = CalamineWorkbook.from_filelike(stream)
        sheet = _first_with_rows(book, file)
    return sheet.name, _records(sheet)


@contextmanager
def _refusing(file: str) -> Iterator[None]:
    try:
        yield
    except PasswordError as error:
        raise refusals.Protected(file=file) from error
    except (CalamineError, OSError, ValueError) as error:
        raise refusals.Truncated(file=file) from error
    except BaseException as error:
        # A panic of the Rust reader is no Exception and has no class to import.
        if type(error).__name__ == "PanicException":
            raise refusals.Truncated(file=file) from error
        raise


def _inspect(stream: BinaryIO, file: str) -> None:
    """Refuse an archive that is damaged, encrypted, no workbook, or larger inside than is reasonable."""
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
            if any(entry.flag_bits & 1 for entry in entries):
                raise refusals.Protected(file=file)
            _weigh(entries, file)
            names = {entry.filename for entry in entries}
            if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read(
                "META-INF/manifest.xml"
            ):
                raise refusals.Protected(file=file)
            if not names & {"xl/workbook.xml", "content.xml"}:
                raise refusals.TableRefused(file=file)
            for entry in entries:
                _measure(archive, entry, file)
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise refusals.Truncated(file=file) from error


def _weigh(entries: list[zipfile.ZipInfo], file: str) -> None:
    """By the sizes that the archive declares; reading it then shows whether they are true."""
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries) or 1
    if unpacked > _MOST_UNPACKED or (unpacked > _RATIO_MATTERS_FROM and unpacked / packed > _MOST_RATIO):
        raise refusals.Swollen(file=file)


def _measure(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, file: str) -> None:
    """Unpack one entry, which checks it against its sum, and measure the rectangle it fills."""
    is_sheet = entry.filename.startswith("xl/worksheets/") or entry.filename == "content.xml"
    columns: set[bytes] = set()
    last_row = 1
    kept = b""
    with archive.open(entry) as part:
        while block := part.read(_BLOCK):
            if not is_sheet:
                continue
            window = kept + block
            if _REPEATED_CELL.search(window) or _REPEATED_ROW.search(window):
                raise refusals.Swollen(file=file)
            if b"<f" in window and (bare := _UNCOMPUTED.search(window)):
                raise refusals.Uncomputed(file=file, cell=bare[1].decode())
            found = _CELL.findall(window)
            columns.update({letters for letters, _row in found})
            last_row = max(last_row, max((int(row) for _letters, row in found), default=1))
            kept = window[-_OVERLAP:]
    if last_row * max(map(_number, columns), default=1) > _MOST_CELLS:
        raise refusals.Swollen(file=file)


def _number(letters: bytes) -> int:
    """The column of those letters: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _is_encrypted(stream: BinaryIO) -> bool:
    """Is the OLE file an XLSX with a password, or an XLS whose first record after BOF says so?"""
    stream.seek(0)
    kept = b""
    while block := stream.read(_BLOCK):
        if _LOCKED.search(kept + block):
            return True
        kept = block[-64:]
    return False


def _first_with_rows(book: CalamineWorkbook, file: str) -> CalamineSheet:
    for place, about in enumerate(book.sheets_metadata):
        if about.typ == SheetTypeEnum.WorkSheet and about.visible == SheetVisibleEnum.Visible:
            sheet = book.get_sheet_by_index(place)
            if sheet.height:
                return sheet
    raise refusals.EmptyTable(file=file)


def _records(sheet: CalamineSheet) -> Generator[Row, None, None]:
    tall = _tall_cells(sheet)
    for number, values in enumerate(sheet.iter_rows(), 1):
        cells = [value.strip() if type(value) is str else _TEXT[type(value)](value) for value in values]
        if tall is not None:
            tall.fill(number, cells)
        yield Row(number, cells)


def _tall_cells(sheet: CalamineSheet) -> "_Tall | None":
    """The cells merged over several rows, if there are any."""
    ranges = sheet.merged_cell_ranges or []
    found = [(first, last) for first, last in ranges if last[0] > first[0]]
    return _Tall(found) if found else None


class _Tall:
    """Cells merged over several rows: each row has the value, as its reader sees it.

    Those of the row that names the columns, or above it, are left: they say nothing of the rows below.
    """

    def __init__(self, ranges: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
        self._ranges = sorted(ranges, reverse=True)
        self._open: dict[int, tuple[int, str]] = {}
        self._is_below = False

    def fill(self, number: int, cells: list[str]) -> None:
        """Put the values in hand into this row (counted from 1); take up those that begin here."""
        while self._ranges and self._ranges[-1][0][0] < number:
            (_top, column), (bottom, _right) = self._ranges.pop()
            if self._is_below and column < len(cells):
                self._open[column] = (bottom + 1, cells[column])
        for column, (last, value) in list(self._open.items()):
            if number > last:
                del self._open[column]
            elif not cells[column]:
                cells[column] = value
        self._is_below = self._is_below or sum(1 for cell in cells if cell) > 1


def _decimal(value: float) -> str:
    """As the spreadsheet shows it: 15 digits, none needless, no exponent for whole numbers."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"


def _moment(value: datetime) -> str:
    if value.time() == time():
        return value.date().isoformat()
    return value.isoformat(sep=" ", timespec="minutes" if not value.second else "seconds")


_TEXT: dict[type, Callable[[Any], str]] = {
    int: str,
    float: _decimal,
    bool: lambda value: "1" if value else "0",
    datetime: _moment,
    date: date.isoformat,
    time: lambda value: value.isoformat(timespec="minutes" if not value.second else "seconds"),
    timedelta: str,
    type(None): lambda _value: "",
}

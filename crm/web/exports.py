"""Tables out: CSV and XLSX that open correctly in a French Excel, streamed, safe and logged.

A cell that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, CSV injection), also
when the formula stands behind white space or marks that nobody sees, which some programs take off; numbers
and phone numbers do not need it, and `unguarded` takes it off again on import.
"""

import csv
import io
import re
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from crm.db import db, reading
from crm.web.models import Export

CSV = "csv"
XLSX = "xlsx"
MEDIA_TYPES = {
    CSV: "text/csv",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

# Letters that look like nothing: Braille blank, Hangul fillers.
_BLANKS = frozenset((0x115F, 0x1160, 0x2800, 0x3164, 0xFFA0))
_FORMULA = tuple("=+-@＝＋－＠")
# What may stand unseen before a formula: white space, controls, byte order marks, joiners, directions.
_UNSEEN = frozenset(
    chr(code)
    for first, last in ((0, 0x400), (0x600, 0x900), (0x1680, 0x1810), (0x2000, 0x2070), (0x2800, 0x2801),
                        (0x3000, 0x3001), (0x3164, 0x3165), (0xFE00, 0xFE10), (0xFEFF, 0xFF00),
                        (0xFFA0, 0xFFA1), (0xFFF9, 0xFFFC), (0xE0000, 0xE01F0))
    for code in range(first, last)
    if unicodedata.category(chr(code)) in ("Zs", "Zl", "Zp", "Cc", "Cf", "Mn", "Cn") or code in _BLANKS
)  # fmt: skip
_BEFORE = "".join(_UNSEEN)
_MAYBE_RISKY = _UNSEEN | {*_FORMULA, "'"}
_HARMLESS = re.compile(r"[+-]?[\d\s.,()/\u00a0\u202f]*\d")


@dataclass(frozen=True)
class Column:
    """One column of a table: `key` in addresses and on the command line, `label` to be translated.

    `value` takes a row and gives text, a number, a date or None.
    """

    key: str
    label: str
    value: Callable[[Any], Any]


def guarded(text: str) -> str:
    """The text as a cell that no spreadsheet runs as a formula."""
    bare = text.lstrip(_BEFORE)
    is_risky = bare.startswith(_FORMULA) or text.startswith(("'", "\t", "\r", "\n"))
    return f"'{text}" if is_risky and not _HARMLESS.fullmatch(bare) else text


def unguarded(text: str) -> str:
    """What was there before `guarded`."""
    if len(text) > 1 and text[0] == "'" and guarded(text[1:]) == text:
        return text[1:]
    return text


def plain(value: Any) -> str:
    """A value as the text of a CSV cell: days as ISO, instants without seconds."""
    if isinstance(value, str):
        return guarded(value) if value[:1] in _MAYBE_RISKY else value
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def chosen(columns: Sequence[Column], keys: Iterable[str]) -> list[Column]:
    """The columns of that name in that order; all of them when no known name is given."""
    by_key = {column.key: column for column in columns}
    return [by_key[key] for key in keys if key in by_key] or list(columns)


def csv_chunks(
    columns: Sequence[Column],
    labels: Sequence[str],
    rows: Iterable[Any],
    heading: Sequence[str] = (),
) -> Iterator[bytes]:
    """The table as UTF-8 with BOM, `;` between cells and CRLF, a few hundred rows at a time."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    buffer.write("\ufeff")
    for line in heading:
        writer.writerow([guarded(line)])
    writer.writerow([guarded(label) for label in labels])
    values = [column.value for column in columns]
    # A response is streamed after its request; even then a long file must not keep others from writing.
    with reading():
        for number, row in enumerate(rows, 1):
            # Most cells are harmless text: those spare the call.
            writer.writerow(
                [
                    cell if type(cell := value(row)) is str and cell[:1] not in _MAYBE_RISKY else plain(cell)
                    for value in values
                ]
            )
            if number % 500 == 0:
                yield buffer.getvalue().encode()
                buffer.seek(0)
                buffer.truncate()
        yield buffer.getvalue().encode()


def _sheet_name(title: str) -> str:
    """The title without the signs a sheet may not bear, cut to the 31 UTF-16 units that Excel counts."""
    units = re.sub(r"[\[\]:*?/\\']", " ", title).encode("utf-16-le")[: 31 * 2]
    return units.decode("utf-16-le", "ignore").strip() or "1"


def xlsx_file(
    columns: Sequence[Column],
    labels: Sequence[str],
    rows: Iterable[Any],
    *,
    title: str,
    heading: Sequence[str] = (),
    author: str = "",
) -> io.BufferedIOBase:
    """The table as a workbook in a temporary file, written row by row; text cells stay text."""
    import xlsxwriter

    out = tempfile.TemporaryFile()  # noqa: SIM115  (the response closes it)
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    book = xlsxwriter.Workbook(out, {**options, "strings_to_numbers": False, "remove_timezone": True})
    book.set_properties({"title": title, "author": author})
    bold = book.add_format({"bold": True})
    forms = {
        datetime: book.add_format({"num_format": "dd/mm/yyyy hh:mm"}),
        date: book.add_format({"num_format": "dd/mm/yyyy"}),
    }
    sheet = book.add_worksheet(_sheet_name(title))
    sheet.set_column(0, max(len(columns) - 1, 0), 22)
    line = 0
    for words in heading:
        sheet.write_string(line, 0, words)
        line += 1
    line += 1 if heading else 0
    for place, label in enumerate(labels):
        sheet.write_string(line, place, label, bold)
    if not heading:
        sheet.freeze_panes(1, 0)
    values = [column.value for column in columns]
    write_text = sheet.write_string
    first = line + 1
    for below, row in enumerate(rows):
        line = first + below
        for place, value in enumerate(values):
            cell = value(row)
            if cell is None or cell == "":
                continue
            if type(cell) is str:
                write_text(line, place, cell)
            elif isinstance(cell, date):
                sheet.write_datetime(line, place, cell, forms[type(cell)])
            else:
                sheet.write(line, place, cell)
    book.close()
    out.seek(0)
    return out


def log(
    *,
    what: str,
    chosen: str,
    format: str,
    rows: int,
    by: str,
    at: datetime,
    purpose: str = "",
    digest: str | None = None,
) -> Export:
    """Remember who took which rows out and what for (RGPD, art. 5-2)."""
    export = Export(
        what=what,
        chosen=chosen,
        format=format,
        rows=rows,
        actor=by,
        at=at,
        purpose=purpose,
        digest=digest,
    )
    db.session.add(export)
    return export

"""Tables as strangers give them, and what reading them says."""

import io
import struct
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
import xlsxwriter

from crm.web import tables_in


def read(content: bytes | str, filename: str = "liste.csv", **limits: int) -> tables_in.Table:
    raw = content.encode() if isinstance(content, str) else content
    return tables_in.read(io.BytesIO(raw), filename, **limits)


def cells(content: bytes | str) -> list[list[str]]:
    table = read(content)
    return [table.columns, *(row.cells for row in table.rows)]


def refusal(content: bytes | str, filename: str = "liste.csv", **limits: int) -> tables_in.TableRefused:
    with pytest.raises(tables_in.TableRefused) as refused:
        list(read(content, filename, **limits).rows)
    return refused.value


def workbook(rows: list[list[Any]], **options: Any) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"default_date_format": "dd/mm/yyyy", **options})
    sheet = book.add_worksheet("Élus")
    for number, row in enumerate(rows):
        for place, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, place, value)
            else:
                sheet.write(number, place, value)
    book.close()
    return out.getvalue()


def zipped(**files: str | bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return out.getvalue()


def ods(rows: str, manifest: str = "") -> bytes:
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body>'
        f'<office:spreadsheet><table:table table:name="Feuille1">{rows}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    mimetype = "application/vnd.oasis.opendocument.spreadsheet"
    return zipped(
        **{
            "mimetype": mimetype,
            "content.xml": content,
            "META-INF/manifest.xml": f"<manifest>{manifest}</manifest>",
        }
    )


def ods_row(*values: str) -> str:
    inside = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
        for value in values
    )
    return f"<table:table-row>{inside}</table:table-row>"


# The smallest XLS that a spreadsheet would have written


def biff(rows: list[list[str | float]], *, locked: bool = False) -> bytes:
    """A BIFF8 stream with one sheet of labels and numbers; `locked` as if under a password (RC4)."""

    def record(kind: int, content: bytes = b"") -> bytes:
        return struct.pack("<HH", kind, len(content)) + content

    def cell(at: tuple[int, int], value: str | float) -> bytes:
        if isinstance(value, str):
            text = value.encode("utf-16-le")
            return record(0x0204, struct.pack("<HHHHB", *at, 0, len(value), 1) + text)
        return record(0x0203, struct.pack("<HHHd", *at, 0, value))

    def sheets() -> Iterator[bytes]:
        yield record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
        for number, row in enumerate(rows):
            for place, value in enumerate(row):
                yield cell((number, place), value)
        yield record(0x000A)

    def book(offset: int) -> bytes:
        name = b"Liste"
        return (
            record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
            + (record(0x002F, struct.pack("<HHH", 1, 1, 1) + b"\0" * 48) if locked else b"")
            + record(0x0042, struct.pack("<H", 1200))
            + record(0x0085, struct.pack("<IBBBB", offset, 0, 0, len(name), 0) + name)
            + record(0x000A)
        )

    return book(len(book(0))) + b"".join(sheets())


def compound(streams: dict[str, bytes]) -> bytes:
    """An OLE compound file ([MS-CFB]) that holds the one stream, in sectors of 512 bytes."""
    ((name, content),) = streams.items()
    content = content.ljust(max(4096, -(-len(content) // 512) * 512), b"\0")
    sectors = len(content) // 512
    end, free = 0xFFFFFFFE, 0xFFFFFFFF
    chain = [0xFFFFFFFD, end, *range(3, sectors + 2), end]
    fat = struct.pack("<128I", *(chain + [free] * (128 - len(chain))))

    def entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        title = (name + "\0").encode("utf-16-le") if name else b""
        head = title.ljust(64, b"\0") + struct.pack("<HBBIII", len(title), kind, 1, free, free, child)
        return head + b"\0" * 36 + struct.pack("<IQ", start, size)

    directory = entry("Root Entry", 5, 1, end, 0) + entry(name, 2, free, 2, len(content))
    directory += entry("", 0, free, 0, 0) * 2
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16
    header += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0)
    header += struct.pack("<109I", 0, *[free] * 108)
    return header + fat + directory + content

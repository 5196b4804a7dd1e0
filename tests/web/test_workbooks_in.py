"""Workbooks from strangers: which are refused, and what is read of the others."""

import io
import re
import struct
import zipfile
from datetime import date, datetime
from typing import Any

import xlsxwriter

from crm.web import tables_in
from crm.web.tables_in import refusals
from tests.web.given_tables import biff, compound, ods, ods_row, read, refusal, workbook, zipped

# Refused


def test_a_workbook_cut_short_or_damaged_is_refused() -> None:
    whole = workbook([["nom", "ville"], *[[f"A{n}", "Paris"] for n in range(500)]])
    damaged = bytearray(whole)
    damaged[len(whole) // 3] ^= 0xFF
    for content in (whole[: len(whole) // 2], whole[:-10], bytes(damaged)):
        assert isinstance(refusal(content, "liste.xlsx"), refusals.Truncated)


def test_a_workbook_with_a_password_is_refused() -> None:
    encrypted = compound({"EncryptedPackage": b"\0" * 5000})
    assert isinstance(refusal(encrypted, "liste.xlsx"), refusals.Protected)
    old = compound({"Workbook": biff([["nom", "ville"]], locked=True)})
    assert isinstance(refusal(old, "liste.xls"), refusals.Protected)
    locked = ods(ods_row("nom", "ville"), manifest="<encryption-data/>")
    assert isinstance(refusal(locked, "liste.ods"), refusals.Protected)
    flagged = bytearray(workbook([["nom", "ville"]]))
    at = flagged.find(b"PK\x01\x02")
    flagged[at + 8] |= 1
    assert isinstance(refusal(bytes(flagged), "liste.xlsx"), refusals.Protected)


def test_a_workbook_that_would_fill_the_memory_is_refused_before_it_is_opened() -> None:
    by_ratio = zipped(**{"xl__workbook.xml": "<x/>", "xl__worksheets__sheet1.xml": b" " * 30_000_000})
    corners = (
        '<worksheet><row r="1"><c r="A1" t="n"><v>1</v></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></worksheet>'
    )
    by_corners = zipped(**{"xl__workbook.xml": "<x/>", "xl__worksheets__sheet1.xml": corners})
    cell = "<table:table-cell{}><text:p>x</text:p></table:table-cell>"
    often = ' table:number-columns-repeated="16384"'
    many_cells = ods(f"<table:table-row>{cell.format(often)}</table:table-row>")
    many_rows = ods(
        '<table:table-row table:number-rows-repeated="1048576"><table:table-cell/>'
        f"{cell.format('')}</table:table-row>"
    )
    for content in (by_ratio, by_corners, many_cells, many_rows):
        assert isinstance(refusal(content, "bombe.xlsx"), refusals.Swollen)


def test_an_archive_that_lies_about_its_sizes_is_refused() -> None:
    lying = bytearray(workbook([["nom", "ville"], *[[f"A{n}", "Paris"] for n in range(500)]]))
    with zipfile.ZipFile(io.BytesIO(bytes(lying))) as archive:
        sheet = archive.getinfo("xl/worksheets/sheet1.xml")
    size = struct.pack("<I", sheet.file_size)
    at = lying.rfind(size)
    assert at > 0
    lying[at : at + 4] = struct.pack("<I", 10)
    assert isinstance(refusal(bytes(lying), "liste.xlsx"), refusals.Truncated)


# Read


def test_values_of_a_workbook_become_text_as_a_reader_expects() -> None:
    moment = datetime(2024, 4, 17, 9, 30)  # noqa: DTZ001  (a workbook knows no zone)
    values: list[Any] = [
        "01400",
        49007,
        2.5,
        0.1 + 0.2,
        33612345678,
        True,
        date(2024, 5, 21),
        moment,
        "",
        " x ",
    ]
    names = [f"c{n}" for n in range(len(values))]
    table = read(workbook([names, values]), "liste.xlsx")
    assert (table.sheet, table.encoding) == ("Élus", None)
    assert next(table.rows).cells == [
        "01400",
        "49007",
        "2.5",
        "0.3",
        "33612345678",
        "1",
        "2024-05-21",
        "2024-04-17 09:30",
        "",
        "x",
    ]


def test_a_cell_merged_over_several_rows_says_the_same_of_each() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    sheet.merge_range(0, 0, 1, 0, "Liste")
    sheet.write_row(1, 1, ["", ""])
    sheet.write_row(2, 0, ["organisation", "nom"])
    sheet.merge_range(3, 0, 5, 0, "Réseau")
    for row, name in enumerate(("Ada", "Zoé", "Yann"), 3):
        sheet.write_string(row, 1, name)
    sheet.write_row(6, 0, ["", "Ana"])
    book.close()
    table = read(out.getvalue(), "liste.xlsx")
    found = [row.cells for row in table.rows]
    assert found == [["Réseau", "Ada"], ["Réseau", "Zoé"], ["Réseau", "Yann"], ["", "Ana"]]


def test_formulas_without_results_are_refused_and_those_with_one_are_read() -> None:
    def computed(value: int) -> bytes:
        out = io.BytesIO()
        book = xlsxwriter.Workbook(out)
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["nom", "code"])
        sheet.write_string(1, 0, "Évry")
        sheet.write_formula(1, 1, "=1+1", None, value)
        book.close()
        return out.getvalue()

    assert [row.cells for row in read(computed(91228), "liste.xlsx").rows] == [["Évry", "91228"]]
    told = computed(91228)
    archive = zipfile.ZipFile(io.BytesIO(told))
    parts = {name: archive.read(name) for name in archive.namelist()}
    bare = re.sub(rb"<v>91228</v>", b"<v></v>", parts["xl/worksheets/sheet1.xml"])
    refused = refusal(zipped(**{**parts, "xl/worksheets/sheet1.xml": bare}), "liste.xlsx")
    assert isinstance(refused, refusals.Uncomputed)
    assert "B2" in str(refused)


def test_the_first_visible_sheet_with_rows_is_read_and_rows_keep_their_numbers() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    book.add_worksheet("Vide")
    hidden = book.add_worksheet("Cachée")
    hidden.write_row(0, 0, ["secret", "x"])
    hidden.hide()
    sheet = book.add_worksheet("Liste")
    sheet.write_row(3, 1, ["nom", "ville"])
    sheet.write_row(5, 1, ["Ada", "Paris"])
    book.close()
    table = read(out.getvalue(), "liste.xlsx")
    assert (table.sheet, table.columns) == ("Liste", ["nom", "ville"])
    assert list(table.rows) == [tables_in.Row(6, ["Ada", "Paris"])]


def test_ods_is_read_with_its_empty_million_rows() -> None:
    filler = (
        '<table:table-row table:number-rows-repeated="1048570"><table:table-cell '
        'table:number-columns-repeated="16384"/></table:table-row>'
    )
    table = read(ods(ods_row("nom", "code") + ods_row("Évry", "01400") + filler), "liste.ods")
    assert (table.sheet, table.columns) == ("Feuille1", ["nom", "code"])
    assert [row.cells for row in table.rows] == [["Évry", "01400"]]


def test_xls_is_read() -> None:
    table = read(
        compound({"Workbook": biff([["nom", "code"], ["Évry", "01400"], ["Paris", 75056.0]])}), "liste.xls"
    )
    assert [table.columns, *(row.cells for row in table.rows)] == [
        ["nom", "code"],
        ["Évry", "01400"],
        ["Paris", "75056"],
    ]


def test_a_workbook_row_longer_than_the_header_is_refused_like_any_other() -> None:
    rows = list(read(workbook([["nom", "ville"], ["A", "Paris", "", "de trop"]]), "liste.xlsx").rows)
    assert [(row.number, row.cells) for row in rows] == [(2, ["A", "Paris", "", "de trop"])]
    assert isinstance(rows[0].refusal, refusals.RowTooLong)

"""Tables from strangers: what is read, what is refused, and that reading loses nothing."""

import csv
import io
import re
import struct
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any
from unicodedata import normalize

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.web import exports, tables_in
from crm.web.tables_in import refusals

FRENCH = "Prénom;Nom;Commune\nHélène;Dupré;Saint-Étienne-de-l’Œuvre\nMaël;Noël;Évry-Courcouronnes\n"
BARE = FRENCH.replace("’", "'").replace("Œ", "OE")


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


# Encodings


@pytest.mark.parametrize(
    ("encoding", "text", "named"),
    [
        ("utf-8", FRENCH, "utf-8"),
        ("utf-8-sig", FRENCH, "utf-8-sig"),
        ("utf-16", FRENCH, "utf-16"),
        ("utf-16-le", FRENCH, "utf-16-le"),
        ("utf-16-be", FRENCH, "utf-16-be"),
        ("windows-1252", FRENCH, "windows-1252"),
        ("iso-8859-15", BARE + "Anne;Le Bœuf;Saint-Cœur\n", "iso-8859-15"),
        ("iso-8859-1", BARE, "windows-1252"),
        ("mac-roman", FRENCH, "mac-roman"),
        ("cp850", BARE, "cp850"),
    ],
)
def test_french_names_survive_every_usual_encoding(encoding: str, text: str, named: str) -> None:
    table = read(text.encode(encoding))
    assert table.encoding == named
    expected = [line.split(";") for line in text.splitlines()]
    assert [table.columns, *(row.cells for row in table.rows)] == expected


def test_a_file_glued_together_from_two_encodings_is_read_line_by_line() -> None:
    lines = FRENCH.splitlines(keepends=True)
    mixed = b"".join(line.encode("windows-1252" if n % 2 else "utf-8") for n, line in enumerate(lines * 5))
    table = read(mixed)
    assert table.encoding == "utf-8 + windows-1252"
    assert all("\ufffd" not in "".join(row.cells) for row in table.rows)


def test_the_marks_of_files_glued_together_are_passed_over() -> None:
    glued = (
        "nom;ville\nÈve;Évry\n".encode("utf-8-sig") + "Noël;Sète\n".encode("utf-8-sig") + b"Zo\xe9;Paris\n"
    )
    assert cells(glued) == [["nom", "ville"], ["Ève", "Évry"], ["Noël", "Sète"], ["Zoé", "Paris"]]


def test_an_accent_far_down_a_long_file_is_read_rightly() -> None:
    long = "nom;ville\n" + "Martin;Paris\n" * 200_000 + "Dupré;Évry\n"
    for encoding in ("utf-8", "windows-1252"):
        *_, last = read(long.encode(encoding)).rows
        assert last.cells == ["Dupré", "Évry"]


def test_letters_that_a_mac_writes_in_two_signs_become_one() -> None:
    assert cells(normalize("NFD", FRENCH))[1][0] == "Hélène"


# Separators and shape


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_the_separator_is_found(separator: str) -> None:
    text = "\n".join(
        separator.join(row) for row in (["nom", "âge", "note"], ["Zoé", "12", "a b"], ["Ève", "", ""])
    )
    table = read(text)
    assert (table.separator, len(table.columns)) == (separator, 3)


def test_decimal_commas_and_addresses_do_not_hide_the_separator() -> None:
    table = read("nom;rue;part\nA;1, rue Haute, Paris;1,5\nB;2, rue Basse, Lyon;2,5\n")
    assert table.separator == ";"
    assert [row.cells[2] for row in table.rows] == ["1,5", "2,5"]


def test_excels_own_separator_line_is_obeyed() -> None:
    assert cells("sep=|\r\nnom|rue\r\nA|1;2;3\r\n") == [["nom", "rue"], ["A", "1;2;3"]]


def test_a_single_column_is_a_table() -> None:
    assert cells("email\na@example.org\nb@example.org\n") == [["email"], ["a@example.org"], ["b@example.org"]]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_end_of_line_is_known(newline: str) -> None:
    assert cells(FRENCH.replace("\n", newline)) == cells(FRENCH)


def test_titles_above_the_names_of_columns_are_passed_over() -> None:
    text = "Liste des présents\nExportée le 3 mars, par Ada\n\nnom;ville\nA;Paris\n"
    table = read(text)
    assert table.columns == ["nom", "ville"]
    assert [row.number for row in table.rows] == [5]


def test_cells_are_trimmed_and_missing_ones_are_empty_and_blank_rows_left_out() -> None:
    table = read("nom ;\u00a0ville; note\n  A ; Paris \n;;\n\n B;;x;;\n")
    assert table.columns == ["nom", "ville", "note"]
    assert [(row.number, row.cells) for row in table.rows] == [(2, ["A", "Paris", ""]), (5, ["B", "", "x"])]


def test_a_column_without_a_name_gets_its_letter_and_empty_ones_at_the_end_go() -> None:
    assert read("nom;;ville;;\nA;x;Paris;;\n").columns == ["nom", "(B)", "ville"]


def test_a_cell_may_hold_lines_separators_and_quotation_marks() -> None:
    assert cells('nom;note\nA;"une ; deux\nlignes ""entre guillemets"""\n')[1] == [
        "A",
        'une ; deux\nlignes "entre guillemets"',
    ]


# Rows that do not fit


def test_a_row_longer_than_the_header_is_refused_and_kept_whole_and_the_others_are_read() -> None:
    rows = list(read("nom;ville\nA;Paris\nB;Lyon;de trop\nC;Nice\n").rows)
    assert [row.refusal is None for row in rows] == [True, False, True]
    assert rows[1].cells == ["B", "Lyon", "de trop"] and rows[1].number == 3
    assert str(rows[1].refusal) == (
        "This row has 3 cells for 2 columns. Check its separators and quotation marks."
    )


def test_a_quotation_mark_that_is_never_closed_is_told() -> None:
    rows = list(read('nom;ville\nA;Paris\nB;"Lyon\nC;Nice\n').rows)
    assert [row.refusal is None for row in rows] == [True, False]
    assert isinstance(rows[1].refusal, refusals.UnclosedQuote)
    assert rows[1].cells == ["B", "Lyon\nC;Nice"]


def test_a_monstrous_cell_refuses_its_row_only() -> None:
    rows = list(read("nom;ville\nA;" + "x" * 140_000 + "\nB;Lyon\n").rows)
    assert [row.refusal is None for row in rows] == [False, True]
    assert isinstance(rows[0].refusal, refusals.CellTooLong)


# Whole files refused


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n \n;;\n", workbook([]), ods("")])
def test_a_file_without_a_row_is_refused(content: bytes) -> None:
    assert isinstance(refusal(content), refusals.EmptyTable)


def test_columns_of_the_same_name_are_named() -> None:
    told = refusal("Nom;Prénom;NOM;prenom;ville\nA;B;C;D;E\n")
    assert str(told) == (
        "“liste.csv” has more than one column named “Nom”, “Prénom”. Rename or remove the copies."
    )


@pytest.mark.parametrize(
    ("row", "cell"), [("Ada;ada@example.org", "ada@example.org"), ("Angers;49000", "49000")]
)
def test_a_file_that_begins_with_values_is_refused(row: str, cell: str) -> None:
    told = refusal(f"{row}\n{row}\n")
    assert isinstance(told, refusals.NoHeader) and cell in str(told)


def test_too_many_columns_are_refused() -> None:
    wide = ";".join(f"c{n}" for n in range(201))
    assert "more than 200 columns" in str(refusal(f"{wide}\n{wide}\n"))


def test_a_file_that_is_too_large_is_refused_with_its_size() -> None:
    told = refusal("nom;ville\n" + "A;Paris\n" * 200_000, most_bytes=1_000_000)
    assert "is 2 MB; at most 1 MB" in str(told)


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n...",
        b"\x89PNG\r\n\x1a\n",
        b"\x1f\x8b\x08\x00",
        b"nom;ville\nA\x00\x00;Paris\n",
        zipped(**{"readme.txt": "hello"}),
        "nom;ville\nA;Paris\n".encode("utf-16")[:-1],
    ],
)
def test_what_is_no_table_is_refused(content: bytes) -> None:
    assert type(refusal(content)) in (refusals.TableRefused, refusals.Truncated)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252"])
def test_a_web_page_named_as_a_workbook_is_refused(encoding: str) -> None:
    page = "\r\n<HTML><body><table><tr><td>Hélène</td></tr></table></body></HTML>".encode(encoding)
    assert isinstance(refusal(page, "export.xls"), refusals.WebPage)


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


# Workbooks


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


# Nothing is lost, nothing grows

CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffd\ufeff"), max_size=20)
ROWS = st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=8)


def expected(rows: list[list[str]]) -> list[list[str]]:
    trimmed = [[normalize("NFC", cell).strip() for cell in row] for row in rows]
    return [row for row in trimmed if any(row)]


@settings(max_examples=150, deadline=None)
@given(rows=ROWS, encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_what_any_csv_writer_wrote_is_read_back(rows: list[list[str]], encoding: str) -> None:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL)
    writer.writerows([["nom", "ville", "note"], *rows])
    table = read(out.getvalue().encode(encoding))
    found = list(table.rows)
    assert all(row.refusal is None for row in found)
    assert [row.cells for row in found] == expected(
        [[exports.unguarded(normalize("NFC", c)) for c in row] for row in rows]
    )


@settings(max_examples=150, deadline=None)
@given(rows=ROWS)
def test_what_our_own_export_wrote_is_read_back(rows: list[list[str]]) -> None:
    columns = [exports.Column(str(n), "", lambda row, n=n: row[n]) for n in range(3)]
    out = b"".join(exports.csv_chunks(columns, ["nom", "ville", "note"], rows, heading=["Liste, au 3 mars"]))
    table = read(out)
    assert table.columns == ["nom", "ville", "note"]
    assert [row.cells for row in table.rows] == expected(rows)


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=300))
def test_any_bytes_are_a_table_or_a_refusal(content: bytes) -> None:
    for start in (b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe", b"nom;ville\n"):
        try:
            list(read(start + content).rows)
        except tables_in.TableRefused as told:
            assert "liste.csv" in str(told)


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    def peak(rows: int) -> int:
        file = tmp_path / "long.csv"
        file.write_text(
            "nom;ville;note\n" + "Dupré;Évry-Courcouronnes;une note assez longue\n" * rows, "utf-8"
        )
        tracemalloc.start()
        with tables_in.read(file) as table:
            assert sum(1 for _row in table.rows) == rows
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    peak(1000)
    assert peak(80_000) < peak(40_000) + 500_000


def test_a_file_is_closed_with_its_table_and_a_stream_is_left_to_its_owner(tmp_path: Path) -> None:
    stream = io.BytesIO(FRENCH.encode())
    with tables_in.read(stream, "liste.csv") as table:
        next(table.rows)
    assert not stream.closed
    file = tmp_path / "liste.csv"
    file.write_text(FRENCH)
    with tables_in.read(file) as table:
        next(table.rows)
        assert next(table.rows).number == 3


def test_an_upload_is_read_wherever_the_server_keeps_it() -> None:
    for content in (FRENCH.encode(), workbook([["Prénom", "Nom"], ["Hélène", "Dupré"]])):
        for memory in (10, 10_000_000):
            with SpooledTemporaryFile(max_size=memory) as upload:
                upload.write(content)
                with tables_in.read(upload, "liste") as table:
                    assert next(table.rows).cells[:2] == ["Hélène", "Dupré"]
                assert not upload.closed


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


def test_reading_is_far_quicker_than_storing(tmp_path: Path) -> None:
    file = tmp_path / "long.csv"
    file.write_text("a;b;c;d;e;f\n" + "Dupré;Hélène;49007;Angers;x@example.org;Maire\n" * 50_000, "utf-8")
    begun = datetime.now(UTC)
    with tables_in.read(file) as table:
        rows = sum(1 for _row in table.rows)
    # Some 400,000 rows a second on a quiet machine.
    assert rows / (datetime.now(UTC) - begun).total_seconds() > 50_000

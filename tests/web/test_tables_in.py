"""Tables from strangers: what is read, what is refused, and that reading loses nothing."""

import csv
import io
import tracemalloc
from pathlib import Path
from tempfile import SpooledTemporaryFile
from unicodedata import normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.web import exports, tables_in
from crm.web.tables_in import refusals
from tests.web.given_tables import cells, ods, read, refusal, workbook, zipped

FRENCH = "Prénom;Nom;Commune\nHélène;Dupré;Saint-Étienne-de-l’Œuvre\nMaël;Noël;Évry-Courcouronnes\n"
BARE = FRENCH.replace("’", "'").replace("Œ", "OE")


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

"""Lists as files that a spreadsheet opens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from crm.web.exports import Column, csv_chunks, guarded, unguarded, xlsx_file

NAME = Column("name", "Name", lambda row: row)


@pytest.mark.parametrize(
    "title",
    [
        "Webinaire",
        "L'école & les « données » 🎒 d'Aÿ, 2e édition",
        "🎒" * 40,
        "[Notes]: what / who * why? \\",
        "'",
        "",
    ],
)
def test_a_workbook_is_made_whatever_its_title(title):
    with xlsx_file([NAME], ["Nom"], ["Zoé 🌞"], title=title) as made:
        made.seek(0)
        book = CalamineWorkbook.from_filelike(made)
    (name,) = book.sheet_names
    assert 1 <= len(name.encode("utf-16-le")) // 2 <= 31
    assert book.get_sheet_by_index(0).to_python() == [["Nom"], ["Zoé 🌞"]]


UNSEEN = [
    "",
    " ",
    "   ",
    "\t",
    "\n",
    "\r\n",
    "\u00a0",
    "\u202f",
    "\u200b",
    "\u2060",
    "\ufeff",
    "\u200e",
    "\u00ad",
]
MARKS = ["\u0301", "\ufe0f", "\u3164", "\x00", "\x0b", " \u200b\ufeff "]


@pytest.mark.parametrize("before", [*UNSEEN, *MARKS])
@pytest.mark.parametrize("formula", ["=1+1", "+cmd|' /C calc'!A0", "-2+3+cmd", "@SUM(A1)", "＝1+1"])
def test_a_formula_is_guarded_whatever_unseen_stands_before_it(before, formula):
    cell = before + formula
    assert guarded(cell) == f"'{cell}"
    assert unguarded(guarded(cell)) == cell
    written = b"".join(csv_chunks([NAME], ["Nom"], [cell])).decode("utf-8-sig")
    assert "'" + before.replace("\r\n", "\r\n") in written


@pytest.mark.parametrize(
    "cell", ["-12", "+33 1 23 45 67 89", " -3,5", "Zoé", "a=b", " Zoé", "", " ", "«=»", "\u200bZoé"]
)
def test_numbers_phones_and_words_stay_as_they_are(cell):
    assert guarded(cell) == cell
    assert unguarded(cell) == cell


@given(st.text(st.sampled_from("='+-@ \t\u200b\ufeff\u00a01a")))
def test_whatever_was_written_is_read_back(text):
    assert unguarded(guarded(text)) == text
    assert not guarded(text).lstrip("".join(UNSEEN)).startswith("=")

"""Lists as files that a spreadsheet opens."""

import pytest
from python_calamine import CalamineWorkbook

from crm.web.exports import Column, xlsx_file

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

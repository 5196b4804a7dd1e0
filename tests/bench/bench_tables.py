"""Reading a table that a stranger sent, against the plain reader of the standard library."""

import csv
import tempfile
from pathlib import Path

from crm.web import tables_in
from tests.bench.harness import Verdict, at_most, job, side_by_side

ROWS = 50_000


@job("Table of 50,000 rows read in, CSV")
def reading() -> Verdict:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "long.csv"
        row = "Dupré;Hélène;49007;Angers;x@example.org;Maire\n"
        file.write_text("a;b;c;d;e;f\n" + row * ROWS, "utf-8")
        ours, floor = side_by_side(lambda: _read(file), lambda: _plain(file))
    return at_most(8, ours, floor)


def _read(file: Path) -> None:
    with tables_in.read(file) as table:
        assert sum(1 for _row in table.rows) == ROWS


def _plain(file: Path) -> None:
    with file.open(encoding="utf-8", newline="") as lines:
        assert sum(1 for _row in csv.reader(lines, delimiter=";")) == ROWS + 1

"""What an import could not take, and what it left as it was: kept row by row, given out as a file.

Kept in neutral form (the sentence and its facts), so that each reader has it in their own language.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from crm.directory.importing.columns import LABELS, Field
from crm.directory.importing.matching import Difference
from crm.errors import CrmError
from crm.text import N_
from crm.web import exports
from crm.web.exports import Column

Say = Callable[[str], str]


@dataclass(frozen=True)
class Places:
    """The two files of a report."""

    refused: Path
    differences: Path


class Report:
    """Writes the two files while rows are read; `with` closes them."""

    def __init__(self, places: Places) -> None:
        self._refused: TextIO = places.refused.open("w", encoding="utf-8")
        self._differences: TextIO = places.differences.open("w", encoding="utf-8")

    def refused(self, row: int, cells: Sequence[str], why: CrmError, place: int | None) -> None:
        _line(
            self._refused,
            {"row": row, "cells": list(cells), "text": why.text, "facts": why.facts, "place": place},
        )

    def differ(self, row: int, name: str, differences: Iterable[Difference]) -> None:
        for one in differences:
            facts = {"row": row, "name": name, "field": one.field, "held": one.held, "given": one.given}
            _line(self._differences, facts)

    def __enter__(self) -> "Report":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._refused.close()
        self._differences.close()


def _line(file: TextIO, facts: dict[str, Any]) -> None:
    file.write(json.dumps(facts, ensure_ascii=False, default=str) + "\n")


def lines(place: Path, most: int | None = None) -> Iterator[dict[str, Any]]:
    """What one of the files holds, from its beginning; nothing when it is gone."""
    if not place.is_file():
        return
    with place.open(encoding="utf-8") as file:
        for line in islice(file, most):
            yield json.loads(line)


def reason(line: dict[str, Any], say: Say) -> str:
    """The sentence that says why the row was refused; `say` translates."""
    text = say(line["text"])
    return text % line["facts"] if line["facts"] else text


def refused_csv(place: Path, columns: Sequence[str], say: Say) -> Iterator[bytes]:
    """The refused rows as they were, with their row number and the reason in front: to be mended and
    sent again."""
    width = len(columns)
    form = [
        Column("row", "", lambda line: line["row"]),
        Column("reason", "", lambda line: reason(line, say)),
        *(Column(str(at), "", _cell(at)) for at in range(width)),
        Column("rest", "", lambda line: " | ".join(line["cells"][width:])),
    ]
    wide = any(len(line["cells"]) > width for line in lines(place))
    labels = [say(N_("Row of the file")), say(N_("Reason")), *columns, say(N_("Cells too many"))]
    shown = len(form) if wide else len(form) - 1
    return exports.csv_chunks(form[:shown], labels[:shown], lines(place))


def _cell(at: int) -> Callable[[dict[str, Any]], str]:
    return lambda line: str(line["cells"][at]) if at < len(line["cells"]) else ""


def differences_csv(place: Path, say: Say) -> Iterator[bytes]:
    """What the file says otherwise than the directory, one line for each field."""
    form = [
        Column("row", N_("Row of the file"), lambda line: line["row"]),
        Column("name", N_("Record"), lambda line: line["name"]),
        Column("field", N_("Field"), lambda line: say(LABELS[Field(line["field"])])),
        Column("held", N_("In the directory"), lambda line: line["held"]),
        Column("given", N_("In the file"), lambda line: line["given"]),
    ]
    return exports.csv_chunks(form, [say(column.label) for column in form], lines(place))

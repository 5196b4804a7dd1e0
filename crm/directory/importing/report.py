"""What an import could not take, and what it left as it was: kept row by row, given out as a file.

Kept in neutral form (the sentence and its facts), so that each reader has it in their own language.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from crm.directory.importing.columns import LABELS, Field
from crm.directory.importing.matching import Outcome, Taken
from crm.errors import CrmError
from crm.text import N_
from crm.web import exports
from crm.web.exports import Column

Say = Callable[[str], str]


@dataclass(frozen=True)
class Places:
    """The files of a report: refused rows, differences, one line for every row, and the rows that bear an
    erased address."""

    refused: Path
    differences: Path
    results: Path
    erased: Path

    @classmethod
    def beside(cls, folder: Path, name: str) -> "Places":
        return cls(*(folder / f"{name}.{part}" for part in ("refused", "differences", "results", "erased")))


class Report:
    """Writes the files while rows are read; `with` closes them.

    `upto` are the sizes that the files had when the rows so far were committed (`sizes`): what was
    written behind them belongs to rows that were not.
    """

    def __init__(self, places: Places, upto: Sequence[int] = ()) -> None:
        self._files: list[TextIO] = []
        every = (places.refused, places.differences, places.results, places.erased)
        for place, size in zip_longest(every, upto):
            if size:
                os.truncate(place, size)
            self._files.append(place.open("a" if size else "w", encoding="utf-8"))
        self._refused, self._differences, self._results, self._erased = self._files
        self._safe: list[int] = []

    def refused(self, row: int, cells: Sequence[str], why: CrmError, place: int | None) -> None:
        _line(
            self._refused,
            {"row": row, "cells": list(cells), "text": why.text, "facts": why.facts, "place": place},
        )
        self._results.write(f"{row}\t{Outcome.REFUSED.value}\t\n")

    def took(self, row: int, taken: Taken) -> None:
        name = taken.name if taken.name.isprintable() else " ".join(taken.name.split())
        self._results.write(f"{row}\t{taken.outcome}\t{name}\n")
        if taken.is_silent:
            _line(self._erased, {"row": row, "name": taken.name})
        for one in taken.differences:
            facts = {"row": row, "name": taken.name, "field": one.field, "held": one.held, "given": one.given}
            _line(self._differences, facts)

    def sizes(self) -> list[int]:
        """How long the files are, once all that was told is safely in them."""
        sizes = [file.tell() for file in self._files]
        for file, size, safe in zip_longest(self._files, sizes, self._safe):
            if size != safe:
                file.flush()
                os.fsync(file.fileno())
        self._safe = sizes
        return sizes

    def back_to(self, sizes: Sequence[int]) -> None:
        """Forget what was told behind these sizes."""
        for file, size in zip(self._files, sizes, strict=True):
            file.flush()
            file.seek(size)
            file.truncate()
        self._safe = []

    def __enter__(self) -> "Report":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files:
            file.close()


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


def differences_csv(place: Path, say: Say, labels: Mapping[str, str]) -> Iterator[bytes]:
    """What the file says otherwise than the directory did, one line for each field; `labels` are those of
    further columns."""
    form = [
        Column("row", N_("Row of the file"), lambda line: line["row"]),
        Column("name", N_("Record"), lambda line: line["name"]),
        Column("field", N_("Field"), lambda line: field_label(line["field"], say, labels)),
        Column("held", N_("In the directory"), lambda line: line["held"]),
        Column("given", N_("In the file"), lambda line: line["given"]),
    ]
    return exports.csv_chunks(form, [say(column.label) for column in form], lines(place))


def field_label(field: str, say: Say, labels: Mapping[str, str]) -> str:
    """What people call the field; a further column that is gone is named by its key."""
    return say(LABELS[Field(field)]) if field in _FIELDS else labels.get(field, field)


_FIELDS = frozenset(Field)
OUTCOMES = {
    Outcome.CREATED: N_("created"),
    Outcome.UPDATED: N_("updated"),
    Outcome.UNCHANGED: N_("unchanged"),
    Outcome.REFUSED: N_("refused"),
}
ERASED = N_(
    "Bears an address that was erased at its owner’s wish: until the owner does something, nothing goes "
    "there but service messages."
)
DECIDED_NOT = N_("Left out by choice.")


def results_csv(places: Places, decided: Mapping[int, str], say: Say) -> Iterator[bytes]:
    """One line for every row of the file: created, updated, unchanged or refused, and why.

    `decided` has what became of rows since, for which a person chose the record.
    """
    form = [
        Column("row", N_("Row of the file"), lambda line: line[0]),
        Column("result", N_("Result"), lambda line: say(OUTCOMES[Outcome(line[1])])),
        Column("name", N_("Record"), lambda line: line[2]),
        Column("reason", N_("Reason"), lambda line: line[3]),
    ]
    return exports.csv_chunks(form, [say(column.label) for column in form], _results(places, decided, say))


def _results(places: Places, decided: Mapping[int, str], say: Say) -> Iterator[tuple[int, str, str, str]]:
    reasons, bearers = lines(places.refused), lines(places.erased)
    bearer = next(bearers, None)
    with places.results.open(encoding="utf-8") as file:
        for line in file:
            number, outcome, name = line.rstrip("\n").split("\t")
            row, why = int(number), ""
            if outcome == Outcome.REFUSED.value:
                # All files are in the order of the rows.
                refusal = next(reasons, None)
                why = reason(refusal, say) if refusal else ""
                outcome = decided.get(row, outcome)
                if row in decided:
                    why = "" if outcome != Outcome.REFUSED.value else say(DECIDED_NOT)
            if bearer is not None and bearer["row"] == row:
                why, bearer = say(ERASED), next(bearers, None)
            yield row, outcome, name, why

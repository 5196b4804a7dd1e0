"""The official reference as it is shipped: one compressed file of columns, read in one go."""

import hashlib
import json
import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crm.errors import CrmError
from crm.territories import words
from crm.text import N_

PATH = Path(__file__).with_name("data") / "reference.json.xz"
COLUMNS = (
    "kind",
    "nature",
    "code",
    "name",
    "siren",
    "population",
    "postcodes",
    "other_codes",
    "region_code",
    "department_code",
    "epci_code",
    "ept_code",
    "former",
)
NULLABLE = frozenset({"siren", "region_code", "department_code", "epci_code", "ept_code"})


class DamagedReference(CrmError):
    text = N_("The shipped reference of territories cannot be read. Install the application again.")


class Reference:
    """One edition of the reference. `digest` changes with the file and with the rules of `words`."""

    def __init__(self, path: Path = PATH) -> None:
        self._packed = path.read_bytes()
        self.digest = hashlib.sha256(self._packed + str(words.RULES).encode()).hexdigest()

    def open(self) -> tuple[str, Iterator[dict[str, Any]]]:
        """The edition's version, and one row for each territory with every column of the table.

        Raises DamagedReference.
        """
        try:
            content = json.loads(lzma.decompress(self._packed))
        except (lzma.LZMAError, ValueError) as damage:
            raise DamagedReference from damage
        columns = [content["columns"][column] for column in COLUMNS]
        return content["version"], (_row(values) for values in zip(*columns, strict=True))


def _row(values: tuple[Any, ...]) -> dict[str, Any]:
    row: dict[str, Any] = {
        column: None if value == "" and column in NULLABLE else value
        for column, value in zip(COLUMNS, values, strict=True)
    }
    codes = {row["code"], row["siren"] or "", *row["postcodes"].split(), *row["other_codes"].split()}
    row["name_key"] = words.name_key(row["name"])
    row["search"] = words.search_text(row["name"], sorted(codes))
    return row

"""Own fields as columns of lists and files."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from crm.directory.own import messages, queries
from crm.directory.own.models import PREFIX, OwnField, OwnKind


@dataclass(frozen=True)
class OwnColumn:
    """`label` is in the reader's words already; `shown` and `in_file` take a row of the list."""

    key: str
    label: Markup
    wants: str
    is_number: bool
    shown: Callable[[Any], str]
    in_file: Callable[[Any], Any]


def of(records: str) -> list[OwnColumn]:
    """The columns that own fields add to the list of these records."""
    return [_column(field) for field in queries.listed(records)]


def _column(field: OwnField) -> OwnColumn:
    return OwnColumn(
        key=f"{PREFIX}{field.key}",
        label=escape(messages.name(field)),
        wants=f"{PREFIX}{field.id}",
        is_number=field.kind == OwnKind.NUMBER,
        shown=lambda row: messages.shown(field, row.own.get(field.id)),
        in_file=lambda row: messages.in_file(field, row.own.get(field.id)),
    )


def parted(wants: Iterable[str]) -> tuple[list[int], frozenset[str]]:
    """The own fields among what is wanted of many rows, by their keys, and the rest."""
    own = [want for want in wants if want.startswith(PREFIX)]
    return [int(want.removeprefix(PREFIX)) for want in own], frozenset(wants) - set(own)

"""What becomes of each row that names a person who is erased: it stays without them, or it goes.

Each domain enters its columns in its `setup.install`; doing so twice changes nothing. A column that names
people and has no rule stops every erasing: a new table is not forgotten.

    rules.stays("quotes.person_id", N_("Quotes"), words="", printed_as="")
    rules.goes("phones.person_id", N_("Phone numbers"))
    rules.also("registrations", forget_registrations)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm.directory.erasing.words import Words


@dataclass
class Erasing:
    """One erasing under way: whose keys (a person, and those merged into them), which addresses are theirs
    alone, and the words that tell who it is: anywhere (`words`), and in what concerns them (`close`).

    `messages` and `files` gather what is to be taken off the disk once all is committed.
    """

    people: list[int]
    addresses: list[int]
    emails: list[str]
    words: Words
    close: Words
    at: datetime
    messages: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Rule:
    """`label` is what people call the rows; without one they are not told of. `values` are what columns
    hold afterwards; `file` is the column that names a kept file, which goes."""

    label: str
    is_kept: bool
    values: Mapping[str, Any]
    file: str


Work = Callable[[Erasing], None]
LookedAt = Callable[[list[int]], list[tuple[str, str]]]

_rules: dict[str, Rule] = {}
_works: dict[str, Work] = {}
_looked_at: dict[str, LookedAt] = {}
_unswept: dict[str, str] = {}


def stays(column: str, label: str = "", *, file: str = "", **values: Any) -> None:
    """Rows that name a person in that column go on counting, with these values in place of theirs."""
    _rules[column] = Rule(label, True, values, file)


def goes(column: str, label: str = "") -> None:
    """Rows that name a person in that column are taken away."""
    _rules[column] = Rule(label, False, {}, "")


def also(key: str, work: Work) -> None:
    """More that a domain does about it, before the rows that name the person are changed."""
    _works[key] = work


def look_at(key: str, some: LookedAt) -> None:
    """What somebody has to look at with their own eyes, before or after: labels and addresses of pages."""
    _looked_at[key] = some


def leave(name: str, why: str) -> None:
    """Texts of that table (or `table.column`) are not looked through for the person's name: say why."""
    _unswept[name] = why


def of(column: str) -> Rule | None:
    return _rules.get(column)


def works() -> list[Work]:
    return list(_works.values())


def to_look_at(people: list[int]) -> list[tuple[str, str]]:
    return [one for some in _looked_at.values() for one in some(people)]


def left_alone(table: str, column: str) -> str:
    """Why the texts of that column are not looked through; "" when they are."""
    return _unswept.get(table) or _unswept.get(f"{table}.{column}", "")


def entered() -> tuple[set[str], dict[str, str]]:
    """The columns that have a rule, and what is left alone and why: for the guard over all tables."""
    return set(_rules), dict(_unswept)

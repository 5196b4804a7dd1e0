"""What a merge must know of single tables; everything else it learns from the tables' own keys.

A row whose foreign key names the record that goes is given to the one that stays. Where a unique
constraint allows one row only, the heavier stays (`weigh`), by default that of the record that
stays. Upper domains register what they need in their `setup.install`; doing so twice changes nothing.
"""

from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from crm.text import N_, fold

Row = Mapping[str, Any]


# Takes the row that goes and the one that stays.
Carry = Callable[[Row, Row], Row]
Revive = Callable[[Row], Row]


@dataclass(frozen=True)
class Alike:
    """Rows of one table that tell the same without a constraint saying so: same group, and `same`."""

    group: Callable[[Row], Hashable]
    same: Callable[[Row, Row], bool]


@dataclass(frozen=True)
class Loose:
    """A column that holds keys of another table without a foreign key, where `kinds` says so."""

    table: str
    column: str
    told_by: str
    kinds: Collection[str]


_weights: dict[str, Callable[[Row], Any]] = {}
_alike: dict[str, Alike] = {}
_loose: dict[str, list[Loose]] = {}
_carries: dict[str, Carry] = {}
_revives: dict[str, Revive] = {}
_derived: dict[str, tuple[str, Callable[[set[int]], None]]] = {}
_words: dict[str, str] = {}
_staying: set[str] = set()


def weigh(table: str, weight: Callable[[Row], Any]) -> None:
    """Of two rows that cannot both stay, the one of greater weight does."""
    _weights[table] = weight


def alike(table: str, group: Callable[[Row], Hashable], same: Callable[[Row, Row], bool]) -> None:
    """Rows that tell the same: one of them disappears."""
    _alike[table] = Alike(group, same)


def carry(table: str, carried: Carry) -> None:
    """Of two rows only one stays: the columns that it takes over from the one that goes, given both."""
    _carries[table] = carried


def revive(table: str, revived: Revive) -> None:
    """A row of that table that comes back with an undoing is put right for what is gone since."""
    _revives[table] = revived


def loose(of: str, table: str, column: str, told_by: str, kinds: Collection[str]) -> None:
    """`table.column` holds keys of the table `of` where the column `told_by` is one of `kinds`."""
    known = [one for one in _loose.get(of, []) if (one.table, one.column) != (table, column)]
    _loose[of] = [*known, Loose(table, column, told_by, frozenset(kinds))]


def derived(table: str, of: str, refresh: Callable[[set[int]], None]) -> None:
    """The table is computed from others: `refresh` does so anew for these keys of the table `of`."""
    _derived[table] = (of, refresh)


def stay(table: str) -> None:
    """The rows of that table tell what befell one row of the directory: they stay with it."""
    _staying.add(table)


def call(table: str, words: str) -> None:
    """How people call the rows of that table (`roles`), or of one column of it (`roles.person_id`)."""
    _words[table] = words


def weight_of(table: str) -> Callable[[Row], Any]:
    return _weights.get(table, lambda row: 0)


def carried(table: str, row: Row, instead: Row) -> Row:
    """What the row that stays takes over from the one that goes."""
    return _carries[table](row, instead) if table in _carries else {}


def revived(table: str, row: Row) -> Row:
    return _revives[table](row) if table in _revives else row


def alike_in(table: str) -> Alike | None:
    return _alike.get(table)


def loosely_holding(of: str) -> list[Loose]:
    return list(_loose.get(of, []))


def moves(table: str) -> bool:
    """Whether the rows of the table go over to the record that stays."""
    return table not in _derived and table not in _staying


def refresh(of: str, keys: set[int]) -> None:
    """Compute anew what is computed, for these records."""
    for kind, compute in _derived.values():
        if kind == of:
            compute(keys)


def called(table: str, column: str) -> str:
    """The words for the rows of the table, to be translated; "" when nobody named them."""
    return _words.get(f"{table}.{column}") or _words.get(table, "")


def _same_term(one: Row, other: Row) -> bool:
    """Whether nothing speaks against the two being the same role: an unknown first day may be any."""
    begins: tuple[date | None, date | None] = (one["begins_on"], other["begins_on"])
    return None in begins or begins[0] == begins[1]


alike("roles", lambda role: (fold(role["function"]), role["ends_on"]), _same_term)
weigh("roles", lambda role: (role["begins_on"] is not None, role["is_main"]))
alike("phones", lambda phone: phone["number"], lambda one, other: True)

# What an import did to the row that goes: undoing the import finds it changed since, and leaves it.
stay("import_people")
stay("import_organisations")

for _table, _called in (
    ("roles", N_("Roles")),
    ("phones", N_("Phones")),
    ("person_addresses", N_("E-mail addresses")),
    ("organisation_addresses", N_("E-mail addresses")),
    ("person_tags", N_("Tags")),
    ("organisation_tags", N_("Tags")),
    ("organisations.parent_id", N_("Its parts")),
    ("deliveries", N_("Messages sent")),
):
    call(_table, _called)

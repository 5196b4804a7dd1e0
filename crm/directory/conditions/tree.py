"""What a view asks for: conditions in groups, as a value, as JSON and as a part of an address.

In an address a tree reads `all(events.came.yes;event:kind-2;since:2024-01-01,none(tag.has;value:7))`:
the name of a group with its parts in brackets, a condition with its operator behind a dot and its
values behind semicolons. Signs that mean something here are written `~` and two hexadecimal digits.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from crm.errors import CrmError
from crm.text import N_, clean

ALL, ANY, NONE = "all", "any", "none"
HOW = (ALL, ANY, NONE)
DEEPEST = 3
MOST = 40
_LONGEST_VALUE = 200
_LONGEST = 8_000
_NAME = re.compile(r"[a-z0-9_.\-]{0,80}")
_SIGNS = re.compile(r"[~(),;:.\s]")
_ESCAPED = re.compile(r"~([0-9a-f]{2})")


class Unreadable(CrmError):
    text = N_("These conditions cannot be read. Set them again.")


@dataclass(frozen=True)
class Ask:
    """One condition: its key, the operator and the values, as texts by the names of their parts.

    While it is being made, key and operator may be empty.
    """

    key: str
    operator: str = ""
    values: tuple[tuple[str, str], ...] = ()

    @property
    def filled(self) -> dict[str, str]:
        return {name: value for name, value in self.values if value}


@dataclass(frozen=True)
class Group:
    """Conditions of which all, any or none must hold."""

    how: str = ALL
    parts: tuple["Ask | Group", ...] = ()

    @property
    def asks(self) -> Iterator[Ask]:
        """Every condition in it and in its groups."""
        for part in self.parts:
            if isinstance(part, Group):
                yield from part.asks
            else:
                yield part

    def pruned(self) -> "Group":
        """Without the groups that hold nothing."""
        parts = [part.pruned() if isinstance(part, Group) else part for part in self.parts]
        kept = tuple(part for part in parts if not isinstance(part, Group) or part.parts)
        return Group(self.how, kept)


def together(*trees: Group) -> Group:
    """What fits all of these trees."""
    kept = [tree for tree in trees if tree.parts]
    if len(kept) == 1:
        return kept[0]
    parts: list[Ask | Group] = []
    for tree in kept:
        parts.extend(tree.parts if tree.how == ALL else [tree])
    return Group(ALL, tuple(parts))


# JSON


def as_json(tree: Group) -> dict[str, Any]:
    return {tree.how: [as_json(p) if isinstance(p, Group) else _ask_as_json(p) for p in tree.parts]}


def _ask_as_json(ask: Ask) -> dict[str, Any]:
    return {"is": ask.key, "how": ask.operator, "values": ask.filled}


def from_json(kept: Any) -> Group:
    """The tree that `as_json` gave. Raises Unreadable."""
    return _checked(_group_from_json(kept, 1))


def _group_from_json(kept: Any, depth: int) -> Group:
    if depth > DEEPEST or not isinstance(kept, dict) or len(kept) != 1:
        raise Unreadable
    ((how, parts),) = kept.items()
    if how not in HOW or not isinstance(parts, list):
        raise Unreadable
    return Group(how, tuple(_part_from_json(part, depth) for part in parts))


def _part_from_json(part: Any, depth: int) -> Ask | Group:
    if not isinstance(part, dict):
        raise Unreadable
    if "is" not in part:
        return _group_from_json(part, depth + 1)
    values = part.get("values", {})
    if not isinstance(values, dict):
        raise Unreadable
    texts = tuple((str(name), str(value)) for name, value in values.items())
    return _ask(str(part["is"]), str(part.get("how", "")), texts)


# Addresses


def write(tree: Group) -> str:
    """The tree as a part of an address; "" when it asks for nothing."""
    tree = tree.pruned()
    return _written(tree) if tree.parts else ""


def _written(part: Ask | Group) -> str:
    if isinstance(part, Group):
        return f"{part.how}({','.join(_written(inner) for inner in part.parts)})"
    values = "".join(f";{name}:{_SIGNS.sub(_escaped, value)}" for name, value in part.filled.items())
    return f"{part.key}.{part.operator}{values}"


def _escaped(sign: re.Match[str]) -> str:
    # A dot needs no escape in a value, for a key ends where the values begin.
    return sign[0] if sign[0] in ". " else f"~{ord(sign[0]):02x}"


def read(text: str) -> Group:
    """The tree that `write` gave. Raises Unreadable for anything else, and when it asks for nothing."""
    if len(text) > _LONGEST:
        raise Unreadable
    reader = _Reader(text)
    tree = reader.group(1)
    if reader.rest or not tree.parts:
        raise Unreadable
    return _checked(tree)


class _Reader:
    def __init__(self, text: str) -> None:
        self.rest = text

    def group(self, depth: int) -> Group:
        how = next((how for how in HOW if self.rest.startswith(f"{how}(")), None)
        if how is None or depth > DEEPEST:
            raise Unreadable
        self.rest = self.rest[len(how) + 1 :]
        parts: list[Ask | Group] = []
        while True:
            begins = any(self.rest.startswith(f"{how}(") for how in HOW)
            parts.append(self.group(depth + 1) if begins else self.ask())
            sign, self.rest = self.rest[:1], self.rest[1:]
            if sign == ")":
                return Group(how, tuple(parts))
            if sign != ",":
                raise Unreadable

    def ask(self) -> Ask:
        end = re.search(r"[,()]|$", self.rest)
        end_at = end.start() if end else len(self.rest)
        said, self.rest = self.rest[:end_at], self.rest[end_at:]
        name, *values = said.split(";")
        key, dot, operator = name.rpartition(".")
        pairs = [value.partition(":") for value in values]
        if not dot or not key or any(not colon for _name, colon, _value in pairs):
            raise Unreadable
        return _ask(key, operator, tuple((name, _unescaped(value)) for name, _colon, value in pairs))


def _unescaped(value: str) -> str:
    return _ESCAPED.sub(lambda sign: chr(int(sign[1], 16)), value)


def _ask(key: str, operator: str, values: tuple[tuple[str, str], ...]) -> Ask:
    named = all(_NAME.fullmatch(name) for name in (key, operator, *(name for name, _value in values)))
    if not named:
        raise Unreadable
    cleaned = tuple((name, clean(value)[:_LONGEST_VALUE].strip()) for name, value in values)
    return Ask(key, operator, tuple((name, value) for name, value in cleaned if value))


def _checked(tree: Group) -> Group:
    if sum(1 for _ask in tree.asks) > MOST:
        raise Unreadable
    return tree

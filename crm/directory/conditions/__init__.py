"""What a saved view may ask of people and organisations: a registry that every domain adds to.

A domain registers its conditions in its `setup.install`, from a file `conditions.py` of its own:

    conditions.register(
        Condition(
            "events.came", N_("Came to an event"), EVENTS,
            operators=(Operator("yes", N_("came"), N_("who came to %(event)s"), (EVENT, SINCE)), …),
            people=came,
        )
    )

`came` is given what was asked (`Asked`) and answers a condition on `Person`, as a correlated EXISTS or
an IN, so that it can be counted, paged and inserted from. What is kept of a condition is its key, its
operator and the values, never a label: a tag or a field that is renamed stays what it was.
`crm.directory.conditions.kinds` makes the conditions of plain fields: text, number, date, choice, yes/no.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement

from crm.errors import CrmError
from crm.text import N_

PEOPLE, ORGANISATIONS = "people", "organisations"

# The headings under which conditions are offered, in this order; a domain may add its own.
RECORD = N_("The record")
ROLES = N_("Roles and organisations")
PLACES = N_("Places")
OWN = N_("Own fields")
EXCHANGES = N_("Exchanges")
EVENTS = N_("Events")
MAILINGS = N_("Mailings")
_GROUPS = [RECORD, ROLES, PLACES, OWN, EXCHANGES, EVENTS, MAILINGS]


class NotUnderstood(CrmError):
    """A condition means nothing any more: it counts as nobody, never as everybody."""

    text = N_("The condition “%(what)s” is not understood.")


class Gone(NotUnderstood):
    text = N_("The condition “%(what)s” names something that no longer exists.")


class Missing(NotUnderstood):
    text = N_("The condition “%(what)s” is not complete: fill in “%(part)s”.")


class Takes(StrEnum):
    """What is typed or chosen for one part of a condition, and how it is kept: always as text.

    A number in digits, a date as 2024-01-31, a choice by its value, a territory as `department:49` or
    by its key, an organisation by its key.
    """

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    TERRITORY = "territory"
    ORGANISATION = "organisation"


@dataclass(frozen=True)
class Choice:
    """One value on offer. The label is translated unless people typed it (`is_data`)."""

    value: str
    label: str
    is_data: bool = False
    heading: str = ""


# Given whether the reader reads English.
Choices = Callable[[bool], Sequence[Choice]]


@dataclass(frozen=True)
class Said:
    """Words of ours, to be translated and filled in; a plain text is what people typed."""

    text: str
    facts: Mapping[str, str] = field(default_factory=dict)


# The name of the value in that language, None when there is no such thing (any more).
Named = Callable[[str, bool], str | Said | None]


@dataclass(frozen=True)
class Part:
    """Something to fill in. `words` are added to the clause when it is filled: “since %(value)s”.

    A part without `words` has its place in the operator's clause, by its key. `named` says what a
    choice is called without making the whole list; it may be left out when the list is short.
    """

    key: str
    label: str
    takes: Takes
    words: str = ""
    is_required: bool = True
    choices: Choices | None = None
    named: Named | None = None
    least: int | None = None


@dataclass(frozen=True)
class Operator:
    """One way to ask. `label` stands in the menu; `clause` in the sentence of the view, with its pronoun
    and in the plural: “who came to %(event)s”, “whose %(field)s is %(value)s” (`field`: the label)."""

    key: str
    label: str
    clause: str
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Asked:
    """One condition as it was asked: `values` has the parts that were filled in, as str, int or date.

    `day` is the present day, on which roles are held and from which days are counted.
    """

    operator: str
    values: Mapping[str, Any]
    day: date


Where = Callable[[Asked], ColumnElement[bool]]


@dataclass(frozen=True)
class Condition:
    """Something to ask. `people` and `organisations` say what it means for each kind of record; one
    without a meaning for a kind is not offered there. `where` may raise NotUnderstood.

    `key` is made of small letters, digits, `_`, `-` and dots, and never changes. A label that people
    typed is data: it is not translated.
    """

    key: str
    label: str
    group: str
    operators: tuple[Operator, ...]
    people: Where | None = None
    organisations: Where | None = None
    is_data: bool = False

    def where(self, kind: str) -> Where | None:
        return {PEOPLE: self.people, ORGANISATIONS: self.organisations}[kind]

    def operator(self, key: str) -> Operator | None:
        return next((operator for operator in self.operators if operator.key == key), None)


Source = Callable[[str], Iterable[Condition]]


@dataclass
class _Registry:
    conditions: dict[str, Condition] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)


_known = _Registry()


def register(*conditions: Condition) -> None:
    """Offer these conditions; one with the same key is replaced."""
    for condition in conditions:
        _known.conditions[condition.key] = condition


def register_source(prefix: str, source: Source) -> None:
    """Offer the conditions that `source` gives for a kind of record, asked each time: fields that are data.

    Their keys begin with the prefix and a dot: `own.budget`.
    """
    _known.sources[prefix] = source


def group(label: str) -> str:
    """A heading of its own, after those there are."""
    if label not in _GROUPS:
        _GROUPS.append(label)
    return label


def offered(kind: str) -> list[Condition]:
    """The conditions for that kind of record, by heading, in the order in which they were registered."""
    found = [one for one in _known.conditions.values() if one.where(kind) is not None]
    for source in _known.sources.values():
        found += [one for one in source(kind) if one.where(kind) is not None]
    return sorted(found, key=lambda one: _GROUPS.index(group(one.group)))


def find(kind: str, key: str) -> Condition | None:
    """The condition of that key for that kind of record."""
    source = _known.sources.get(key.partition(".")[0])
    if source is not None:
        return next((one for one in source(kind) if one.key == key and one.where(kind) is not None), None)
    found = _known.conditions.get(key)
    return found if found is not None and found.where(kind) is not None else None

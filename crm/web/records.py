"""What other domains put on the page of a person or an organisation: tabs, boxes, marks, acts, and what they
tell of it as of a day.

A domain registers them in its `setup.install`; registering the same key again replaces it. A
record's kind is the name of its table: "people" or "organisations". Acts on a whole list are those
of "people-list" and "organisations-list", whose `address` takes the filter's query string; other ways to look
at the list are those of "people-list-more" and "organisations-list-more".
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from crm.web.rights import May

Render = Callable[[Any], str]
Number = Callable[[Any], int]


@dataclass(frozen=True)
class Tab:
    """A view of a record: `label` is to be translated, `render` gives safe HTML for the record."""

    key: str
    label: str
    render: Render
    number: Number | None = None
    is_last: bool = False


@dataclass(frozen=True)
class Box:
    """A box in the column of related things; one that renders to nothing is left out."""

    key: str
    render: Render


@dataclass(frozen=True)
class Act:
    """Something to do with a record: a link to `address`, shown to those who may."""

    key: str
    label: str
    icon: str
    may: May
    address: Callable[[Any], str]


@dataclass(frozen=True)
class Mark:
    """A state word in the first line of the page; one that renders to nothing is left out."""

    key: str
    render: Render


# Gives what is told of a record as of a day, as safe HTML; "" for nothing.
RenderOn = Callable[[Any, date], str]

_tabs: dict[str, dict[str, Tab]] = {}
_boxes: dict[str, dict[str, Box]] = {}
_acts: dict[str, dict[str, Act]] = {}
_marks: dict[str, dict[str, Mark]] = {}
_dated: dict[str, dict[str, RenderOn]] = {}


def tab(
    kind: str,
    key: str,
    label: str,
    render: Render,
    number: Number | None = None,
    *,
    is_last: bool = False,
) -> None:
    """Add a tab to the pages of that kind of record; the first one registered opens first.

    One that `is_last` stands after all others.
    """
    _tabs.setdefault(kind, {})[key] = Tab(key, label, render, number, is_last)


def box(kind: str, key: str, render: Render) -> None:
    """Add a box to the column of related things."""
    _boxes.setdefault(kind, {})[key] = Box(key, render)


def mark(kind: str, key: str, render: Render) -> None:
    """Add a state word to the first line of the page."""
    _marks.setdefault(kind, {})[key] = Mark(key, render)


def dated(kind: str, key: str, render: RenderOn) -> None:
    """Tell more of the record where the page says how it was on a day (`?on=`)."""
    _dated.setdefault(kind, {})[key] = render


def act(kind: str, key: str, label: str, icon: str, may: May, address: Callable[[Any], str]) -> None:
    """Add an act; the first one registered is the main act of the page."""
    _acts.setdefault(kind, {})[key] = Act(key, label, icon, may, address)


def tabs(kind: str) -> list[Tab]:
    return sorted(_tabs.get(kind, {}).values(), key=lambda tab: tab.is_last)


def boxes(kind: str) -> list[Box]:
    return list(_boxes.get(kind, {}).values())


def acts(kind: str) -> list[Act]:
    return list(_acts.get(kind, {}).values())


def marks(kind: str) -> list[Mark]:
    return list(_marks.get(kind, {}).values())


def as_of(kind: str, record: Any, day: date) -> list[str]:
    """What domains tell of the record as of that day."""
    drawn = (render(record, day) for render in _dated.get(kind, {}).values())
    return [html for html in drawn if html.strip()]

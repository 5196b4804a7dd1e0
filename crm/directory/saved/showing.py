"""What a list, a count or an audience says of the view it stands on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_login import current_user

from crm import clock
from crm.directory.conditions.tree import ALL, Group, Unreadable, from_json, read, together, write
from crm.directory.filters import BadFilter, Filter
from crm.directory.models import SavedView
from crm.directory.queries import views
from crm.directory.saved import services, words
from crm.web.forms import said
from crm.web.tables import here


@dataclass(frozen=True)
class Look:
    """The view of a list: `sentence` says who is meant, `broken` why nobody is."""

    view: SavedView | None = None
    sentence: str = ""
    broken: str = ""


def look(filter: Filter, kind: str) -> Look:
    """The view that the filter stands on, as this reader may see it."""
    view, sentence = None, ""
    try:
        views.check_reader(filter, kind, current_user)
        view = views.chosen(filter, kind) if filter.view else None
        tree = tree_of(filter, kind)
        sentence = words.sentence(tree, kind) if tree.parts else ""
        views.asked(filter, kind, day=clock.day(clock.now()))
    except BadFilter as refusal:
        return Look(view, sentence, said(refusal))
    return Look(view, sentence)


def tree_of(filter: Filter, kind: str) -> Group:
    """The conditions of the filter's view and address; what cannot be read is left out of the words."""
    trees = []
    if filter.view:
        trees.append(kept_tree(views.chosen(filter, kind)))
    if filter.where:
        trees.append(_read(filter.where))
    return together(*trees)


def kept_tree(view: SavedView) -> Group:
    try:
        return from_json(view.conditions)
    except Unreadable:
        return Group()


def _read(where: str) -> Group:
    try:
        return read(where)
    except Unreadable:
        return Group()


def chips(filter: Filter, kind: str) -> Iterator[tuple[str, str]]:
    """The view and each condition in words, with the address of the list without it."""
    if filter.view:
        try:
            views.check_reader(filter, kind, current_user)
            name = views.chosen(filter, kind).name
        except BadFilter:
            name = _("no longer there")
        yield _("View: %(name)s", name=name), here(view=None)
    if not filter.where:
        return
    tree = _read(filter.where)
    if tree.how != ALL:
        yield words.sentence(tree, kind), here(where=None)
        return
    for number, part in enumerate(tree.parts):
        rest = Group(ALL, tuple(other for place, other in enumerate(tree.parts) if place != number))
        yield words.part(part, kind), here(where=write(rest) or None)
    if not tree.parts:
        yield _("(a condition that is no longer understood)"), here(where=None)


def ways(
    filter: Filter, kind: str, shown: Look, default: SavedView | None, offered: Iterable[SavedView]
) -> dict[str, object]:
    """The views on offer beside a list, and what can be done with the one that it shows."""
    links = [
        {
            "name": view.name,
            "at": url_for(f"{kind}.index", view=view.id),
            "is_at": filter.view == str(view.id),
        }
        for view in offered
    ]
    build: dict[str, Any] = {name: values for name, values in _many(filter).items() if name != "bin"}
    view = shown.view
    return {
        "views": links,
        "build_at": url_for("views.build", listed=kind, **build),
        "can_mend": view is not None and services.may_change(view, current_user),
        "default": default,
    }


def _many(filter: Filter) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in filter.pairs():
        found.setdefault(name, []).append(value)
    return found

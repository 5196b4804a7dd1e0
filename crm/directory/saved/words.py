"""A view in words: “People who came to an event since 01/01/2024 and who are not tagged “press””."""

from datetime import date
from typing import Any

from babel.lists import format_list
from flask_babel import get_locale
from flask_babel import gettext as _

from crm.directory.conditions import ORGANISATIONS, NotUnderstood, Operator, Part, Said, Takes
from crm.directory.conditions.meaning import called, entry
from crm.directory.conditions.tree import ALL, ANY, Ask, Group
from crm.directory.messages import is_english
from crm.web.i18n import day, number, words
from crm.web.pages import say

UNFILLED = "…"


def sentence(tree: Group, kind: str) -> str:
    """The whole of it; groups stand in brackets."""
    what = _group(tree, kind)
    if kind == ORGANISATIONS:
        return str(_("Organisations %(what)s", what=what)) if what else str(_("All organisations"))
    return str(_("People %(what)s", what=what)) if what else str(_("Everybody"))


def _group(tree: Group, kind: str) -> str:
    parts = [part(one, kind) for one in tree.parts]
    if not parts:
        return ""
    locale = str(get_locale() or "fr")
    said = format_list(parts, style="standard" if tree.how == ALL else "or", locale=locale)
    return said if tree.how in (ALL, ANY) else str(_("except those %(what)s", what=said))


def part(one: Ask | Group, kind: str) -> str:
    """A condition or a group of them."""
    return _inner(one, kind) if isinstance(one, Group) else clause(one, kind)


def _inner(tree: Group, kind: str) -> str:
    what = _group(tree, kind)
    return what if len(tree.parts) < 2 and tree.how in (ALL, ANY) else f"({what})"


def clause(ask: Ask, kind: str) -> str:
    """One condition, with its pronoun: “who are tagged “press””."""
    try:
        condition, operator = entry(ask, kind)
    except NotUnderstood:
        return str(_("(a condition that is no longer understood)"))
    label = condition.label if condition.is_data else words(condition.label)
    facts = {part.key: _shown(part, ask.filled.get(part.key, "")) for part in operator.parts}
    said = words(operator.clause) % {"field": label, **facts}
    if kind == ORGANISATIONS and is_english() and said.startswith("who "):
        said = f"that {said[4:]}"
    return " ".join([said, *_added(operator, ask, facts)])


def _added(operator: Operator, ask: Ask, facts: dict[str, str]) -> list[str]:
    filled = ask.filled
    return [words(p.words) % {"value": facts[p.key]} for p in operator.parts if p.words and p.key in filled]


def _shown(part: Part, text: str) -> str:
    """The value as a reader knows it."""
    if not text:
        return UNFILLED
    try:
        if part.takes is Takes.DATE:
            return day(date.fromisoformat(text))
        if part.takes is Takes.NUMBER:
            return number(float(text.replace(",", ".")))
    except ValueError:
        return text
    return spoken(called(part, text, in_english=is_english())) or str(_("(gone)"))


def spoken(name: str | Said | None) -> str:
    if isinstance(name, Said):
        return words(name.text) % name.facts if name.facts else words(name.text)
    return name or ""


def refusal(refused: NotUnderstood) -> str:
    """Why a condition is not understood, its parts called as the reader knows them."""
    facts: dict[str, Any] = {name: say(str(value)) for name, value in refused.facts.items()}
    return words(refused.text) % facts

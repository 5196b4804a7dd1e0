"""The page that makes a view: its fields and the tree they stand for.

Each place has a path: `2` is the third part of the whole, `2-0` the first of the group that stands
there. `how-2` says that a group stands at 2 and of what kind, `is-2` which condition, `op-2` its
operator, `v-2-since` a value, `t-2-territory` what was typed into a field that proposes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from markupsafe import escape

from crm.directory import conditions, queries
from crm.directory.conditions import Choice, Condition, Missing, NotUnderstood, Operator, Part, Takes
from crm.directory.conditions.meaning import called, entry, values
from crm.directory.conditions.tree import ALL, ANY, DEEPEST, HOW, MOST, Ask, Group
from crm.directory.messages import is_english
from crm.directory.saved import words
from crm.territories import queries as territories
from crm.text import N_, clean

Piece = Ask | Group
HOWS = {
    "all": N_("All of these"),
    "any": N_("At least one of these"),
    "none": N_("None of these"),
}
SUGGEST = {Takes.TERRITORY: "territories.suggest", Takes.ORGANISATION: "organisations.suggest"}


# From the fields


def tree_of(fields: Mapping[str, str], kind: str) -> Group:
    """What stands on the page, after the button that was pressed (`act`)."""
    return _acted(_group(fields, kind, "", 1), fields.get("act", ""))


def _group(fields: Mapping[str, str], kind: str, path: str, depth: int) -> Group:
    how = fields.get(f"how-{path}" if path else "how", ALL)
    parts: list[Piece] = []
    for number in range(MOST):
        at = f"{path}-{number}" if path else str(number)
        if f"is-{at}" in fields:
            parts.append(_ask(fields, kind, at))
        elif f"how-{at}" in fields and depth < DEEPEST:
            parts.append(_group(fields, kind, at, depth + 1))
        else:
            break
    return Group(how if how in HOW else ALL, tuple(parts))


def _ask(fields: Mapping[str, str], kind: str, at: str) -> Ask:
    key = fields[f"is-{at}"]
    condition = conditions.find(kind, key)
    if condition is None:
        return Ask(key, fields.get(f"op-{at}", ""))
    operator = condition.operator(fields.get(f"op-{at}", "")) or condition.operators[0]
    typed = [(part.key, _typed(fields, at, part)) for part in operator.parts]
    return Ask(key, operator.key, tuple((name, value) for name, value in typed if value))


def _typed(fields: Mapping[str, str], at: str, part: Part) -> str:
    value = clean(fields.get(f"v-{at}-{part.key}"))[:200]
    text = clean(fields.get(f"t-{at}-{part.key}"))[:200]
    if part.takes not in SUGGEST or not text:
        return "" if part.takes in SUGGEST and f"t-{at}-{part.key}" in fields else value
    # Without a script the key of the former choice stays beside what was typed since.
    known = words.spoken(called(part, value, in_english=is_english())) if value else ""
    return value if known == text else _likeliest(part, text)


def _likeliest(part: Part, text: str) -> str:
    """The key of what was typed and not chosen; "" when nothing is called so."""
    if part.takes is Takes.TERRITORY:
        found = territories.suggest(text, limit=1)
        return str(found[0].territory.id) if found else ""
    known = queries.suggest_organisations(text, limit=1)
    return str(known[0].id) if known else ""


# Buttons


def _acted(tree: Group, act: str) -> Group:
    name, _colon, path = act.partition(":")
    steps = [int(step) for step in path.split("-") if step.isdecimal() and len(step) < 3]
    if name == "add":
        return _changed(tree, steps, lambda group: Group(group.how, (*group.parts, Ask(""))))
    if name == "group":
        return _changed(tree, steps, lambda group: Group(group.how, (*group.parts, Group(ANY, (Ask(""),)))))
    if name == "drop" and steps:
        last = steps[-1]
        return _changed(
            tree,
            steps[:-1],
            lambda group: Group(group.how, tuple(p for n, p in enumerate(group.parts) if n != last)),
        )
    return tree


def _changed(tree: Group, steps: list[int], change: Callable[[Group], Group]) -> Group:
    """The tree with the group at the end of the steps changed."""
    if not steps:
        return change(tree)
    number = steps[0]
    inner = tree.parts[number] if number < len(tree.parts) else None
    if not isinstance(inner, Group):
        return tree
    parts = list(tree.parts)
    parts[number] = _changed(inner, steps[1:], change)
    return Group(tree.how, tuple(parts))


# To the page


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    at: bool


@dataclass(frozen=True)
class Input:
    """One value to fill in."""

    id: str
    name: str
    label: str
    takes: str
    value: str
    text: str
    text_name: str
    suggest: str
    is_required: bool
    groups: list[tuple[str, list[Option]]]


@dataclass(frozen=True)
class Line:
    """One condition as the page shows it; `problem` says what is wrong with it."""

    path: str
    groups: list[tuple[str, list[Option]]]
    operators: list[Option]
    inputs: list[Input]
    problem: str
    is_group: bool = False


@dataclass(frozen=True)
class Lines:
    """A group as the page shows it."""

    path: str
    hows: list[Option]
    parts: list["Line | Lines"]
    may_hold_groups: bool
    is_group: bool = True


def lines_of(tree: Group, kind: str, path: str = "", depth: int = 1) -> Lines:
    parts: list[Line | Lines] = []
    for number, part in enumerate(tree.parts):
        at = f"{path}-{number}" if path else str(number)
        parts.append(
            lines_of(part, kind, at, depth + 1) if isinstance(part, Group) else _line(part, kind, at)
        )
    hows = [Option(how, label, how == tree.how) for how, label in HOWS.items()]
    return Lines(path, hows, parts, depth < DEEPEST - 1)


def _line(ask: Ask, kind: str, path: str) -> Line:
    offered = conditions.offered(kind)
    groups = _grouped([(one.group, one.key, _label(one.label, one.is_data)) for one in offered], ask.key)
    condition = conditions.find(kind, ask.key)
    if condition is None:
        problem = words.refusal(NotUnderstood(what=ask.key)) if ask.key else ""
        return Line(path, groups, [], [], problem)
    operator = condition.operator(ask.operator) or condition.operators[0]
    operators = [Option(one.key, one.label, one is operator) for one in condition.operators]
    inputs = [_input(part, ask, path) for part in operator.parts]
    return Line(path, groups, operators, inputs, problem_of(ask, condition, operator))


def problem_of(ask: Ask, condition: Condition, operator: Operator) -> str:
    """Why the condition means nothing; "" also while it is not yet filled in."""
    try:
        values(ask, condition, operator)
    except Missing:
        return ""
    except NotUnderstood as refused:
        return words.refusal(refused)
    return ""


def _label(label: str, is_data: bool) -> str:
    return escape(label) if is_data else label


def _grouped(rows: list[tuple[str, str, str]], at: str) -> list[tuple[str, list[Option]]]:
    groups: dict[str, list[Option]] = {}
    for heading, value, label in rows:
        groups.setdefault(heading, []).append(Option(value, label, value == at))
    return list(groups.items())


def _input(part: Part, ask: Ask, path: str) -> Input:
    value = ask.filled.get(part.key, "")
    rows: list[Choice] = list(part.choices(is_english())) if part.choices else []
    groups = _grouped([(one.heading, one.value, _label(one.label, one.is_data)) for one in rows], value)
    proposes = part.takes in SUGGEST
    name = called(part, value, in_english=is_english()) if proposes and value else None
    return Input(
        id=f"v-{path}-{part.key}",
        name=f"v-{path}-{part.key}",
        label=part.label,
        takes=part.takes,
        value=value,
        text=words.spoken(name),
        text_name=f"t-{path}-{part.key}",
        suggest=SUGGEST.get(part.takes, ""),
        is_required=part.is_required,
        groups=groups,
    )


def complete(tree: Group, kind: str) -> tuple[Group, int]:
    """The tree without the conditions that are not filled in yet, and how many those are."""
    left = 0

    def kept(group: Group) -> Group:
        nonlocal left
        parts: list[Piece] = []
        for part in group.parts:
            if isinstance(part, Group):
                parts.append(kept(part))
            elif is_complete(part, kind):
                parts.append(part)
            else:
                left += 1
        return Group(group.how, tuple(parts))

    return kept(tree).pruned(), left


def is_complete(ask: Ask, kind: str) -> bool:
    """Whether everything is filled in; what is not understood counts as filled in."""
    if not ask.key:
        return False
    try:
        values(ask, *entry(ask, kind))
    except Missing:
        return False
    except NotUnderstood:
        return True
    return True

"""Two versions of a text: what was taken out and what was put in, word by word."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from markupsafe import Markup, escape

AROUND = 12  # words of what stayed, on each side of what changed
LONGEST = 4_000  # words compared one by one; beyond that the two are shown whole

_WORD = re.compile(r"\s+|[^\s]+")


def difference(before: str, after: str) -> Markup:
    """One text with what went marked as deleted and what came as inserted; what stayed is cut short."""
    return Markup("").join(_told(before, after))


def _told(before: str, after: str) -> Iterator[Markup]:
    old, new = _WORD.findall(before), _WORD.findall(after)
    for what, a, b, c, d in _steps(old, new):
        if what == "equal":
            yield _cut(old[a:b], is_first=a == 0, is_last=b == len(old))
            continue
        if gone := "".join(old[a:b]):
            yield Markup("<del>%s</del>") % gone
        if come := "".join(new[c:d]):
            yield Markup("<ins>%s</ins>") % come


def marked(theirs: str, yours: str) -> tuple[Markup, Markup]:
    """Both texts whole, each with the words marked that the other one does not have."""
    one, other = _WORD.findall(theirs), _WORD.findall(yours)
    left, right = Markup(""), Markup("")
    for what, a, b, c, d in _steps(one, other):
        here, there = "".join(one[a:b]), "".join(other[c:d])
        is_same = what == "equal"
        left += escape(here) if is_same or not here.strip() else Markup("<mark>%s</mark>") % here
        right += escape(there) if is_same or not there.strip() else Markup("<mark>%s</mark>") % there
    return left, right


def _steps(old: list[str], new: list[str]) -> list[tuple[str, int, int, int, int]]:
    if len(old) + len(new) > LONGEST:
        return [("replace", 0, len(old), 0, len(new))]
    return list(SequenceMatcher(None, old, new, autojunk=False).get_opcodes())


def _cut(words: list[str], *, is_first: bool, is_last: bool) -> Markup:
    """What stayed, without its middle, and without its far end at either end of the text."""
    if len(words) <= 2 * AROUND:
        return escape("".join(words))
    head = "" if is_first else "".join(words[:AROUND])
    tail = "" if is_last else "".join(words[-AROUND:])
    return escape(f"{head} … {tail}".strip() if head or tail else "")

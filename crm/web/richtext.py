"""Rich text: what may stay of HTML that was typed or pasted, and the same in plain words.

Typed HTML passes `sanitise` when it comes in and again wherever it is shown, so that a rule made
stricter holds for old text too.
"""

import re
from collections.abc import Iterable
from html.parser import HTMLParser

import nh3
from markupsafe import Markup

TAGS = frozenset({
    "a", "b", "blockquote", "br", "code", "del", "div", "em", "h1", "h2", "h3", "h4", "hr", "i", "li", "ol",
    "p", "pre", "s", "strong", "sub", "sup", "u", "ul",
})  # fmt: skip
DROPPED_WHOLE = frozenset(
    {"script", "style", "title", "template", "noscript", "iframe", "object", "svg", "math"}
)
SCHEMES = frozenset({"http", "https", "mailto"})

_cleaner = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags=set(DROPPED_WHOLE),
    attributes={"a": {"href"}},
    url_schemes=set(SCHEMES),
    url_relative="deny",
    link_rel="noopener noreferrer",
    strip_comments=True,
)
_H1 = re.compile(r"<(/?)h1>")
# Tags inside each other take time that grows with the square of their number.
MOST_TAGS = 3_000
_TAG = re.compile(r"<[a-z]", re.I)


def _tags_but(names: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"</?(?!(?:{'|'.join(sorted(names))})\b)[a-z][^<>]*>", re.I)


_UNKNOWN_TAGS = _tags_but(TAGS | DROPPED_WHOLE)
# A paragraph ends where the next begins: these never stand inside each other.
_TAGS_INSIDE = _tags_but({"p", "br", "script", "style", "title"})
_BLOCKS = frozenset({"blockquote", "div", "h1", "h2", "h3", "h4", "hr", "li", "ol", "pre", "ul"})


def sanitise(html: str | None) -> Markup:
    """The HTML with nothing but text, its structure, and links to http, https and mailto addresses.

    No style, no class, no script, no attribute of htmx, no image. A first-level heading becomes a
    second-level one, for the page has its own.
    """
    cleaned = _cleaner.clean(flattened(html or ""))
    return Markup(_H1.sub(r"<\1h2>", cleaned))  # noqa: S704  (it is clean now)


def flattened(html: str) -> str:
    """HTML of more tags than anybody writes loses those that say nothing, then all but paragraphs."""
    for unwanted in (_UNKNOWN_TAGS, _TAGS_INSIDE):
        if len(_TAG.findall(html)) <= MOST_TAGS:
            break
        html = unwanted.sub(_gap, html)
    return html


def _gap(tag: re.Match[str]) -> str:
    """What stands for a tag that is left out: boxes stay apart."""
    name = tag[0].strip("</>").split(maxsplit=1)[0].rstrip("/").lower()
    if tag[0][1] == "/":
        return " " if name in _BLOCKS else ""
    return "<p>" if name in _BLOCKS else ""


def plain(html: str | None) -> str:
    """The same in plain words: paragraphs apart by an empty line, lists with dashes, links written out."""
    reader = _Plain()
    reader.feed(html or "")
    reader.close()
    return reader.text()


_PARAGRAPHS = frozenset({"p", "div", "h1", "h2", "h3", "h4", "blockquote", "pre", "ul", "ol", "hr", "table"})
_LINES = frozenset({"li", "tr"})
_SPACE = re.compile(r"[\x00\x01 \t\r\n\f]+")
# Signs for breaks that were asked for, which no text can hold: several together are one.
_LINE, _PARAGRAPH = "\x00", "\x01"
_BREAKS = re.compile(r"(?:[ \n]*[\x00\x01])+\n*")


class _Plain(HTMLParser):
    """Collects text and the breaks asked for between."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []
        self._lists: list[int | None] = []
        self._link: tuple[str, int] | None = None
        self._pre = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._pieces.append("\n")
        elif tag in _PARAGRAPHS:
            self._pieces.append(_LINE if tag in ("ul", "ol") and self._lists else _PARAGRAPH)
        if tag in ("ul", "ol"):
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._item()
        elif tag == "a":
            self._link = (dict(attrs).get("href") or "", len(self._pieces))
        elif tag == "pre":
            self._pre += 1
        elif tag == "img" and (said := dict(attrs).get("alt")):
            self._pieces.append(f"[{said}]")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        elif tag == "pre":
            self._pre = max(0, self._pre - 1)
        elif tag == "a":
            self._write_out_link()
        if tag in _PARAGRAPHS:
            self._pieces.append(_LINE if tag in ("ul", "ol") and self._lists else _PARAGRAPH)
        elif tag in _LINES:
            self._pieces.append(_LINE)

    def handle_data(self, data: str) -> None:
        self._pieces.append(
            data.replace(_LINE, "").replace(_PARAGRAPH, "") if self._pre else _SPACE.sub(" ", data)
        )

    def _item(self) -> None:
        self._pieces.append(_LINE)
        depth = max(0, len(self._lists) - 1)
        mark = "- "
        if self._lists and self._lists[-1] is not None:
            number = self._lists[-1] + 1
            self._lists[-1] = number
            mark = f"{number}. "
        self._pieces.append("  " * depth + mark)

    def _write_out_link(self) -> None:
        if self._link is None:
            return
        target, begins = self._link
        self._link = None
        label = "".join(self._pieces[begins:]).strip()
        if target and target.removeprefix("mailto:") != label:
            self._pieces.append(f" ({target.removeprefix('mailto:')})")

    def text(self) -> str:
        run = _BREAKS.sub(lambda asked: "\n\n" if _PARAGRAPH in asked[0] else "\n", "".join(self._pieces))
        lines = (line.rstrip() for line in run.strip(" \n").split("\n"))
        return "\n".join(line if line.startswith("  ") else line.strip() for line in lines)

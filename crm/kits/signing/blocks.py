"""Typed HTML as blocks of runs, for papers: paragraphs, headings, list items, quotations."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

KINDS = {"h2": "heading", "h3": "heading", "h4": "heading", "li": "item", "blockquote": "quote"}
BREAKS = frozenset({"p", "div", "pre", "ul", "ol", "hr", *KINDS})
MARKS = {"b": "bold", "strong": "bold", "i": "italic", "em": "italic"}


@dataclass
class Run:
    """Letters of one look; `link` is the address they lead to."""

    text: str
    bold: bool = False
    italic: bool = False
    link: str = ""


@dataclass
class Block:
    """`kind` is paragraph, heading, item or quote."""

    kind: str
    runs: list[Run] = field(default_factory=list)


def blocks(html: str) -> list[Block]:
    """What the sanitised HTML says; empty blocks are left out."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return [block for block in reader.blocks if any(run.text.strip() for run in block.runs)]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks = [Block("paragraph")]
        self._kinds: list[str] = []
        self._marks: list[str] = []
        self._link = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BREAKS:
            self._kinds += [KINDS[tag]] if tag in KINDS else []
            self._begin()
        elif tag == "br":
            self._add("\n")
        elif tag in MARKS:
            self._marks.append(MARKS[tag])
        elif tag == "a":
            self._link = dict(attrs).get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag in KINDS and KINDS[tag] in self._kinds:
            self._kinds.reverse()
            self._kinds.remove(KINDS[tag])
            self._kinds.reverse()
        if tag in BREAKS:
            self._begin()
        elif tag in MARKS and MARKS[tag] in self._marks:
            self._marks.remove(MARKS[tag])
        elif tag == "a":
            self._link = ""

    def handle_data(self, data: str) -> None:
        self._add(" ".join(f"|{data}|".split())[1:-1])

    def _begin(self) -> None:
        self.blocks.append(Block(self._kinds[-1] if self._kinds else "paragraph"))

    def _add(self, text: str) -> None:
        if text:
            marks = self._marks
            self.blocks[-1].runs.append(Run(text, "bold" in marks, "italic" in marks, self._link))

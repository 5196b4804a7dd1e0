"""Blocks: markers in double brackets that stand in a mailing's text for something larger.

    [[événement 12]]   [[bouton S’inscrire | https://…]]   [[image 4]]
    [[citation 7]]     [[signature 2]]                     [[ressources 12]]

They are a closed list, looked for once, in what was typed: what a block shows is never looked into, so
that a title or a quote that looks like a marker stays as it is. `crm.mailings.drawing` draws them.
"""

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select

from crm.db import db
from crm.errors import CrmError
from crm.events.models import Event
from crm.mailings.fields import FieldInLink
from crm.mailings.stationery.models import Picture, Signature
from crm.relations import queries as relations
from crm.relations.models import Quote
from crm.text import N_, fold

MARKER = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
PIECES = re.compile(r"(<[^>]*>)")


class BlockKind(StrEnum):
    EVENT = "event"
    BUTTON = "button"
    IMAGE = "image"
    QUOTE = "quote"
    SIGNATURE = "signature"
    RESOURCES = "resources"


# What stands in the brackets in French and in English, and what pages call it.
WORDS: dict[BlockKind, tuple[str, str, str]] = {
    BlockKind.EVENT: ("événement", "event", N_("Event")),
    BlockKind.BUTTON: ("bouton", "button", N_("Button")),
    BlockKind.IMAGE: ("image", "image", N_("Image")),
    BlockKind.QUOTE: ("citation", "quote", N_("Quote")),
    BlockKind.SIGNATURE: ("signature", "signature", N_("Signature")),
    BlockKind.RESOURCES: ("ressources", "resources", N_("Resources of an event")),
}
_BY_WORD = {fold(word): kind for kind, (fr, en, _label) in WORDS.items() for word in (fr, en)}


class UnknownBlock(CrmError):
    text = N_("“%(block)s” is not a block. Insert blocks from the menu, or remove the brackets.")


class BrokenBlock(CrmError):
    text = N_("Double brackets are opened or closed alone near “%(near)s”. Insert blocks from the menu.")


class BadButton(CrmError):
    text = N_(
        "“%(block)s” makes no button: write its words, a bar, and an address that begins with https://, "
        "such as [[button Register | https://example.org]]."
    )


class GoneBlock(CrmError):
    text = N_(
        "“%(block)s” stands for nothing that can be shown: it was removed, or may not be printed any more. "
        "Take it out or put another one."
    )


@dataclass(frozen=True)
class Block:
    """One marker, read: what it stands for by its key, or a button's words and address."""

    kind: BlockKind
    key: int = 0
    label: str = ""
    url: str = ""

    def marker(self, language: str) -> str:
        """How it is written in a text of that language."""
        fr, en, _label = WORDS[self.kind]
        told = f"{self.label} | {self.url}" if self.kind is BlockKind.BUTTON else str(self.key)
        return f"[[{en if language == 'en' else fr} {told}]]"


def read(inner: str) -> Block:
    """What stands between the brackets, in HTML. Raises UnknownBlock, BadButton."""
    words = " ".join(html.unescape(inner).split())
    shown = _excerpt(f"[[{words}]]")
    name, _space, told = words.partition(" ")
    kind = _BY_WORD.get(fold(name))
    if kind is None:
        raise UnknownBlock(block=shown)
    if kind is BlockKind.BUTTON:
        label, _bar, url = (part.strip() for part in told.rpartition("|"))
        if not label or not _is_address(url):
            raise BadButton(block=shown)
        return Block(kind, label=label, url=url)
    if not told.isdecimal() or len(told) > 9:
        raise UnknownBlock(block=shown)
    return Block(kind, key=int(told))


def check(text: str, *, field: str) -> None:
    """Raise what is wrong with the first faulty marker of clean HTML, for the form field of that name."""
    for piece in PIECES.split(text)[::2]:
        for found in MARKER.finditer(piece):
            try:
                block = read(found[1])
                if "{{" in block.url or "%7B%7B" in block.url.upper():
                    raise FieldInLink(word=_excerpt(block.url))
                if block.kind is not BlockKind.BUTTON and what(block) is None:
                    raise GoneBlock(block=_excerpt(html.unescape(found[0])))
            except CrmError as refusal:
                refusal.field = field
                raise
        rest = MARKER.sub("", piece)
        if (at := max(rest.find("[["), rest.find("]]"))) >= 0:
            broken = BrokenBlock(near=_excerpt(html.unescape(rest[max(at - 10, 0) : at + 20])))
            broken.field = field
            raise broken


def used(*texts: str) -> Iterator[Block]:
    """The blocks that stand in clean HTML, in their order; what cannot be read is left out."""
    for text in texts:
        for piece in PIECES.split(text)[::2]:
            for found in MARKER.finditer(piece):
                try:
                    yield read(found[1])
                except CrmError:
                    continue


def what(block: Block) -> Any:
    """The record that the block shows, None when it is gone or may not be shown."""
    return _FIND[block.kind](block.key)


def _quote(key: int) -> Quote | None:
    return db.session.scalar(relations.quotes(state="quotable").where(Quote.id == key))


_FIND: dict[BlockKind, Callable[[int], Any]] = {
    BlockKind.EVENT: lambda key: db.session.get(Event, key),
    BlockKind.BUTTON: lambda key: None,
    BlockKind.IMAGE: lambda key: db.session.get(Picture, key),
    BlockKind.QUOTE: _quote,
    BlockKind.SIGNATURE: lambda key: db.session.get(Signature, key),
    BlockKind.RESOURCES: lambda key: db.session.get(Event, key),
}


def events() -> list[Event]:
    """The events that the menus offer, the latest first."""
    return list(db.session.scalars(select(Event).order_by(Event.starts_at.desc(), Event.id).limit(60)))


def quotes() -> list[Quote]:
    """The quotes that may be printed, the last first."""
    rows = relations.quotes(state="quotable").order_by(Quote.id.desc()).limit(60)
    return list(db.session.scalars(rows))


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "." in host and url.isprintable() and " " not in url


def _excerpt(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"

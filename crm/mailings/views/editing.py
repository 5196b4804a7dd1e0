"""What the editor of a text offers: merge fields and blocks as chips, and the menus they come from."""

import json
from dataclasses import dataclass
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user

from crm.db import db
from crm.events import dates
from crm.mailings import blocks, drawing
from crm.mailings.blocks import WORDS, Block, BlockKind
from crm.mailings.fields import FIELDS
from crm.mailings.stationery import queries as stationery
from crm.mailings.stationery.forms import PictureForm
from crm.text import N_
from crm.web.forms import PageForm
from crm.web.pages import say


@dataclass(frozen=True)
class Offer:
    """One thing that can be put into a text: the block, and what its menu calls it."""

    block: Block
    label: str


@dataclass(frozen=True)
class Menu:
    """The blocks of one kind; `none` says what to do where there is nothing to offer."""

    kind: BlockKind
    label: str
    offers: list[Offer]
    none: str


def menus() -> list[Menu]:
    """Everything that can be put into a text but buttons, which are typed."""
    events = blocks.events()
    named = {event.id: f"{event.title}, {dates.short_when(event)}" for event in events}
    account = current_user._get_current_object()
    return [
        _menu(BlockKind.EVENT, named, N_("No event yet.")),
        _menu(BlockKind.RESOURCES, named, N_("No event yet.")),
        _menu(
            BlockKind.QUOTE,
            {
                quote.id: _short(_("%(who)s: %(words)s", who=quote.person.name, words=quote.words))
                for quote in blocks.quotes()
            },
            N_("No quote may be printed yet: they are kept with exchanges."),
        ),
        _menu(
            BlockKind.SIGNATURE,
            {one.id: one.name for one in db.session.scalars(stationery.signatures_of(account))},
            N_("No signature yet: write one among the signatures."),
        ),
        _menu(
            BlockKind.IMAGE,
            {one.id: one.name for one in db.session.scalars(stationery.pictures().limit(60))},
            N_("No image yet."),
        ),
    ]


def _menu(kind: BlockKind, named: dict[int, str], none: str) -> Menu:
    return Menu(kind, WORDS[kind][2], [Offer(Block(kind, key), name) for key, name in named.items()], none)


def facts_of_the_editor(form: PageForm) -> dict[str, Any]:
    """What the templates of the editor ask for: `fields`, `menus`, and by language the names of chips."""
    offered = menus()
    return {
        "fields": FIELDS,
        "picture_form": PictureForm(),
        "menus": offered,
        "button_words": {"fr": WORDS[BlockKind.BUTTON][0], "en": WORDS[BlockKind.BUTTON][1]},
        "chips": {
            language: json.dumps(_chips(offered, language, form[f"body_{language}"].data or ""))
            for language in ("fr", "en")
        },
    }


def _chips(offered: list[Menu], language: str, body: str) -> dict[str, str]:
    """By the words of each chip, what it is called."""
    reader = str(get_locale())
    known = {field.word(word): say(field.label) for field in FIELDS for word in ("fr", "en")}
    known |= {
        offer.block.marker(word): _("%(kind)s: %(what)s", kind=say(menu.label), what=offer.label)
        for menu in offered
        for offer in menu.offers
        for word in {language, "fr"}
    }
    # Those that stand in the text and that no menu offers any more.
    for block in blocks.used(body):
        if block.kind is not BlockKind.BUTTON and block.marker(language) not in known:
            label = drawing.called(block, reader)
            known |= {block.marker(word): label for word in ("fr", "en")}
    known["[[button]]"] = _("%(kind)s: %(what)s", kind=say(WORDS[BlockKind.BUTTON][2]), what="{}")
    return known


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:77]}…"

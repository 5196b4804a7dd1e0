"""Blocks as readers see them: cards, buttons, images, quotes, signatures and documents in a mail's HTML.

Drawn with tables and classes that `templates/mail/letter.css` knows; the plain text of a mail is read off
the same HTML (`crm.web.richtext.plain`).
"""

import re
from collections.abc import Callable
from typing import Any

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from crm import clock
from crm.errors import CrmError
from crm.events import dates
from crm.events.messages import page_url
from crm.events.models import Event
from crm.events.resources import services as resources
from crm.mailings import blocks, fields
from crm.mailings.blocks import MARKER, PIECES, Block, BlockKind
from crm.mailings.stationery.models import Picture, Signature
from crm.relations.models import Quote
from crm.web import richtext

# What a mail's sheet leaves for an image, in pixels; phones show it as wide as they are.
WIDEST = 552
_NEVER_CLOSED = frozenset({"br", "hr", "img"})
_BOXES = frozenset({"div", "li", "ul", "ol", "blockquote"})


def placed(clean: Markup, language: str) -> Markup:
    """The clean HTML with its markers drawn, in the language of the text.

    A marker that stands inside a paragraph, or inside bold words, ends these before it and begins them again.
    """
    drawn: list[str] = []
    open_tags: list[str] = []
    for number, piece in enumerate(PIECES.split(str(clean))):
        if number % 2:
            _follow(open_tags, piece)
            drawn.append(piece)
        else:
            drawn.append(_words(piece, open_tags, language))
    html = "".join(drawn)
    for nothing in ("<p></p>", "<strong></strong>", "<em></em>"):
        html = html.replace(nothing, "")
    return Markup(html)  # noqa: S704  (it was clean, and what is drawn is)


def _name_of(tag: str) -> str:
    return tag.strip("</>").split(maxsplit=1)[0].rstrip("/")


def _follow(open_tags: list[str], tag: str) -> None:
    name = _name_of(tag)
    if tag.startswith("</"):
        while open_tags and _name_of(open_tags.pop()) != name:
            pass
    elif name not in _NEVER_CLOSED:
        open_tags.append(tag)


def _words(text: str, open_tags: list[str], language: str) -> str:
    boxes = [place for place, tag in enumerate(open_tags) if _name_of(tag) in _BOXES]
    within = open_tags[boxes[-1] + 1 :] if boxes else open_tags
    ends = "".join(f"</{_name_of(tag)}>" for tag in reversed(within))
    begins = "".join(within)

    def draw(found: re.Match[str]) -> str:
        try:
            block = blocks.read(found[1])
        except CrmError:
            return found[0]
        return f"{ends}{block_html(block, language)}{begins}"

    return MARKER.sub(draw, text)


def block_html(block: Block, language: str) -> Markup:
    """The block in the language; nothing for what is gone or may not be shown any more."""
    if block.kind is BlockKind.BUTTON:
        return _button(block.label, block.url)
    record = blocks.what(block)
    if record is None:
        return Markup("")
    with force_locale(language):
        return _DRAW[block.kind](record, language)


def _button(label: str, url: str) -> Markup:
    return Markup('<p class="acts"><a class="main" href="{}">{}</a></p>').format(url, label)


def _event(event: Event, language: str) -> Markup:
    lines = [line for line in (dates.when(event), dates.where(event)) if line]
    address = page_url(event)
    return Markup(
        '<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0"><tr>'
        '<td class="card"><h2>{}</h2><p>{}</p>{}</td></tr></table>'
    ).format(
        event.title,
        Markup("<br>").join(lines),
        _button(_("See the event and register"), address) if address else "",
    )


def _image(picture: Picture, language: str) -> Markup:
    width = min(picture.width, WIDEST)
    return Markup('<p class="picture"><img src="{}" width="{}" alt="{}"></p>').format(
        picture_url(picture.stored_as), width, picture.alt_in(language)
    )


def picture_url(stored_as: str) -> str:
    """Where mail programs fetch a picture: the same address for every reader, so that nobody is followed."""
    return f"{current_app.config['BASE_URL']}/mailings/pictures/{stored_as}"


def _quote(quote: Quote, language: str) -> Markup:
    said_by = ", ".join(filter(None, (quote.person.name, quote.printed_as)))
    return Markup('<blockquote class="quote"><p>{}</p><p class="said-by">{}</p></blockquote>').format(
        _("“%(words)s”", words=quote.words.strip('«»“”" \xa0\u202f')), f"— {said_by}"
    )


def _signature(signature: Signature, language: str) -> Markup:
    return Markup('<div class="signature">{}</div>').format(
        fields.placed_html(richtext.sanitise(signature.body_in(language)))
    )


def _resources(event: Event, language: str) -> Markup:
    shown = resources.shown(event, to_registered=False, at=clock.now())
    items = [
        Markup('<li><a href="{}">{}</a></li>').format(one.url or _file_url(event, one.stored_as), one.title)
        for one in shown
    ]
    if not items:
        return Markup("")
    return Markup("<h2>{}</h2><ul>{}</ul>").format(
        _("Documents of “%(event)s”", event=event.title), Markup("").join(items)
    )


def _file_url(event: Event, stored_as: str | None) -> str:
    return f"{current_app.config['BASE_URL']}/e/{event.slug}/resources/{stored_as}"


_DRAW: dict[BlockKind, Callable[[Any, str], Markup]] = {
    BlockKind.EVENT: _event,
    BlockKind.IMAGE: _image,
    BlockKind.QUOTE: _quote,
    BlockKind.SIGNATURE: _signature,
    BlockKind.RESOURCES: _resources,
}


def called(block: Block, language: str) -> str:
    """What the block is called in the editor: “Event: Health webinar, 12/06/2030”."""
    kind = str(_(blocks.WORDS[block.kind][2]))
    return str(_("%(kind)s: %(what)s", kind=kind, what=_name(block, language)))


def _name(block: Block, language: str) -> str:
    if block.kind is BlockKind.BUTTON:
        return block.label
    record = blocks.what(block)
    if record is None:
        return str(_("gone"))
    if isinstance(record, Event):
        return f"{record.title}, {dates.short_when(record)}"
    if isinstance(record, Quote):
        words = record.words if len(record.words) < 60 else f"{record.words[:57]}…"
        return f"{record.person.name}, {words}"
    return str(record.name)

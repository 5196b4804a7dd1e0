"""What the blocks of a mailing show, as far as somebody decides it: hours that pass change nothing here."""

from collections.abc import Callable
from typing import Any

from flask_babel import force_locale

from crm.events import dates
from crm.events.models import Event
from crm.events.resources import services as resources
from crm.mailings import blocks
from crm.mailings.blocks import BlockKind
from crm.mailings.models import Mailing
from crm.mailings.stationery.models import Picture, Signature
from crm.relations.models import Quote


def of(mailing: Mailing) -> list[list[Any]]:
    """For each block of its texts, the words and files that readers get to see."""
    found = blocks.used(mailing.body_fr, mailing.body_en)
    shown = {(block.kind, block.key): blocks.what(block) for block in found if block.kind in _READ}
    return [
        [kind, key, *(_READ[kind](record) if record is not None else ())]
        for (kind, key), record in sorted(shown.items(), key=lambda pair: pair[0])
    ]


def _event(event: Event) -> tuple[Any, ...]:
    with force_locale("fr"):
        return event.title, dates.when(event), dates.where(event)


def _resources(event: Event) -> tuple[Any, ...]:
    public = (one for one in resources.of(event) if one.is_public)
    return event.title, *((one.title, one.url, one.stored_as) for one in public)


def _quote(quote: Quote) -> tuple[Any, ...]:
    return quote.words, quote.person.name, quote.printed_as


def _picture(picture: Picture) -> tuple[Any, ...]:
    return picture.stored_as, picture.alt_fr, picture.alt_en


def _signature(signature: Signature) -> tuple[Any, ...]:
    return signature.body_fr, signature.body_en


_READ: dict[BlockKind, Callable[[Any], tuple[Any, ...]]] = {
    BlockKind.EVENT: _event,
    BlockKind.RESOURCES: _resources,
    BlockKind.QUOTE: _quote,
    BlockKind.IMAGE: _picture,
    BlockKind.SIGNATURE: _signature,
}

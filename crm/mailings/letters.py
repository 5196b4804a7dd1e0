"""The letter of a mailing: drawn from its words while it is written, frozen when it leaves.

What it shows besides its words (the card of an event, a signature, the colour of our mails) may be changed
by somebody while its messages leave. Every reader gets the letter as it stood when it left, and a message
that is tried again is the same as the first. Only what may be shown no longer, a quote that was taken back or
a picture, is left out from that moment on: then the letter is drawn anew.
"""

from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import select

from crm.db import db
from crm.mail import purposes
from crm.mail.composing import Button, Layout, Letter, lay_out, place
from crm.mailings import blocks, drawing, fields, own_links
from crm.mailings.blocks import BlockKind
from crm.mailings.clicks import counting
from crm.mailings.models import FrozenLetter, Mailing
from crm.settings import queries as settings
from crm.web import richtext

# What may be shown no longer once somebody took it back: their words, a picture.
_TAKEN_BACK = frozenset({BlockKind.QUOTE, BlockKind.IMAGE})


def layout(mailing: Mailing, language: str) -> Layout:
    """The letter in its form, in that language: as it left, or as it would."""
    frozen = _frozen(mailing, language) if mailing.left_at else None
    if frozen is not None and not _shows_what_is_gone(mailing, language):
        return Layout.of(frozen.cut)
    return lay_out(letter(mailing, language, house()))


def freeze(mailing: Mailing) -> None:
    """Keep the letter as it stands in each of its languages: the mailing leaves."""
    for language in mailing.languages:
        made = lay_out(letter(mailing, language, house()))
        cut = [list(part) for part in made.cut]
        db.session.add(FrozenLetter(mailing_id=mailing.id, language=language, cut=cut))
    db.session.flush()


def house() -> str:
    return settings.association().name


def letter(mailing: Mailing, language: str, house: str) -> Letter:
    """The mailing in one language, with places where merge fields stand."""
    with force_locale(language):
        return Letter(
            language=language,
            title=fields.placed(mailing.subject_in(language)),
            body=counting.placed(
                own_links.placed(_body(mailing.body_in(language), language), mailing.subject_ref), mailing
            ),
            house=house,
            notices=(_notice(mailing, language, house), *_counted(mailing)),
            links=(Button(_("Choose what you receive, or unsubscribe"), place("preferences_url")),),
        )


def _body(typed: str, language: str) -> Markup:
    """Fields first: what a block shows (a title, a name) is never looked into."""
    return drawing.placed(fields.placed_html(richtext.sanitise(typed)), language)


def _counted(mailing: Mailing) -> tuple[str, ...]:
    """That links are counted is said where they are."""
    if not counting.is_counted(mailing):
        return ()
    return (
        str(_("We count how often each link of this mail is opened, all readers together, never by whom.")),
    )


def _notice(mailing: Mailing, language: str, house: str) -> str:
    """Why the reader receives it, in the words of the purpose where it has some."""
    purpose = purposes.called(mailing.purpose)
    said = purpose.notice(language) if purpose else ""
    return said or str(_("You receive this message because %(house)s knows you from its work.", house=house))


def _frozen(mailing: Mailing, language: str) -> FrozenLetter | None:
    asked = select(FrozenLetter).where(
        FrozenLetter.mailing_id == mailing.id, FrozenLetter.language == language
    )
    return db.session.scalar(asked)


def _shows_what_is_gone(mailing: Mailing, language: str) -> bool:
    return any(
        block.kind in _TAKEN_BACK and blocks.what(block) is None
        for block in blocks.used(mailing.body_in(language))
    )

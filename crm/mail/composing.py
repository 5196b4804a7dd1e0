"""What a mail looks like: a letter is laid out once for a mailing and language, then filled in for each.

    letter = Letter(
        language="fr",
        title=f"Invitation : {event.title}",
        body=Markup("<p>{}</p>").format(place("greeting")) + richtext.sanitise(event.description),
        facts=((_("When"), when), (_("Where"), where)),
        buttons=(Button(_("I am coming"), place("answer_url")),),
        notices=(_("You receive this because …"),),
        links=(Button(_("Choose what you receive"), place("preferences_url")),),
        house=origin.name,
    )
    said = lay_out(letter).fill(greeting=…, answer_url=…, preferences_url=…)
    yield delivery.message(**said._asdict(), to_name=person.name)

`lay_out` keeps the layouts it made, so that composing a thousand of one letter renders one page.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import css_inline
from flask import current_app
from markupsafe import Markup, escape

from crm.mail import look
from crm.mail.look import Look
from crm.mail.message import Cut, Share, filled
from crm.web import richtext

# Drawn anew by each process, so that no text that was typed can hold the mark of a place.
_NONCE = secrets.token_hex(4)
_PLACE = re.compile(f"\ue000{_NONCE}([a-z_]+)\ue001")


@dataclass(frozen=True)
class Button:
    """A label and the address it leads to; in plain text the address is written out."""

    label: str
    url: str


@dataclass(frozen=True)
class Letter:
    """What a mail says, in one language. Every text may hold places (`place`), filled in for each reader.

    `body` and `notices` are escaped unless they are Markup: give typed HTML through
    `richtext.sanitise`, and put places in after that. `facts` are pairs, such as when and where.
    The first button is the main one. `teaser` is shown by mailboxes beside the subject, which is
    the title unless given. `links` stand small at the foot.
    """

    language: str
    title: str
    body: str | Markup
    house: str
    subject: str = ""
    teaser: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    buttons: tuple[Button, ...] = ()
    notices: tuple[str | Markup, ...] = ()
    links: tuple[Button, ...] = ()

    def __post_init__(self) -> None:
        # Markup and the same characters as text are equal to Python; escaped, they no longer are.
        object.__setattr__(self, "body", escape(self.body))
        object.__setattr__(self, "notices", tuple(escape(notice) for notice in self.notices))


class Filled(NamedTuple):
    """A mail's words for one reader; `share` tells which letter they are one copy of."""

    subject: str
    text: str
    html: str
    share: Share | None = None


def place(name: str) -> str:
    """Where the value called `name` will stand: lower case letters and underscores."""
    return f"\ue000{_NONCE}{name}\ue001"


class Layout:
    """A letter in its form, cut at its places."""

    def __init__(self, subject: str, text: str, html: str) -> None:
        self.cut = Cut(*(tuple(_PLACE.split(part)) for part in (subject, text, html)))

    @classmethod
    def of(cls, parts: Sequence[Sequence[str]]) -> "Layout":
        """The layout whose `cut` was kept as lists."""
        made = cls("", "", "")
        made.cut = Cut(*(tuple(part) for part in parts))
        return made

    @property
    def places(self) -> set[str]:
        """The names that `fill` must be given."""
        return {name for cut in self.cut for name in cut[1::2]}

    def fill(self, **values: object) -> Filled:
        """The letter with the values in their places, in one pass: a value is never looked into.

        Values are escaped in HTML unless they are Markup. Raises KeyError for a place without one.
        """
        words = {name: richtext.plain(v) if isinstance(v, Markup) else str(v) for name, v in values.items()}
        markup = {name: str(escape(value)) for name, value in values.items()}
        share = Share(self.cut, words, markup)
        subject = " ".join(filled(self.cut.subject, words).split())
        return Filled(subject, share.text, share.html, share)


def lay_out(letter: Letter) -> Layout:
    """The letter in HTML, styles inlined, and in plain text. Needs an application context."""
    return _laid_out(letter, look.current())


@lru_cache(256)
def _laid_out(letter: Letter, dress: Look) -> Layout:
    html = _render("mail/letter.html", letter, dress)
    text = re.sub(r"\n{3,}", "\n\n", _render("mail/letter.txt", letter, dress)).strip() + "\n"
    return Layout(letter.subject or letter.title, text, _inliner(dress.colour, dress.on_dark).inline(html))


def _render(template: str, letter: Letter, dress: Look) -> str:
    """Without what pages are given: a mail has no reader who is signed in."""
    return current_app.jinja_env.get_template(template).render(letter=letter, look=dress)


@lru_cache(8)
def _inliner(colour: str, on_dark: str) -> css_inline.CSSInliner:
    """Never fetches or opens what a letter names; rules for narrow and dark screens stay rules."""
    css = (Path(str(current_app.template_folder)) / "mail" / "letter.css").read_text("utf-8")
    return css_inline.CSSInliner(
        load_remote_stylesheets=False,
        keep_style_tags=False,
        keep_at_rules=True,
        extra_css=css.replace("@@colour@@", colour).replace("@@on-dark@@", on_dark),
    )

"""Merge fields: a closed list of words in double braces that stand for something about each reader.

    Bonjour {{prénom}}, …

They are looked for once, in what was typed and never in what is filled in, so that a name that
looks like a field stays a name. What is in double braces and not on the list refuses the text
before anything is sent.
"""

import html
import re
from dataclasses import dataclass

from markupsafe import Markup

from crm.errors import CrmError
from crm.mail.composing import place
from crm.text import N_, fold


@dataclass(frozen=True)
class MergeField:
    """`key` names the value; `fr` and `en` are what stands in the braces; `label` is what chips call it."""

    key: str
    fr: str
    en: str
    label: str

    def word(self, language: str) -> str:
        return f"{{{{{self.fr if language == 'fr' else self.en}}}}}"


FIELDS = (
    MergeField("given_name", "prénom", "given name", N_("Given name")),
    MergeField("family_name", "nom", "family name", N_("Family name")),
    MergeField("salutation", "appel", "salutation", N_("Madame, Monsieur")),
    MergeField("function", "fonction", "function", N_("Function")),
    MergeField("organisation", "organisation", "organisation", N_("Organisation")),
)
_BY_WORD = {fold(word): field for field in FIELDS for word in (field.fr, field.en, field.key)}
_BRACES = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_SPLIT = re.compile(r"(<[^>]*>)")


class UnknownField(CrmError):
    text = N_("“%(word)s” is not a merge field. Insert fields with the buttons, or remove the braces.")


class BrokenField(CrmError):
    text = N_("Double braces are opened or closed alone near “%(near)s”. Insert fields with the buttons.")


class FieldInLink(CrmError):
    text = N_(
        "“%(word)s” stands in the address of a link, where it cannot be filled in. Move it into the text."
    )


def check(text: str, *, field: str, is_html: bool) -> None:
    """Raise UnknownField, BrokenField or FieldInLink, for the form field of that name."""
    if is_html:
        for tag in _TAG.findall(text):
            if "{{" in tag or "%7B%7B" in tag.upper():
                raise _for(FieldInLink(word=_excerpt(tag)), field)
    # A field that is bold in its middle would not be filled in: each run of words is looked at alone.
    for piece in _SPLIT.split(text)[::2] if is_html else [text]:
        for word in _BRACES.findall(piece):
            if _named(word) is None:
                raise _for(UnknownField(word=_excerpt("{{" + html.unescape(word) + "}}")), field)
        rest = _BRACES.sub("", piece)
        if (at := max(rest.find("{{"), rest.find("}}"))) >= 0:
            raise _for(BrokenField(near=_excerpt(html.unescape(rest[max(at - 10, 0) : at + 20]))), field)


def placed(text: str) -> str:
    """The text with the places of `crm.mail.composing` where merge fields stood."""
    return _BRACES.sub(_to_place, text)


def placed_html(clean: Markup) -> Markup:
    """The same for clean HTML: in its words only, never inside a tag."""
    pieces = _SPLIT.split(str(clean))
    pieces[::2] = [placed(words) for words in pieces[::2]]
    return Markup("").join(Markup(piece) for piece in pieces)  # noqa: S704  (it was clean, and places are)


def used(*texts: str) -> set[str]:
    """The keys of the merge fields that stand in the texts."""
    found = (_named(word) for text in texts for word in _BRACES.findall(_TAG.sub("", text)))
    return {field.key for field in found if field is not None}


def _to_place(found: re.Match[str]) -> str:
    field = _named(found[1])
    return place(field.key) if field is not None else found[0]


def _named(word: str) -> MergeField | None:
    return _BY_WORD.get(fold(html.unescape(word))) if len(word) < 40 else None


def _excerpt(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"


def _for(refusal: CrmError, field: str) -> CrmError:
    refusal.field = field
    return refusal

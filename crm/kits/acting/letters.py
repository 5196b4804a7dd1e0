"""Which letter one parliamentarian gets, and the letter with his or her name in it.

A version written for somebody by name goes before one for a committee, that before one for a group, that
before one for a chamber; among equals the first in the kit's own order. Whoever no version names gets the
kit's own letter: everybody gets exactly one.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crm.errors import CrmError
from crm.kits import letters
from crm.kits.acting.models import KitLetter
from crm.kits.models import Kit
from crm.kits.parliament import seats, words
from crm.kits.parliament.models import Parliamentarian
from crm.text import N_, fold

BLANK = "……"
VARIABLES = {
    "civilite": N_("How to address him or her: Madame, Monsieur"),
    "titre": N_("deputy or senator, in the right gender"),
    "elu": N_("Given and family name of the deputy or senator"),
    "circonscription": N_("Constituency or department"),
    "groupe": N_("Political group"),
    "prenom": N_("Given name of the writer"),
    "nom": N_("Family name of the writer"),
    "commune": N_("Commune of the writer"),
}
_BRACES = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


class UnknownVariable(CrmError):
    text = N_("“%(word)s” is not a word that can be filled in. Use those of the list, or remove the braces.")


@dataclass(frozen=True)
class Writer:
    """Who writes, as far as it is known; what is empty is left for the writer to fill in."""

    given_name: str = ""
    family_name: str = ""
    commune: str = ""


@dataclass(frozen=True)
class Ready:
    """The letter to one parliamentarian. `body` is the whole of it, `for_link` what links carry."""

    to: str
    subject: str
    body: str
    for_link: str

    @property
    def fits(self) -> bool:
        return len(self.mailto) <= letters.MOST

    @property
    def mailto(self) -> str:
        return letters.mailto(self.subject, self.for_link, to=self.to)

    @property
    def webmails(self) -> dict[str, str]:
        return letters.webmails(self.subject, self.for_link, to=self.to)


def check(text: str, *, field: str) -> None:
    """Raise UnknownVariable, for the form field of that name, where braces hold none of the words."""
    for word in _BRACES.findall(text):
        if _key(word) not in VARIABLES:
            refusal = UnknownVariable(word="{{" + word[:40] + "}}")
            refusal.field = field
            raise refusal


def version_for(one: Parliamentarian, versions: Sequence[KitLetter]) -> KitLetter | None:
    """The version that the rules give this one; None for the kit's own letter."""
    ranked = [
        (rank, version.position, version.id, version) for version in versions if (rank := _rank(one, version))
    ]
    return max(ranked, key=lambda found: (found[0], -found[1], -found[2]))[3] if ranked else None


def _rank(one: Parliamentarian, version: KitLetter) -> int:
    """How narrowly the version's rule fits this one; 0 where it does not."""
    if version.named:
        return 4 if any(name.parliamentarian_id == one.id for name in version.named) else 0
    rules = (
        (1, version.chamber, version.chamber is one.chamber),
        (2, version.group, fold(version.group) in (fold(one.group), fold(one.group_name))),
        (3, version.committee, fold(version.committee) == fold(one.committee)),
    )
    if any(asked and not fits for _rank, asked, fits in rules):
        return 0
    return max((rank for rank, asked, _fits in rules if asked), default=0)


def ready(kit: Kit, one: Parliamentarian, versions: Sequence[KitLetter], writer: Writer) -> Ready:
    """The letter for this one, filled in; what is not known of the writer is a visible blank."""
    version = version_for(one, versions)
    words_of = (
        (version.subject, version.body, version.short)
        if version is not None
        else (kit.letter_subject, kit.letter_body, kit.letter_short)
    )
    return _ready(one.email, words_of, {**_of_writer(writer), **_of_member(one, kit.language)})


def unaddressed(kit: Kit, writer: Writer) -> Ready:
    """The kit's own letter, while it is not known whom the reader elects."""
    words_of = kit.letter_subject, kit.letter_body, kit.letter_short
    return _ready("", words_of, {**_of_writer(writer), "civilite": _civility("", kit.language)})


def _ready(to: str, words_of: tuple[str, str, str], values: Mapping[str, str]) -> Ready:
    subject, body, short = (_filled(text, values) for text in words_of)
    found = Ready(to, subject, body, short or body)
    # Where no link can carry the text, the message opens with its subject alone; the text is copied into it.
    return found if found.fits else Ready(to, subject, body, "")


def _of_writer(writer: Writer) -> dict[str, str]:
    return {"prenom": writer.given_name, "nom": writer.family_name, "commune": writer.commune}


def _of_member(one: Parliamentarian, language: str) -> dict[str, str]:
    return {
        "civilite": _civility(one.civility, language),
        "titre": words.title(one, language),
        "elu": one.name,
        "circonscription": seats.called(one.seat, language),
        "groupe": one.group_name or one.group,
    }


def _civility(civility: str, language: str) -> str:
    if not civility:
        return "Madame, Monsieur" if language == "fr" else "Sir or Madam"
    is_woman = civility.startswith("Mme")
    if language == "en":
        return "Madam" if is_woman else "Sir"
    return "Madame" if is_woman else "Monsieur"


def _filled(text: str, values: Mapping[str, str]) -> str:
    """One pass over what was typed: a name that looks like a variable stays a name."""
    return _BRACES.sub(lambda found: values.get(_key(found[1]), "") or BLANK, text)


def _key(word: str) -> str:
    return fold(word)

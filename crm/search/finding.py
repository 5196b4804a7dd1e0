"""What a few typed words may mean: records of every kind, the best first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from crm import index
from crm.db import db
from crm.directory import normal
from crm.directory.models import (
    Organisation,
    OrganisationAddress,
    Person,
    PersonAddress,
    Phone,
)

SHORTEST = 2
# So many are compared with each other to find the best.
POOL = 60
# With fewer answers than this, typing errors are thought of.
LITTLE = 3
KINDS = ("organisations", "people", "bodies", "events", "mailings", "kits", "interactions")


@dataclass(frozen=True)
class Hits:
    """The keys of one kind of record, the best first; `likeness` is that of the first, 0 what was typed."""

    kind: str
    keys: list[int]
    likeness: float


@dataclass
class Found:
    """Kinds with the best first. `respelled` pairs what was typed with what some record has instead."""

    hits: list[Hits] = field(default_factory=list)
    respelled: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.hits)

    @property
    def number(self) -> int:
        return sum(len(hits.keys) for hits in self.hits)


def words_of(text: str) -> list[str]:
    """The words that are searched for; none when there is too little: less than two letters or digits."""
    words = normal.asked(text)
    return words if len("".join(words)) >= SHORTEST else []


def find(text: str, *, shown: int) -> Found | None:
    """At most `shown` of each kind; None when there is too little to search for."""
    words = words_of(text)
    if not words:
        return None
    with index.searching(db.session()) as memo:
        found = _sorted([_of_kind(kind, [[word] for word in words], text, shown, memo) for kind in KINDS])
        if found.number < LITTLE:
            return _forgiving(words, text, shown, found, memo)
        return found


def _sorted(hits: Sequence[Hits]) -> Found:
    return Found(sorted((each for each in hits if each.keys), key=lambda each: each.likeness))


def _forgiving(words: list[str], text: str, shown: int, found: Found, memo: index.Memo) -> Found:
    """What was found, and what would be if some words were typed wrongly.

    When something was found, only words that no record has are doubted.
    """
    session = db.session()
    doubted = [word for word in words if not found or not index.is_known(session, word)]
    meant = {word: index.respelled(session, word) for word in doubted}
    if "@" in text or not any(meant.values()):
        return found
    groups = [[word, *meant.get(word, ())] for word in words]
    wider = _sorted([_of_kind(kind, groups, "", shown, memo) for kind in KINDS])
    if wider.number > found.number:
        wider.respelled = {word: others[0] for word, others in meant.items() if others}
        return wider
    return found


def _of_kind(kind: str, groups: index.Groups, text: str, shown: int, memo: index.Memo) -> Hits:
    session = db.session()
    texts: dict[int, str] = {}
    typed = " ".join(group[0] for group in groups)
    if kind in ("people", "organisations") and text:
        texts |= _by_name(kind, typed, shown)
    if len(texts) < shown:
        texts |= index.beginning(session, kind, groups, limit=POOL, enough=shown, memo=memo)
    if len(texts) < shown and text and not index.KINDS[kind].is_small:
        texts |= index.containing(session, kind, groups, limit=POOL, enough=shown, memo=memo)
    ranked = sorted(
        (_likeness(groups, words), place, key) for place, (key, words) in enumerate(texts.items())
    )
    keys = [key for _likeness_of, _place, key in ranked]
    best = ranked[0][0] if ranked else float(len(groups) * 2)
    if text and len(keys) < shown:
        keys = list(dict.fromkeys([*keys, *_reached_at(kind, text, shown)]))
    return Hits(kind, keys[:shown], best)


def _likeness(groups: index.Groups, text: str) -> float:
    """How far the text is from what was typed: for each word 0 as a whole word, 1 as its beginning, 2 as a
    part, 3 and more for another spelling; a little less when the text begins with it."""
    told = text.split()
    far = 0.0
    for group in groups:
        far += min(
            (3.0 if place else 0.0) + _distance(word, told, text) + place / 10
            for place, word in enumerate(group)
        )
    typed = " ".join(group[0] for group in groups)
    return far - 0.5 if text.startswith(typed) else far


def _distance(word: str, told: Sequence[str], text: str) -> float:
    if word in told:
        return 0
    if any(other.startswith(word) for other in told):
        return 1
    return 2 if word in text else 9


def _by_name(kind: str, typed: str, shown: int) -> dict[int, str]:
    """Kept records whose sorted name begins with what was typed, in name order."""
    model = Person if kind == "people" else Organisation
    rows = (
        select(model.id, model.search)
        .where(model.binned_at.is_(None), model.sort >= typed, model.sort < f"{typed}\uffff")
        .order_by(model.sort, model.id)
        .limit(shown)
    )
    return {key: words for key, words in db.session.execute(rows)}


# Addresses, phones, numbers


def _reached_at(kind: str, text: str, shown: int) -> Iterator[int]:
    """Who has the e-mail address, the phone number or the SIRET of which a part was typed."""
    if kind == "people":
        yield from _addressed(PersonAddress.person_id, PersonAddress.address_id, Person, text, shown)
        yield from _phoned(text, shown)
    elif kind == "organisations":
        yield from _addressed(
            OrganisationAddress.organisation_id, OrganisationAddress.address_id, Organisation, text, shown
        )
        digits = "".join(sign for sign in text if sign.isdigit())
        if len(digits) == 14:
            kept = Organisation.binned_at.is_(None)
            yield from db.session.scalars(select(Organisation.id).where(Organisation.siret == digits, kept))


def _addressed(owner: Any, address: Any, model: Any, text: str, shown: int) -> Iterator[int]:
    parts = text.strip().casefold().split() if "@" in text else words_of(text)
    if not any(len(part) > 2 for part in parts) or ("@" not in text and len(parts) > 1):
        return
    found = index.containing(db.session(), "addresses", [[part] for part in parts], limit=shown)
    if found:
        rows = (
            select(owner).join(model, model.id == owner).where(address.in_(found), model.binned_at.is_(None))
        )
        yield from db.session.scalars(rows.order_by(model.sort, model.id).limit(shown))


def _phoned(text: str, shown: int) -> Iterator[int]:
    digits = "".join(sign for sign in text if sign.isdigit()).lstrip("0")
    if len(digits) < 4 or any(sign.isalpha() for sign in text):
        return
    found = index.containing(db.session(), "phones", [[digits]], limit=shown)
    if found:
        rows = select(Phone.person_id).join(Person).where(Phone.id.in_(found), Person.binned_at.is_(None))
        yield from db.session.scalars(rows.order_by(Person.sort, Person.id).limit(shown))

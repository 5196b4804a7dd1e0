"""Which registration a connected person is: by address, else by name and organisation.

Sure is an address that one registration has, or a whole name that only one has and that no other
organisation contradicts. What only resembles, or fits several, waits for a person.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process
from sqlalchemy import select

from crm.db import db
from crm.directory.models import PersonAddress
from crm.events.models import Event, Registration, Seat
from crm.events.platforms.models import Match
from crm.mail.models import Address
from crm.text import fold

ALIKE = 84
SAME_ORGANISATION = 85
OTHER_ORGANISATION = 50
MOST_CANDIDATES = 5
# Words beside a name that say nothing of who it is.
_NOISE = frozenset(
    {"m", "mr", "mme", "mlle", "dr", "ms", "mrs", "iphone", "ipad", "invite", "guest", "externe"}
)


@dataclass(frozen=True)
class Found:
    match: Match
    registration_id: int | None = None
    candidates: tuple[int, ...] = ()


NOBODY = Found(Match.NONE)


@dataclass(frozen=True)
class _Known:
    id: int
    words: frozenset[str]
    sorted_name: str
    organisation: str


@dataclass
class Register:
    """The people registered for an event, found by address, by name and by what resembles a name."""

    known: dict[int, _Known] = field(default_factory=dict)
    by_email: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_name: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    by_word: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def add(self, key: int, name: str, organisation: str, emails: Iterable[str]) -> None:
        words = fold(name).split()
        one = _Known(key, frozenset(words), " ".join(sorted(words)), fold(organisation))
        self.known[key] = one
        if words:
            self.by_name[one.sorted_name].append(key)
        for word in words:
            self.by_word[word].add(key)
        for email in emails:
            self.by_email[email.lower()].add(key)

    def find(self, *, name: str, email: str, organisation: str) -> Found:
        words = fold(name).split()
        organisation = fold(organisation)
        if found := sorted(self.by_email.get(email, ())):
            if len(found) > 1:
                named = [key for key in found if self.known[key].sorted_name == " ".join(sorted(words))]
                return _sure(named[0]) if len(named) == 1 else _unsure(found)
            return _sure(found[0])
        if not words:
            return NOBODY
        return (
            self._of_that_name(words, organisation)
            or self._within(words, organisation)
            or self._resembling(words)
            or NOBODY
        )

    def _of_that_name(self, words: list[str], organisation: str) -> Found | None:
        found = self.by_name.get(" ".join(sorted(words)), [])
        if len(found) == 1:
            is_other = self._likeness(found[0], organisation) < OTHER_ORGANISATION
            return _unsure(found) if is_other else _sure(found[0])
        if not found:
            return None
        here = [
            key for key in found if organisation and self._likeness(key, organisation) >= SAME_ORGANISATION
        ]
        return _sure(here[0]) if len(here) == 1 else _unsure(found)

    def _likeness(self, key: int, organisation: str) -> float:
        """How alike the organisations are, of 100; an organisation that is not said contradicts nothing."""
        own = self.known[key].organisation
        return fuzz.token_set_ratio(own, organisation) if own and organisation else 100

    def _within(self, words: list[str], organisation: str) -> Found | None:
        """Whole names inside what is displayed, as in `Ada Lovelace - Ville d'Angers`."""
        shown = frozenset(words)
        near = {key for word in shown for key in self.by_word.get(word, ())}
        found = [key for key in near if len(self.known[key].words) > 1 and self.known[key].words <= shown]
        if not found:
            return None
        here = [key for key in found if self._explains(key, shown, organisation)]
        return _sure(here[0]) if len(here) == 1 else _unsure(sorted(here or found))

    def _explains(self, key: int, shown: frozenset[str], organisation: str) -> bool:
        """Whether what stands beside the name is the organisation, or says nothing."""
        one = self.known[key]
        rest = [word for word in shown - one.words - _NOISE if len(word) > 1]
        beside = " ".join(rest) or organisation
        if not beside:
            return True
        return bool(one.organisation) and fuzz.token_set_ratio(one.organisation, beside) >= SAME_ORGANISATION

    def _resembling(self, words: list[str]) -> Found | None:
        names = self._names()
        alike = process.extract(
            " ".join(sorted(words)), names, scorer=fuzz.ratio, score_cutoff=ALIKE, limit=MOST_CANDIDATES
        )
        found = [key for name, _score, _place in alike for key in self.by_name[name]]
        found += [key for key in self._by_initial(words) if key not in found]
        return _unsure(found[:MOST_CANDIDATES]) if found else None

    def _names(self) -> list[str]:
        return list(self.by_name)

    def _by_initial(self, words: list[str]) -> list[int]:
        """`A. Lovelace`: a family name and the first letter of a given one."""
        initials = {word for word in words if len(word) == 1}
        others = [word for word in words if len(word) > 1]
        if len(initials) != 1 or not others:
            return []
        [initial] = initials
        near = set.intersection(*(self.by_word.get(word, set()) for word in others))
        return sorted(
            key
            for key in near
            if any(word.startswith(initial) for word in self.known[key].words - set(others))
        )


def _sure(key: int) -> Found:
    return Found(Match.SURE, key)


def _unsure(keys: Iterable[int]) -> Found:
    return Found(Match.UNSURE, None, tuple(keys)[:MOST_CANDIDATES])


def register(event: Event) -> Register:
    """Those registered for the event and not withdrawn, with every address each is known by."""
    rows = (
        select(
            Registration.id,
            Registration.person_id,
            Registration.given_name,
            Registration.family_name,
            Registration.organisation_name,
            Address.email,
        )
        .outerjoin(Address, Address.id == Registration.address_id)
        .where(Registration.event_id == event.id, Registration.seat != Seat.WITHDRAWN)
        .order_by(Registration.id)
    )
    others: dict[int, list[str]] = defaultdict(list)
    addresses = (
        select(Registration.id, Address.email)
        .join(PersonAddress, PersonAddress.person_id == Registration.person_id)
        .join(Address, Address.id == PersonAddress.address_id)
        .where(Registration.event_id == event.id, Registration.seat != Seat.WITHDRAWN)
    )
    for key, email in db.session.execute(addresses):
        others[key].append(email)
    found = Register()
    for key, _person, given, family, organisation, email in db.session.execute(rows):
        found.add(key, f"{given} {family}", organisation, [*([email] if email else []), *others[key]])
    return found

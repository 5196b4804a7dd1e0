"""When two names, addresses, people or roles are the same, as far as an import can tell."""

import re
from datetime import date
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any

from crm.directory.importing.authorities import bare_name
from crm.directory.importing.known import KnownPerson, KnownRole
from crm.directory.importing.rows import Facts
from crm.territories import words
from crm.text import fold

NEAR = 0.8
_WEB = re.compile(r"^https?://(?:www\.)?|/$", re.IGNORECASE)


def equal(held: Any, given: Any) -> bool:
    return bool(held == given)


def same_words(held: str, given: str) -> bool:
    return held == given or _bare(held) == _bare(given)


def _bare(text: str) -> str:
    """The folded text; one of signs alone is itself."""
    return fold(text) or text


def within(held: str, given: str) -> bool:
    return fold(given) in fold(held)


def same_site(held: str, given: str) -> bool:
    return _WEB.sub("", held).lower() == _WEB.sub("", given).lower()


def is_called(held: dict[str, Any], given: str) -> bool:
    """Whether the organisation goes by that name already: its own, its acronym, one of the others."""
    of_territory = held["territory_id"] is not None
    return _is_called(held["name"], held["acronym"], held["aliases"], of_territory, given)


# Part after part of a file calls the same organisations by the same names.
@lru_cache(maxsize=16_384)
def _is_called(name: str, acronym: str, aliases: str, of_territory: bool, given: str) -> bool:
    asked = fold(given)
    if asked in (fold(name), fold(acronym)) or (aliases and asked in fold(aliases)):
        return True
    return of_territory and words.name_key(bare_name(given)) == words.name_key(name)


def _names(person: KnownPerson, facts: Facts) -> tuple[str, str, str, str]:
    """Given and family name as held and as told, folded."""
    held, told = person.held, facts.person
    return (
        _bare(held["given_name"]),
        _bare(held["family_name"]),
        _bare(told.get("given_name", "")),
        _bare(told.get("family_name", "")),
    )


def same_name(person: KnownPerson, facts: Facts) -> bool:
    """The same words in either order; a row without a name may mean anybody."""
    held_given, held_family, given, family = _names(person, facts)
    if not given and not family:
        return True
    whole = f"{held_given} {held_family}".strip()
    return whole in (f"{given} {family}".strip(), f"{family} {given}".strip())


def near_name(person: KnownPerson, facts: Facts) -> bool:
    """One name in common and the other one unknown or written a little otherwise; or nobody knew a name."""
    held_given, held_family, given, family = _names(person, facts)
    if not held_given and not held_family:
        return True
    return (_is_one(given, held_given) and _is_near(family, held_family)) or (
        _is_one(family, held_family) and _is_near(given, held_given)
    )


def half_name(person: KnownPerson, facts: Facts) -> bool:
    """One name in common, and another one."""
    held_given, held_family, given, family = _names(person, facts)
    return _is_one(given, held_given) or _is_one(family, held_family)


def _is_one(given: str, held: str) -> bool:
    return bool(given) and given == held


def _is_near(given: str, held: str) -> bool:
    """Blank, the beginning of the other (`J.`, `Marie` and `Marie-Lise`), or a letter or two apart."""
    if not given or not held or held.startswith(given) or given.startswith(held):
        return True
    return SequenceMatcher(None, given.replace(" ", ""), held.replace(" ", "")).ratio() >= NEAR


def is_swapped(person: KnownPerson, facts: Facts) -> bool:
    """The same name, with given and family name cut otherwise: no difference worth telling."""
    held_given, _, given, family = _names(person, facts)
    return bool(given and family) and held_given != given and same_name(person, facts)


def is_as_bare(person: KnownPerson, facts: Facts) -> bool:
    shares_phone = any(number in person.phones for number in facts.phones)
    return shares_phone or not (person.emails or person.roles)


def role_meant(roles: list[KnownRole], told: dict[str, Any], day: date) -> KnownRole | None:
    """The role among those in the organisation that the row means: held at that time, rather of that
    function, else the one that is held now."""
    if not roles:
        return None
    roles = [role for role in roles if _overlaps(role, told)]
    function = fold(told.get("function"))
    alike = [role for role in roles if not function or fold(role.held["function"]) == function]
    current = [role for role in alike or roles if role.held_on(day)]
    if alike:
        return (current or alike)[0]
    unnamed = [role for role in roles if not role.held["function"]]
    over = told.get("ends_on") is not None and told["ends_on"] < day
    return next(iter(unnamed or ([] if over else current)), None)


def _overlaps(role: KnownRole, told: dict[str, Any]) -> bool:
    begins, ends = told.get("begins_on"), told.get("ends_on")
    held_from, held_to = role.held["begins_on"], role.held["ends_on"]
    starts_late = begins is not None and held_to is not None and begins > held_to
    ends_early = ends is not None and held_from is not None and ends < held_from
    return not starts_late and not ends_early


def settle_main(person: KnownPerson, day: date) -> None:
    """One main role among those held that day, as `services.settle_main` leaves it."""
    current = [role for role in person.roles if role.held_on(day)]
    if current and not any([role.held["is_main"] for role in current]):
        current[0].fill("is_main", True)

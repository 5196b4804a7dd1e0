"""Looking through the whole directory for pairs that may be one.

Only records that share something are compared: an address, a number, the words of a name, an
organisation and the beginning of a name. What too many share (a switchboard, a common name in a large
house) is cut into smaller parts or left out, so that the work grows with the directory and not with
its square.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any

from crm.directory.merging import likeness, reading
from crm.directory.merging.likeness import Judgement, OrganisationFacts, PersonFacts, Shared

# Records that share one thing and are compared each with each.
MOST_TOGETHER = 60
# Pairs that are kept, the strongest first: nobody goes through more.
MOST_KEPT = 5_000

Pairs = dict[tuple[int, int], Judgement]
Told = Callable[[int, int], None]


def _nobody(done: int, total: int) -> None:
    """Tell nobody how far it has come."""


def people(session: Any, told: Told = _nobody) -> Pairs:
    """The pairs of people that may be one. `told` hears how many of all parts are done."""
    found, shared = reading.people(session)
    session.rollback()
    return _judged(found, shared, _blocks_of_people(found, shared), likeness.people, told)


def organisations(session: Any, told: Told = _nobody) -> Pairs:
    """The pairs of organisations that may be one."""
    found, shared = reading.organisations(session)
    session.rollback()
    return _judged(found, shared, _blocks_of_organisations(found), likeness.organisations, told)


def _judged(
    found: dict[int, Any],
    shared: Shared,
    blocks: Iterable[list[int]],
    judge: Callable[[Any, Any, Shared], Judgement | None],
    told: Told,
) -> Pairs:
    parts = [block for block in blocks if len(block) > 1]
    seen: set[tuple[int, int]] = set()
    pairs: Pairs = {}
    for number, block in enumerate(parts):
        if number % 2_000 == 0:
            told(number, len(parts))
        for pair in likeness.pairs_of(block):
            if pair in seen:
                continue
            seen.add(pair)
            judgement = judge(found[pair[0]], found[pair[1]], shared)
            if judgement is not None:
                pairs[pair] = judgement
    told(len(parts), len(parts))
    strongest = sorted(pairs, key=lambda pair: (-pairs[pair].strength, pair))[:MOST_KEPT]
    return {pair: pairs[pair] for pair in strongest}


def _grouped(entries: Iterable[tuple[Hashable, int]]) -> Iterator[list[int]]:
    """The records that share a key, where there are several and not too many."""
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for key, record in entries:
        groups[key].append(record)
    return (keys for keys in groups.values() if 1 < len(keys) <= MOST_TOGETHER)


def _blocks_of_people(found: dict[int, PersonFacts], shared: Shared) -> Iterator[list[int]]:
    everybody = found.values()
    yield from _grouped((address, one.id) for one in everybody for address in one.addresses)
    # A mailbox that many read, and a common name: cut by what they share besides.
    yield from _grouped(
        ((address, one.name), one.id)
        for one in everybody
        for address in one.addresses
        if shared.addresses.get(address, 0) > MOST_TOGETHER
    )
    yield from _grouped((number, one.id) for one in everybody for number in one.phones)
    yield from _grouped(
        ((number, one.name), one.id)
        for one in everybody
        for number in one.phones
        if shared.phones.get(number, 0) > MOST_TOGETHER
    )
    yield from _grouped((one.reference, one.id) for one in everybody if one.reference)
    yield from _grouped(
        (one.name, one.id) for one in everybody if one.name and shared.names[one.name] <= likeness.PERSONAL
    )
    yield from _grouped(
        ((organisation, one.name), one.id)
        for one in everybody
        if one.name
        for organisation in {organisation for organisation, _function in one.roles}
    )
    yield from _grouped(
        ((organisation, beginning), one.id)
        for one in everybody
        for organisation in {organisation for organisation, _function in one.roles}
        for beginning in _beginnings(one)
    )


def _beginnings(one: PersonFacts) -> set[str]:
    """Under what people of one organisation are looked at together: the family name's first letters and
    the given name."""
    return {part for part in (f"f {one.family[:4]}", f"g {one.given}") if len(part) > 2}


def _blocks_of_organisations(found: dict[int, OrganisationFacts]) -> Iterator[list[int]]:
    everyone = found.values()
    for part in ("name", "number", "acronym", "host", "phone", "reference"):
        yield from _grouped((getattr(one, part), one.id) for one in everyone if getattr(one, part))
    yield from _grouped((address, one.id) for one in everyone for address in one.addresses)
    # Names that are nearly the same: in one department, by each word that is long enough to tell.
    yield from _grouped(
        ((one.department, word[:5]), one.id)
        for one in everyone
        if one.territory_id is None
        for word in set(one.name.split())
        if len(word) > 4
    )
    yield from _acronyms(everyone)


def _acronyms(everyone: Iterable[OrganisationFacts]) -> Iterator[list[int]]:
    """One that is called by the acronym of another."""
    by_acronym: dict[str, list[int]] = defaultdict(list)
    for one in everyone:
        if one.acronym:
            by_acronym[one.acronym].append(one.id)
    for one in everyone:
        others = by_acronym.get(one.name, [])
        if 0 < len(others) <= MOST_TOGETHER:
            yield [one.id, *others]

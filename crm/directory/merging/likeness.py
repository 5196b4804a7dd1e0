"""Why two records may be one, and how strongly it speaks for it: the one judgement of scans and warnings.

A reason is a word of `Reason`; the strength goes from 1 to 100, and pairs under `ENOUGH` are not worth
anybody's time. Two people of the same name are common: a name alone never suffices.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from crm.directory.models import Civility

ENOUGH = 55
# How alike two names must be, in hundredths of Indel similarity (rapidfuzz).
NEAR = 85
# An address or number that more records share is a mailbox or a switchboard.
PERSONAL = 3


class Reason(StrEnum):
    ADDRESS = "address"
    SHARED_ADDRESS = "shared address"
    NAME = "name"
    NEAR_NAME = "near name"
    NO_NAME = "no name"
    PHONE = "phone"
    ORGANISATION = "organisation"
    ROLE = "role"
    FUNCTION = "function"
    BARE = "bare"
    REFERENCE = "reference"
    SIREN = "siren"
    WEBSITE = "website"
    ACRONYM = "acronym"
    PLACE = "place"
    TERRITORY = "territory"


@dataclass(slots=True)
class PersonFacts:
    """What a scan compares of a person; names are folded, addresses and organisations are keys."""

    id: int
    given: str
    family: str
    civility: Civility
    reference: str | None = None
    addresses: tuple[int, ...] = ()
    phones: tuple[str, ...] = ()
    roles: tuple[tuple[int, str], ...] = ()

    @property
    def name(self) -> str:
        """The words of the whole name in an order of their own: given and family may be swapped."""
        return " ".join(sorted(f"{self.given} {self.family}".split()))

    @property
    def is_bare(self) -> bool:
        return not (self.addresses or self.phones or self.roles)


@dataclass(slots=True)
class OrganisationFacts:
    """What a scan compares of an organisation; `host` is that of its website."""

    id: int
    name: str
    acronym: str = ""
    kind_id: int | None = None
    siren: str | None = None
    siret: str | None = None
    reference: str | None = None
    territory_id: int | None = None
    department: str = ""
    postcode: str = ""
    city: str = ""
    host: str = ""
    phone: str = ""
    addresses: tuple[int, ...] = ()

    @property
    def number(self) -> str:
        """The SIREN, also when only a SIRET tells it."""
        return self.siren or (self.siret or "")[:9]


class Judgement(NamedTuple):
    strength: int
    reasons: list[str]


@dataclass
class Shared:
    """How many records hold an address, a number or a name: what many hold says little."""

    addresses: dict[int, int] = field(default_factory=dict)
    phones: dict[str, int] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    # Addresses that organisations have for their own.
    mailboxes: frozenset[int] = frozenset()


def _similarity(one: str, other: str) -> float:
    # Imported by the first comparison: starting the application does not need it.
    from rapidfuzz.fuzz import ratio

    return float(ratio(one, other, score_cutoff=NEAR))


def near_names(one: PersonFacts, other: PersonFacts) -> bool:
    """The same family name and a given name that may be a typing error, a short form or an initial of
    the other; or the same given name and a family name with a typing error; or the two swapped."""
    if one.family and one.family == other.family:
        return _short_form(one.given, other.given) or _similarity(one.given, other.given) >= NEAR
    if one.given and one.given == other.given:
        return len(one.family) > 3 and _similarity(one.family, other.family) >= NEAR
    return False


def _short_form(one: str, other: str) -> bool:
    """`j` and `jean`, `jean` and `jean noel`, `j n` and `jean noel`; an unknown given name may be any."""
    shorter, longer = sorted((one.split(), other.split()), key=lambda words: sum(map(len, words)))
    if len(shorter) > len(longer):
        return False
    return all(
        long == short or (len(short) == 1 and long.startswith(short))
        for short, long in zip(shorter, longer, strict=False)
    )


def people(one: PersonFacts, other: PersonFacts, shared: Shared) -> Judgement | None:
    """Whether the two may be one person; None when it is not worth asking."""
    reasons: list[str] = []
    strength = 0
    if one.name and one.name == other.name:
        strength, reasons = 50, [Reason.NAME]
    elif not one.name or not other.name:
        strength, reasons = 20, [Reason.NO_NAME]
    elif near_names(one, other):
        strength, reasons = 35, [Reason.NEAR_NAME]
    else:
        return None
    if one.reference and one.reference == other.reference:
        strength, reasons = strength + 40, [*reasons, Reason.REFERENCE]
    for address in set(one.addresses) & set(other.addresses):
        is_personal = address not in shared.mailboxes and shared.addresses.get(address, 2) <= PERSONAL
        strength += 40 if is_personal else 15
        reasons.append(Reason.ADDRESS if is_personal else Reason.SHARED_ADDRESS)
        break
    for number in set(one.phones) & set(other.phones):
        strength += 35 if shared.phones.get(number, 2) <= PERSONAL else 10
        reasons.append(Reason.PHONE)
        break
    strength += _roles(one, other, reasons, is_rare=shared.names.get(one.name, 2) <= PERSONAL)
    if {one.civility, other.civility} == {Civility.MADAM, Civility.SIR}:
        strength -= 25
    return Judgement(min(strength, 100), reasons) if strength >= ENOUGH and len(reasons) > 1 else None


def _roles(one: PersonFacts, other: PersonFacts, reasons: list[str], *, is_rare: bool) -> int:
    if set(one.roles) & set(other.roles):
        reasons.append(Reason.ROLE)
        return 40
    if {organisation for organisation, _ in one.roles} & {organisation for organisation, _ in other.roles}:
        reasons.append(Reason.ORGANISATION)
        return 30
    if not is_rare or Reason.NAME not in reasons:
        return 0
    if one.is_bare or other.is_bare:
        reasons.append(Reason.BARE)
        return 10
    functions = {function for _, function in one.roles if function}
    if functions & {function for _, function in other.roles}:
        reasons.append(Reason.FUNCTION)
        return 10
    return 0


def organisations(one: OrganisationFacts, other: OrganisationFacts, shared: Shared) -> Judgement | None:
    """Whether the two may be one organisation; None when it is not worth asking."""
    strength, reasons = _called(one, other)
    if one.number and one.number == other.number:
        strength, reasons = strength + 60, [*reasons, Reason.SIREN]
    if one.reference and one.reference == other.reference:
        strength, reasons = strength + 40, [*reasons, Reason.REFERENCE]
    if one.host and one.host == other.host:
        strength, reasons = strength + 30, [*reasons, Reason.WEBSITE]
    if one.phone and one.phone == other.phone:
        strength, reasons = strength + 30, [*reasons, Reason.PHONE]
    for address in set(one.addresses) & set(other.addresses):
        strength += 35 if shared.addresses.get(address, 2) <= PERSONAL else 10
        reasons.append(Reason.ADDRESS)
        break
    if one.city and (one.postcode, one.city) == (other.postcode, other.city):
        strength, reasons = strength + 20, [*reasons, Reason.PLACE]
    elif one.department and one.department == other.department:
        strength, reasons = strength + 10, [*reasons, Reason.TERRITORY]
    strength -= _against(one, other)
    return Judgement(min(strength, 100), reasons) if strength >= ENOUGH else None


def _called(one: OrganisationFacts, other: OrganisationFacts) -> tuple[int, list[str]]:
    if one.name == other.name:
        return 55, [Reason.NAME]
    if (one.acronym and other.name == one.acronym) or (other.acronym and one.name == other.acronym):
        return 50, [Reason.ACRONYM]
    if len(one.name) > 5 and _similarity(one.name, other.name) >= NEAR:
        return 40, [Reason.NEAR_NAME]
    if len(one.acronym) > 2 and one.acronym == other.acronym:
        return 30, [Reason.ACRONYM]
    return 0, []


def _against(one: OrganisationFacts, other: OrganisationFacts) -> int:
    """What speaks against it: another number, another territory, another place."""
    weight = 0
    if one.siren and other.siren and one.siren != other.siren:
        weight += 60
    if one.territory_id and other.territory_id:
        weight += 60
    if one.department and other.department and one.department != other.department:
        weight += 40
    if one.kind_id and other.kind_id and one.kind_id != other.kind_id:
        weight += 10
    return weight


def pairs_of(keys: Sequence[int]) -> list[tuple[int, int]]:
    """Every two of them, the smaller first."""
    ordered = sorted(set(keys))
    return [(one, other) for at, one in enumerate(ordered) for other in ordered[at + 1 :]]

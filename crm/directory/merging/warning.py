"""Who is in the directory already, for somebody who is about to add a record."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm.directory import normal
from crm.directory.merging import likeness, reading
from crm.directory.merging.likeness import Judgement, OrganisationFacts, PersonFacts, Shared
from crm.directory.models import Civility, Organisation, OrganisationAddress, Person, PersonAddress, Phone
from crm.errors import CrmError
from crm.mail import addresses
from crm.mail.models import Address
from crm.text import N_, fold, like

SHOWN = 5
# Candidates that are judged, of each way to find them.
LOOKED_AT = 60


@dataclass(frozen=True)
class Likely:
    """A record that may be the one that is being typed, and why."""

    key: int
    strength: int
    reasons: list[str]


class PersonLooksKnown(CrmError):
    text = N_("This person may be in the directory already: look at the proposals below.")


class OrganisationLooksKnown(CrmError):
    text = N_("This organisation may be in the directory already: look at the proposals below.")


def people(
    session: Session,
    *,
    given_name: str,
    family_name: str,
    emails: Sequence[str] = (),
    phones: Sequence[str] = (),
    organisation_id: int | None = None,
) -> list[Likely]:
    """The kept people that the typed one may be, the likeliest first."""
    reads, numbers = _addresses(session, emails), _numbers(phones)
    roles = ((organisation_id, ""),) if organisation_id else ()
    typed = PersonFacts(0, fold(given_name), fold(family_name), Civility.NONE, None, reads, numbers, roles)
    sorts = {*normal.person_sorts(given_name, family_name)} - {""}
    beginning = normal.person_sort("", family_name)
    ways: list[Any] = []
    if reads:
        ways.append(
            select(Person.id)
            .join(PersonAddress, PersonAddress.person_id == Person.id)
            .where(PersonAddress.address_id.in_(reads))
        )
    if numbers:
        called = select(Person.id).join(Phone, Phone.person_id == Person.id)
        ways.append(called.where(Phone.number.in_(numbers)))
    if given_name and family_name:
        ways.append(select(Person.id).where(Person.sort.in_(sorts)))
        near = (Person.sort >= f"{beginning} {fold(given_name)[:1]}", Person.sort < f"{beginning} {{")
        ways.append(select(Person.id).where(*near).order_by(Person.sort))
    found = {
        key for way in ways for key in session.scalars(way.where(Person.binned_at.is_(None)).limit(LOOKED_AT))
    }
    facts, shared = reading.people(session, found)
    return _best(typed, facts, shared, _as_person)


def _as_person(typed: PersonFacts, known: PersonFacts, shared: Shared) -> Judgement | None:
    """As a scan judges, but for the same whole name: whoever types it shall see its bearers."""
    judged = likeness.people(typed, known, shared)
    if judged is not None:
        # What is being typed has nothing but a name at first: that tells nothing.
        told = [reason for reason in judged.reasons if reason != likeness.Reason.BARE]
        return Judgement(judged.strength, told)
    if typed.given and typed.family and typed.name == known.name:
        return Judgement(50, [likeness.Reason.NAME])
    if set(typed.addresses) & set(known.addresses):
        return Judgement(40, [likeness.Reason.ADDRESS])
    return None


def organisations(
    session: Session,
    *,
    name: str,
    acronym: str = "",
    siren: str = "",
    siret: str = "",
    postcode: str = "",
    city: str = "",
    website: str = "",
    phone: str = "",
    emails: Sequence[str] = (),
) -> list[Likely]:
    """The kept organisations that the typed one may be, the likeliest first."""
    reads, numbers = _addresses(session, emails), _numbers([phone])
    typed = OrganisationFacts(
        id=0,
        name=reading.name_of(name),
        acronym=fold(acronym),
        siren=_digits(siren)[:9] or None,
        siret=_digits(siret) or None,
        department=postcode[:2],
        postcode=postcode,
        city=fold(city),
        host=reading.host(_site(website)),
        phone=numbers[0] if numbers else "",
        addresses=reads,
    )
    ways: list[Any] = []
    words = [word for word in typed.name.split() if len(word) > 2]
    if words:
        told = [Organisation.search.like(like(word), escape="\\") for word in words[:6]]
        ways.append(select(Organisation.id).where(*told).order_by(Organisation.sort))
        ways.append(
            select(Organisation.id)
            .where(Organisation.sort >= fold(name)[:5], Organisation.sort < f"{fold(name)[:5]}{{")
            .order_by(Organisation.sort)
        )
    if typed.number:
        numbered = or_(Organisation.siren == typed.number, Organisation.siret.startswith(typed.number))
        ways.append(select(Organisation.id).where(numbered))
    if typed.acronym:
        ways.append(select(Organisation.id).where(Organisation.acronym == acronym))
    if typed.phone:
        ways.append(select(Organisation.id).where(Organisation.phone == typed.phone))
    if reads:
        ways.append(
            select(Organisation.id)
            .join(OrganisationAddress, OrganisationAddress.organisation_id == Organisation.id)
            .where(OrganisationAddress.address_id.in_(reads))
        )
    found = {
        key
        for way in ways
        for key in session.scalars(way.where(Organisation.binned_at.is_(None)).limit(LOOKED_AT))
    }
    facts, shared = reading.organisations(session, found)
    return _best(typed, facts, shared, _as_organisation)


def _as_organisation(typed: OrganisationFacts, known: OrganisationFacts, shared: Shared) -> Judgement | None:
    """As a scan judges; one of which no place was typed yet may be anywhere."""
    if not typed.department:
        typed = replace(typed, department=known.department)
    return likeness.organisations(typed, known, shared)


def _best(
    typed: Any, facts: dict[int, Any], shared: Shared, judge: Callable[[Any, Any, Shared], Judgement | None]
) -> list[Likely]:
    judged = ((key, judge(typed, known, shared)) for key, known in facts.items())
    likely = [Likely(key, told.strength, told.reasons) for key, told in judged if told is not None]
    return sorted(likely, key=lambda one: (-one.strength, one.key))[:SHOWN]


def _addresses(session: Session, emails: Sequence[str]) -> tuple[int, ...]:
    typed = []
    for email in emails:
        try:
            typed.append(addresses.normalise(email))
        except CrmError:
            continue
    return tuple(session.scalars(select(Address.id).where(Address.email.in_(typed)))) if typed else ()


def _numbers(phones: Sequence[str]) -> tuple[str, ...]:
    typed = []
    for phone in phones:
        try:
            typed.append(normal.phone(phone) or "")
        except CrmError:
            continue
    return tuple(number for number in typed if number)


def _site(website: str) -> str:
    try:
        return normal.website(website)
    except CrmError:
        return ""


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isascii() and sign.isdigit())

"""Who is behind a name and an address typed into a form: known people are recognised, never altered."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from crm import clock
from crm.db import db
from crm.directory import queries as directory
from crm.directory import services as records
from crm.directory.models import Organisation, Person, Role
from crm.errors import CrmError
from crm.mail import addresses
from crm.mail.models import Address
from crm.territories import queries as territories
from crm.territories.models import TerritoryKind
from crm.text import N_, clean, fold

SOURCE = N_("Registration for an event")
OFFICIAL = (TerritoryKind.COMMUNE, TerritoryKind.EPCI)


class NameMissing(CrmError):
    text = N_("Enter a given name and a family name.")
    field = "family_name"


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """What someone typed about themselves; `email` may be empty only where staff type it.

    `chosen` is the organisation picked among proposals, as `organisation_chosen` takes it.
    """

    given_name: str
    family_name: str
    email: str = ""
    organisation: str = ""
    chosen: str = ""
    function: str = ""


@dataclass(frozen=True)
class Standing:
    """For whom somebody comes that day, and as what; `is_new` of whom the directory knew nothing."""

    role: Role | None = None
    organisation: Organisation | None = None
    organisation_name: str = ""
    function: str = ""
    is_new: bool = False


def identified(
    visitor: Visitor,
    *,
    language: str,
    zone: str,
    by: str,
    at: datetime,
    hold: Callable[[], None] = lambda: None,
) -> tuple[Person, Address | None, Standing]:
    """The person, the address to write to, and what they stand for on the day of `at` in `zone`.

    A person with that address and, accents and case aside, that name is recognised as they are in
    the directory; nothing about them changes. Another name at a known address is another person
    who shares it: `hold` is called before such a one is added, so that two forms sent at once add
    one person. Raises NameMissing, BadAddress.
    """
    given, family = clean(visitor.given_name), clean(visitor.family_name)
    if not given or not family:
        raise NameMissing
    address, person = None, None
    if clean(visitor.email):
        address, person = _reader(visitor.email, given, family, at if by == "public" else None, hold)
    organisation = organisation_of(visitor, by=by, at=at)
    if person is not None:
        day = clock.day(at, ZoneInfo(zone))
        name, function = visitor.organisation, visitor.function
        return person, address, standing(person, name, function, day, organisation=organisation)
    person = _added(given, family, address, language=language, by=by, at=at)
    if organisation is None:
        outside = _outside(visitor.organisation, visitor.function, None)
        return person, address, replace(outside, is_new=True)
    role = records.give_role(
        person=person, organisation=organisation, function=visitor.function, by=by, at=at
    )
    return person, address, replace(_in_role(role), is_new=True)


def standing(
    person: Person, name: str, function: str, day: date, *, organisation: Organisation | None = None
) -> Standing:
    """What the person stands for that day: the role they hold in the organisation they named, or
    their main role when they named none, or the organisation alone when they hold no role there.

    `organisation` is the one meant by `name`, when it is known.
    """
    if not fold(name):
        return main_standing(person, day)
    held = db.session.scalars(
        directory.roles_on(day)
        .where(Role.person_id == person.id)
        .options(joinedload(Role.organisation))
        .order_by(Role.is_main.desc(), Role.id)
    )
    for role in held:
        if role.organisation == organisation or fold(name) in _names(role.organisation):
            return _in_role(role)
    return _outside(name, function, organisation)


def main_standing(person: Person, day: date) -> Standing:
    """The role in which the person speaks that day."""
    main = directory.main_role(person, day)
    return _in_role(main) if main is not None else Standing()


def organisation_of(visitor: Visitor, *, by: str, at: datetime) -> Organisation | None:
    """The organisation chosen or named, or the one that stands for the authority so named."""
    try:
        return records.organisation_chosen(visitor.chosen, typed=visitor.organisation, by=by, at=at)
    except records.UnknownOrganisation:
        return _authority(visitor.organisation)


def _authority(name: str) -> Organisation | None:
    for kind in OFFICIAL:
        try:
            territory = territories.resolve(kind, name=name)
        except CrmError:
            continue
        return db.session.scalar(
            select(Organisation).where(
                Organisation.territory_id == territory.id, Organisation.binned_at.is_(None)
            )
        )
    return None


def _in_role(role: Role) -> Standing:
    return Standing(role, role.organisation, role.organisation.name, role.function)


def _outside(name: str, function: str, organisation: Organisation | None) -> Standing:
    shown = organisation.name if organisation is not None else clean(name)
    return Standing(None, organisation, shown, clean(function))


def _reader(
    email: str, given: str, family: str, contact_at: datetime | None, hold: Callable[[], None]
) -> tuple[Address, Person | None]:
    """The row of that address, made when it has none, and whoever of that name reads it."""
    address = addresses.find(email)
    if address is None:
        # Whoever sends the same address at this moment waits here until this unit of work ends.
        address, is_new = addresses.add(email, contact_at=contact_at)
        if is_new:
            return address, None
    person = _known(given, family, address)
    if person is None:
        hold()
        # Whoever was erased meanwhile took the address with them; of two merged the other one reads it.
        db.session.expire(address)
        address = addresses.find_or_add(email)
        person = _known(given, family, address)
    return address, person


def make_way_for(emails: Iterable[str], *, at: datetime) -> None:
    """Make the rows of these addresses, each where it has none, in one order whoever asks.

    For people who register together: of two forms that name each other's senders each would else wait,
    with the event locked, for the address that the other one is adding.
    """
    wanted = set()
    for email in emails:
        # What is no address is refused where it is that person's turn, by name.
        with suppress(addresses.BadAddress):
            wanted.add(addresses.normalise(email))
    for email in sorted(wanted):
        if addresses.find(email) is None:
            addresses.add(email, contact_at=at)


def _added(
    given: str, family: str, address: Address | None, *, language: str, by: str, at: datetime
) -> Person:
    add = records.add_person if address is None else partial(records.add_reader, address)
    return add(given_name=given, family_name=family, language=language, source=SOURCE, by=by, at=at)


def _known(given: str, family: str, address: Address) -> Person | None:
    """The person of that address and name; the name may be typed in either order.

    Who reads the address is held until the unit of work ends: nobody registers for a person who is being
    erased or merged at this moment.
    """
    asked = sorted(fold(f"{given} {family}").split())
    readers = directory.people_reading(address.email).with_for_update(read=True, key_share=True, of=Person)
    for person in db.session.scalars(readers.execution_options(populate_existing=True)):
        if sorted(fold(f"{person.given_name} {person.family_name}").split()) == asked:
            return person
    return None


def _names(organisation: Organisation) -> set[str]:
    names = (organisation.name, organisation.acronym, *organisation.aliases.splitlines())
    return {fold(name) for name in names if name}

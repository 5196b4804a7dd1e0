"""Whose deputies and senators are shown: what the reader chose, else what is known of the person."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import abort
from sqlalchemy import literal, select

from crm import clock
from crm.db import db
from crm.directory import queries as directory
from crm.directory.models import Organisation, Person, Role
from crm.kits.acting import queries
from crm.kits.acting.letters import Writer
from crm.kits.acting.models import KitReader
from crm.kits.models import Kit
from crm.kits.parliament import queries as parliament
from crm.kits.parliament.queries import NOBODY, Elected
from crm.text import N_
from crm.web import links

SALT = "kit-reader"
CITY_ALONE = N_("Enter the postcode of the commune too: several communes may have one name.")
NO_POSTCODE = N_("A postcode has five digits, such as 35000: correct it, or choose your department.")
NO_COMMUNE = N_("No commune has that postcode. Check it, or choose your department.")
PLACES = ("constituency", "postcode", "city", "department", "country")


@dataclass(frozen=True)
class Visit:
    """Who looks at the kit: a person by a link of their own, an unknown one who came back, or anybody."""

    token: str = ""
    person: Person | None = None
    organisation: Organisation | None = None
    reader: KitReader | None = None

    @property
    def writer(self) -> Writer:
        if self.person is None:
            return Writer()
        commune = self.organisation.city if self.organisation is not None else ""
        return Writer(self.person.given_name, self.person.family_name, commune)


@dataclass
class Asked:
    """Where the reader says to vote: one of these, or nothing."""

    constituency: str = ""
    postcode: str = ""
    city: str = ""
    department: str = ""
    country: str = ""
    elected: Elected = field(default=NOBODY)

    @property
    def is_asked(self) -> bool:
        return any((self.constituency, self.postcode, self.department, self.country))

    @property
    def refusal(self) -> str:
        """What to say when nobody can be shown for that place; "" when somebody can, or nothing was asked."""
        if not self.is_asked:
            return CITY_ALONE if self.city else ""
        if self.elected.seats:
            return ""
        asks_postcode = self.postcode and not self.constituency
        has_digits = sum(sign.isdigit() for sign in self.postcode) == 5
        return NO_POSTCODE if asks_postcode and not has_digits else NO_COMMUNE

    @property
    def where(self) -> dict[str, str]:
        """What stands in the address, to come back to the same people."""
        return {name: value for name in PLACES if (value := getattr(self, name))}


def own_link(kit_id: int, person_id: int) -> str:
    """The token of the person's own way to the kit; it opens nothing else."""
    return links.sign(SALT, [kit_id, person_id])


def visit(kit: Kit, token: str) -> Visit:
    """Who the token stands for; 404 when it is nobody's for this kit."""
    reader = queries.reader(kit, token)
    if reader is not None:
        return Visit(token, reader=reader)
    own = queries.reminded(kit, token)
    person = own.person if own is not None else _person(kit, token)
    if person is not None and person.erased_at is not None:
        abort(410)
    if person is None or person.binned_at is not None:
        abort(404)
    return Visit(token, person, _organisation(person), own or queries.of_person(kit, person.id))


def _person(kit: Kit, token: str) -> Person | None:
    """Whom the signed link of a mailing was written for."""
    try:
        kit_id, person_id = links.read(SALT, token)
    except (links.BadLink, TypeError, ValueError):
        return None
    return db.session.get(Person, person_id) if kit_id == kit.id else None


def _organisation(person: Person) -> Organisation | None:
    """What the person stands for today."""
    role = directory.main_role_id(literal(person.id), clock.day(clock.now()))
    return db.session.scalar(select(Organisation).join(Role).where(Role.id == role))


def asked(given: Mapping[str, str]) -> Asked:
    """What stands in the address of the page, and whom that place elects."""
    found = Asked(**{name: (given.get(name) or "").strip()[:80] for name in PLACES})  # type: ignore[arg-type]
    if found.constituency:
        found.elected = parliament.of_constituency(found.constituency)
    elif found.postcode:
        found.elected = parliament.of_postcode(found.postcode, found.city)
    elif found.department:
        found.elected = parliament.of_department(found.department)
    elif found.country:
        found.elected = parliament.of_country(found.country)
    return found


def elected(visit: Visit, question: Asked) -> Elected:
    """What was asked now goes before what was chosen earlier, that before where the organisation lies."""
    if question.is_asked:
        return question.elected
    if visit.reader is not None and visit.reader.constituency:
        return parliament.of_constituency(visit.reader.constituency)
    return parliament.of_organisation(visit.organisation) if visit.organisation is not None else NOBODY


def way_back(question: Asked, elected: Elected) -> dict[str, str]:
    """What an address must say so that the same people are shown to whoever comes back without a name."""
    if question.is_asked or not elected.seats:
        return question.where
    code = elected.seats[0].code
    return {"constituency": code} if elected.is_certain else {"department": code.partition("-")[0]}

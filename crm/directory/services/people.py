"""People: adding and changing them."""

from collections.abc import Sequence
from datetime import datetime

from crm import at_end, history
from crm.db import db
from crm.directory import normal, queries
from crm.directory.filters import key_in
from crm.directory.merging import following
from crm.directory.models import Civility, Person, PersonAddress, Phone
from crm.directory.services.records import (
    Author,
    check_not_erased,
    check_version,
    find_addresses,
    find_or_add_tags,
    save,
    set_addresses,
    sign,
)
from crm.directory.services.refusals import Nameless, UnknownPerson
from crm.mail.models import Address
from crm.text import clean, fold


def add_person(
    *,
    given_name: str = "",
    family_name: str = "",
    civility: Civility = Civility.NONE,
    language: str = "fr",
    emails: Sequence[str] = (),
    phones: Sequence[str] = (),
    tags: Sequence[str] = (),
    notes: str = "",
    source: str = "",
    by: Author,
    at: datetime,
) -> Person:
    """Add a person. The first of `emails` is written to; an address may be read by others too.

    `source` says where we have the person from, for whoever asks. Raises Nameless, BadAddress, BadPhone.
    """
    sign(by)
    person = Person(created_at=at, updated_at=at, source=clean(source))
    read, marks = find_addresses(emails), find_or_add_tags(tags)
    with db.session.no_autoflush:
        _describe(person, given_name, family_name, civility, language, notes)
        _reach(person, read, phones)
        person.tags = marks
    save(person)
    return person


def add_reader(
    address: Address,
    *,
    given_name: str,
    family_name: str,
    language: str,
    source: str,
    by: Author,
    at: datetime,
) -> Person:
    """Add a person known by a name and the address they read alone, quicker than `add_person`.

    It is done hundreds of times in a minute when registration for an event opens.
    """
    sign(by)
    person = Person(created_at=at, updated_at=at, source=clean(source))
    _describe(person, given_name, family_name, Civility.NONE, language, "")
    history.write_new(db.session(), person, addresses=[address])
    reads = {"person_id": person.id, "address_id": address.id, "position": 0, "label": ""}
    at_end.write(db.session(), PersonAddress, reads)
    return person


def change_person(
    person: Person,
    *,
    version: int | None = None,
    given_name: str,
    family_name: str,
    civility: Civility,
    language: str,
    emails: Sequence[str],
    phones: Sequence[str],
    tags: Sequence[str],
    notes: str,
    by: Author,
    at: datetime,
) -> Person:
    """Write down what is now known of the person; `version` is the one that was read.

    Raises PersonErased, Changed, Nameless, BadAddress, BadPhone.
    """
    sign(by)
    check_not_erased(person)
    check_version(person, version)
    read, marks = find_addresses(emails), find_or_add_tags(tags)
    with db.session.no_autoflush:
        _describe(person, given_name, family_name, civility, language, notes)
        _reach(person, read, phones)
        person.tags = marks
        person.updated_at = at
    save(person)
    return person


def _describe(
    person: Person, given_name: str, family_name: str, civility: Civility, language: str, notes: str
) -> None:
    person.given_name, person.family_name = clean(given_name), clean(family_name)
    person.civility, person.language, person.notes = civility, language, clean(notes)
    person.search = normal.person_search(person.given_name, person.family_name)
    person.sort = normal.person_sort(person.given_name, person.family_name)


def _reach(person: Person, read: Sequence[Address], phones: Sequence[str]) -> None:
    set_addresses(person, read)
    if not person.name and not person.addresses:
        raise Nameless
    numbers = normal.unique(normal.phone(number) or "" for number in phones)
    held = {phone.number: phone for phone in person.phones}
    person.phones = [held.get(number) or Phone(number=number) for number in numbers]
    for place, phone in enumerate(person.phones):
        phone.position = place


def person_chosen(chosen: str, *, typed: str = "") -> Person:
    """The person meant by a field of `people.suggest`: the key that was chosen, else what was typed.

    Typed, it must be the address or the whole name of exactly one person. Raises UnknownPerson.
    """
    if number := key_in(chosen):
        found = db.session.get(Person, number)
        found = following.kept(found) if found is not None else None
        if found is not None and found.binned_at is None:
            return found
    named = queries.suggest_people(typed, limit=20)
    exact = [person for person in named if "@" in typed or fold(typed) in _written(person)]
    if len(exact) != 1:
        raise UnknownPerson(name=clean(typed))
    return exact[0]


def _written(person: Person) -> set[str]:
    """The ways in which the person's whole name may be typed."""
    given, family = person.given_name, person.family_name
    return {fold(f"{given} {family}"), fold(f"{family} {given}")}

"""The demo's duplicates: a few records entered twice, and the pairs that a search finds among all."""

from datetime import datetime

from crm.db import db
from crm.demo.directory import Directory
from crm.directory import queries, services
from crm.directory.merging import scanning, scans
from crm.directory.merging.models import Scan
from crm.directory.models import Person
from crm.text import fold

TWICE = 5


def load(made: Directory, *, at: datetime) -> None:
    """Some people of the year once more, as hasty hands enter them; then one search of each kind."""
    drawn = made.people[:: max(1, len(made.people) // (4 * TWICE))]
    known = [person for person in drawn if person.phones and person.roles]
    for number, person in enumerate(known[:TWICE]):
        _again(person, number, at)
    services.add_organisation(
        name="Hopital Ste Clarisse (démo)",
        kind=queries.kind_with("other"),
        tags=["Santé"],
        by="demo",
        at=at,
    )
    db.session.commit()
    for kind, look in (("people", scanning.people), ("organisations", scanning.organisations)):
        pairs = look(db.session())
        scans.keep(db.session(), kind, pairs, at=at)
        told = {"state": scans.State.DONE, "found": len(pairs), "asked_by": "demo"}
        db.session.add(Scan(kind=kind, asked_at=at, seen_at=at, ended_at=at, **told))
        db.session.commit()


def _again(person: Person, number: int, at: datetime) -> None:
    role = person.roles[0]
    is_short = number % 2
    twin = services.add_person(
        given_name=f"{person.given_name[:1]}." if is_short else fold(person.given_name).title(),
        family_name=person.family_name.upper(),
        phones=[person.phones[0].number],
        emails=[] if is_short else [person.addresses[0].address.email],
        source="Inventée pour la démonstration",
        by="demo",
        at=at,
    )
    services.give_role(
        person=twin,
        organisation=role.organisation,
        function=role.function,
        category=role.category,
        by="demo",
        at=at,
    )

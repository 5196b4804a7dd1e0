"""The search box: people, organisations, events, mailings and kits, by any part of any name."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.directory import queries as directory
from crm.directory import rows as directory_rows
from crm.directory.models import Organisation, Person
from crm.directory.rows import PersonRow
from crm.events.models import Event
from crm.kits.models import Kit
from crm.mailings.models import Mailing
from crm.text import fold, like

SHOWN = 8
SHORTEST = 2
# Mailings and kits are few; the latest ones are compared here, where accents can be folded.
LATEST = 2_000


@dataclass(frozen=True)
class Found:
    """What the words may mean, by kind of record; each list is cut after the first eight."""

    people: list[PersonRow]
    organisations: list[Organisation]
    events: list[Event]
    mailings: list[Any]
    kits: list[Any]

    def __bool__(self) -> bool:
        return bool(self.people or self.organisations or self.events or self.mailings or self.kits)


def find(words: str, *, today: date) -> Found | None:
    """None when there is too little to search for: at least two letters or digits."""
    if len(fold(words).replace(" ", "")) < SHORTEST:
        return None
    return Found(
        people=_people(words, today),
        organisations=directory.suggest_organisations(words, limit=SHOWN),
        events=_events(words),
        mailings=_named(
            select(Mailing.id, Mailing.subject_fr, Mailing.subject_en, Mailing.state).order_by(
                Mailing.id.desc()
            ),
            words,
        ),
        kits=_named(select(Kit.id, Kit.title, Kit.state).order_by(Kit.id.desc()), words),
    )


def _people(words: str, today: date) -> list[PersonRow]:
    keys = [person.id for person in directory.suggest_people(words, limit=SHOWN)]
    if not keys:
        return []
    found: Any = db.session.execute(
        select(*directory_rows.PERSON_COLUMNS).where(Person.id.in_(keys)).order_by(Person.sort, Person.id)
    ).all()
    return directory_rows.people(db.session(), found, day=today, wants=("roles", "emails"))


def _events(words: str) -> list[Event]:
    """The latest first."""
    asked = [Event.search.like(like(word), escape="\\") for word in fold(words).split()[:8]]
    rows = select(Event).options(joinedload(Event.kind)).where(*asked)
    return list(db.session.scalars(rows.order_by(Event.starts_at.desc(), Event.id.desc()).limit(SHOWN)))


def _named(rows: Select[Any] | Any, words: str) -> list[Any]:
    """The first rows in whose texts every word stands."""
    asked = fold(words).split()
    found = []
    for row in db.session.execute(rows.limit(LATEST)):
        text = fold(" ".join(str(value) for value in row[1:-1]))
        if all(word in text for word in asked):
            found.append(row)
            if len(found) == SHOWN:
                break
    return found

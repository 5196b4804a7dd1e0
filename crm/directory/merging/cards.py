"""A record in three lines, to be told from one that is nearly the same."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.directory import messages, normal, rows
from crm.directory.models import Organisation, Person


@dataclass(frozen=True)
class Card:
    """`facts` are what people know the record by, each a line."""

    id: int
    name: str
    address: str
    facts: list[str]
    added: datetime


def of(session: Session, kind: str, keys: Collection[int], *, day: date) -> dict[int, Card]:
    """The cards of these records, by key; binned ones too."""
    made = _people if kind == "people" else _organisations
    return {card.id: card for card in made(session, list(keys), day)}


def _people(session: Session, keys: list[int], day: date) -> list[Card]:
    found: Any = session.execute(select(*rows.PERSON_COLUMNS).where(Person.id.in_(keys))).all()
    filled = rows.people(session, found, day=day, wants=("roles", "emails", "phones"))
    return [
        Card(
            row.id,
            row.name,
            url_for("people.show", person_id=row.id),
            _told(
                " · ".join(filter(None, (row.function, row.organisation))),
                ", ".join(row.emails),
                ", ".join(normal.shown_phone(number) for number in row.phones),
            ),
            row.created_at,
        )
        for row in filled
    ]


def _organisations(session: Session, keys: list[int], day: date) -> list[Card]:
    found: Any = session.execute(select(*rows.ORGANISATION_COLUMNS).where(Organisation.id.in_(keys))).all()
    filled = rows.organisations(session, found, day=day, wants=("neighbours", "emails"))
    return [
        Card(
            row.id,
            row.name,
            url_for("organisations.show", organisation_id=row.id),
            _told(
                " · ".join(filter(None, (row.acronym, messages.kind_of(row)))),
                " ".join(filter(None, (row.street, row.postcode, row.city))),
                row.siren,
                ", ".join(row.emails),
                row.phone and normal.shown_phone(row.phone),
                row.website,
            ),
            row.created_at,
        )
        for row in filled
    ]


def _told(*facts: str | None) -> list[str]:
    return [fact for fact in facts if fact]

"""The found records as the page and the box show them: name, facts, address."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from crm.db import db
from crm.directory import messages as directory
from crm.directory import rows as directory_rows
from crm.directory.models import Organisation, Person
from crm.events import words as events
from crm.events.models import Event
from crm.governance import queries as governance
from crm.governance.models import Body
from crm.kits import words as kits
from crm.kits.models import Kit
from crm.mailings import words as mailings
from crm.mailings.models import Mailing
from crm.relations import messages as relations
from crm.relations.models import Interaction
from crm.text import N_
from crm.web.i18n import day as said_day
from crm.web.pages import say


@dataclass(frozen=True)
class Row:
    """One answer: where it leads, what it is called, a line of facts."""

    href: str
    title: str
    detail: str = ""


LABELS = {
    "organisations": (N_("Organisations"), "building-community"),
    "people": (N_("People"), "users"),
    "bodies": (N_("Bodies"), "award"),
    "events": (N_("Events"), "calendar-event"),
    "mailings": (N_("Mailings"), "mail"),
    "kits": (N_("Mobilisation kits"), "speakerphone"),
    "interactions": (N_("Exchanges"), "messages"),
}


def of(kind: str, keys: Sequence[int], *, today: date) -> list[Row]:
    """The rows of those records, in the order of the keys."""
    rows = _FETCH[kind](keys, today)
    return [rows[key] for key in keys if key in rows]


def _facts(*facts: object) -> str:
    return " · ".join(str(fact) for fact in facts if fact)


def _people(keys: Sequence[int], today: date) -> dict[int, Row]:
    found: Any = db.session.execute(select(*directory_rows.PERSON_COLUMNS).where(Person.id.in_(keys))).all()
    rows = directory_rows.people(db.session(), found, day=today, wants=("roles", "emails"))
    return {
        row.id: Row(
            url_for("people.show", person_id=row.id),
            row.name,
            _facts(row.function, row.organisation, row.email),
        )
        for row in rows
    }


def _organisations(keys: Sequence[int], _today: date) -> dict[int, Row]:
    rows = select(Organisation).where(Organisation.id.in_(keys)).options(joinedload(Organisation.kind))
    return {
        each.id: Row(
            url_for("organisations.show", organisation_id=each.id),
            each.name,
            _facts(each.acronym, directory.kind_name(each.kind), each.city),
        )
        for each in db.session.scalars(rows)
    }


def _bodies(keys: Sequence[int], today: date) -> dict[int, Row]:
    sitting = governance.seats_on(keys, today)
    return {
        each.id: Row(
            url_for("governance.body", body_id=each.id),
            each.name,
            ", ".join(seat.person.name for seat in sitting.get(each.id, [])[:2]),
        )
        for each in db.session.scalars(select(Body).where(Body.id.in_(keys)))
    }


def _events(keys: Sequence[int], _today: date) -> dict[int, Row]:
    return {
        each.id: Row(
            url_for("events.show", event_id=each.id),
            each.title,
            _facts(said_day(each.starts_at, each.zone), each.city, say(events.STATES[each.state])),
        )
        for each in db.session.scalars(select(Event).where(Event.id.in_(keys)))
    }


def _mailings(keys: Sequence[int], _today: date) -> dict[int, Row]:
    return {
        each.id: Row(
            url_for("mailings.show", mailing_id=each.id),
            each.subject,
            _facts(say(mailings.STATES[each.state]), each.left_at and said_day(each.left_at)),
        )
        for each in db.session.scalars(select(Mailing).where(Mailing.id.in_(keys)))
    }


def _kits(keys: Sequence[int], _today: date) -> dict[int, Row]:
    return {
        each.id: Row(url_for("kits.show", kit_id=each.id), each.title, say(kits.STATES[each.state]))
        for each in db.session.scalars(select(Kit).where(Kit.id.in_(keys)))
    }


def _interactions(keys: Sequence[int], _today: date) -> dict[int, Row]:
    rows = (
        select(Interaction)
        .where(Interaction.id.in_(keys))
        .options(joinedload(Interaction.kind), selectinload(Interaction.organisations))
    )
    return {
        each.id: Row(
            url_for("relations.show", interaction_id=each.id),
            each.title,
            _facts(
                said_day(each.happened_at),
                relations.kind_name(each.kind),
                ", ".join(organisation.name for organisation in each.organisations[:2]),
            ),
        )
        for each in db.session.scalars(rows)
    }


_FETCH: dict[str, Callable[[Sequence[int], date], dict[int, Row]]] = {
    "people": _people,
    "organisations": _organisations,
    "bodies": _bodies,
    "events": _events,
    "mailings": _mailings,
    "kits": _kits,
    "interactions": _interactions,
}

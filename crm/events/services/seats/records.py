"""The registration of one person, written down with the names of that day, and told in the log."""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from crm import history
from crm.db import db
from crm.directory import normal
from crm.directory.models import Person
from crm.events.models import Answer, Event, Invitation, Registration
from crm.events.places import services as places_of
from crm.events.services.visitors import Standing
from crm.mail.models import Address
from crm.relations import services as relations
from crm.relations.models import Act


def of_person(event: Event, person: Person) -> Registration | None:
    """The person's registration for the event, also when withdrawn."""
    if person.id is None:
        return None
    return db.session.scalar(
        select(Registration).where(Registration.event_id == event.id, Registration.person_id == person.id)
    )


def current(event: Event, person: Person, at: datetime) -> Registration | None:
    """The person's registration, on a locked event; an offer that is over is taken back first."""
    known = of_person(event, person)
    if known is not None and known.offer_ends_at is not None and known.offer_ends_at <= at:
        places_of.settle(event, at=at)
    return known


def made(event: Event, person: Person, facts: dict[str, Any]) -> Registration:
    """A new registration, written at once: of two for one person the second is refused by the database."""
    token = secrets.token_urlsafe(32)
    registration = Registration(event_id=event.id, person_id=person.id, token=token, **facts)
    history.write_new(db.session(), registration)
    return registration


def set_facts(registration: Registration, facts: dict[str, Any]) -> None:
    for name, fact in facts.items():
        setattr(registration, name, fact)
    db.session.flush()
    # Their keys are what was set.
    db.session.expire(registration, ["address", "role", "organisation", "quota"])


def of_that_day(person: Person, address: Address | None, standing: Standing) -> dict[str, Any]:
    """The names, function and organisation of that day, as the registration keeps them."""
    by_name = normal.person_sort(person.given_name, person.family_name)
    return {
        "given_name": person.given_name,
        "family_name": person.family_name,
        "address_id": address.id if address is not None else None,
        "role_id": standing.role.id if standing.role is not None else None,
        "organisation_id": standing.organisation.id if standing.organisation is not None else None,
        "organisation_name": standing.organisation_name,
        "function": standing.function,
        "search": f"{by_name} {normal.words(standing.organisation_name)}".strip(),
    }


def answered(registration: Registration, answer: Answer, at: datetime) -> None:
    """Registering and withdrawing are answers too, for whoever was invited."""
    db.session.execute(
        update(Invitation)
        .where(
            Invitation.event_id == registration.event_id,
            Invitation.person_id == registration.person_id,
            Invitation.answer != answer,
        )
        .values(answer=answer, answered_at=at)
    )


def note(registration: Registration, act: Act, at: datetime, *, is_known: bool = True) -> None:
    """One line about it in the log of the organisation that the person stands for."""
    event = registration.event
    relations.note(
        act=act,
        subject=f"events:{event.id}",
        title=event.title,
        person_id=registration.person_id,
        organisation_id=registration.organisation_id,
        is_known=is_known,
        at=at,
    )

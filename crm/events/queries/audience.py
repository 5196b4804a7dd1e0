"""Who of an audience can be invited to an event, and why not the others."""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, Subquery, case, exists, func, literal, or_, select

from crm.db import db
from crm.directory import queries as directory
from crm.directory.merging import following
from crm.directory.models import Person
from crm.events.models import Answer, Event, Invitation, Registration, Seat
from crm.mail.models import Address, Delivery, DeliveryState, Objection, Purpose
from crm.text import fold, like


class Excluded(StrEnum):
    """Why a person of the audience is not invited; the first reason that holds is told."""

    INVITED = "invited"
    REGISTERED = "registered"
    NO_ADDRESS = "no_address"
    HELD = "held"
    OBJECTED = "objected"
    SHARED = "shared"


def considered(event: Event, people: Select[Person], *, day: date) -> Subquery:
    """Each person of the audience: `person_id`, `name`, `language`, `address_id`, `role_id`,
    `organisation_id` and `why` they are left out, NULL for those who can be invited.

    Of several people who read one address the first is invited; so is nobody whose address has an
    invitation already.
    """
    audience = people.with_only_columns(
        Person.id, Person.sort, Person.language, Person.given_name, Person.family_name
    ).order_by(None)
    asked = audience.subquery("audience")
    written_to, standing = directory.first_addresses(), directory.standing_for(day)
    invited = exists().where(Invitation.event_id == event.id, Invitation.person_id == asked.c.id)
    registered = exists().where(
        Registration.event_id == event.id,
        Registration.person_id == asked.c.id,
        Registration.seat != Seat.WITHDRAWN,
    )
    objected = exists().where(
        Objection.address_id == written_to.c.address_id, Objection.purpose == Purpose.INVITATION
    )
    taken = exists().where(Invitation.event_id == event.id, Invitation.address_id == written_to.c.address_id)
    why = case(
        (invited, Excluded.INVITED.value),
        (registered, Excluded.REGISTERED.value),
        (written_to.c.address_id.is_(None), Excluded.NO_ADDRESS.value),
        (Address.held_since.is_not(None), Excluded.HELD.value),
        (objected, Excluded.OBJECTED.value),
        (taken, Excluded.SHARED.value),
        else_=None,
    )
    first = (
        select(
            asked.c.id.label("person_id"),
            asked.c.sort,
            asked.c.given_name,
            asked.c.family_name,
            asked.c.language,
            written_to.c.address_id,
            Address.email,
            standing.c.role_id,
            standing.c.organisation_id,
            why.label("why"),
        )
        .select_from(asked)
        .outerjoin(written_to, written_to.c.person_id == asked.c.id)
        .outerjoin(Address, Address.id == written_to.c.address_id)
        .outerjoin(standing, standing.c.person_id == asked.c.id)
        .subquery("first")
    )
    place = func.row_number().over(
        partition_by=(first.c.address_id, first.c.why), order_by=(first.c.sort, first.c.person_id)
    )
    ranked = select(first, place.label("place")).subquery("ranked")
    shared = (ranked.c.why.is_(None)) & (ranked.c.place > 1)
    columns = [column for column in ranked.c if column.key not in ("why", "place")]
    return select(
        *columns, case((shared, literal(Excluded.SHARED.value)), else_=ranked.c.why).label("why")
    ).subquery("considered")


def counted(people: Subquery) -> dict[Excluded | None, int]:
    """How many can be invited (None), and how many are left out for each reason."""
    rows = db.session.execute(select(people.c.why, func.count()).group_by(people.c.why))
    return {Excluded(why) if why else None: count for why, count in rows}


def named(people: Subquery, *, most: int) -> dict[Excluded, list[Any]]:
    """The first people left out for each reason, by name: `person_id`, names, `email`."""
    place = func.row_number().over(partition_by=people.c.why, order_by=(people.c.sort, people.c.person_id))
    ranked = select(people, place.label("place")).where(people.c.why.is_not(None)).subquery("named")
    rows = select(ranked).where(ranked.c.place <= most).order_by(ranked.c.place)
    found: dict[Excluded, list[Any]] = {why: [] for why in Excluded}
    for row in db.session.execute(rows):
        found[Excluded(row.why)].append(row)
    return found


def by_token(token: str) -> Invitation | None:
    """The invitation of that link; the one that stays when two people turned out to be one."""
    found = db.session.scalar(select(Invitation).where(Invitation.token == token))
    if found is None and (key := following.row_of_token(Invitation.__tablename__, token)):
        return db.session.get(Invitation, key)
    return found


def invited(event: Event, *, words: str = "", answer: Answer | None = None) -> Select[Any]:
    """The event's invitations with their people, addresses and where the last message stands, in no order."""
    state = (
        select(Delivery.state)
        .where(Delivery.kind == "events.invitation", Delivery.subject_id == Invitation.id)
        .order_by(Delivery.sequence.desc(), Delivery.id.desc())
        .limit(1)
        .correlate(Invitation)
        .scalar_subquery()
    )
    rows = (
        select(
            Invitation.id,
            Invitation.person_id,
            Person.given_name,
            Person.family_name,
            Person.sort,
            Address.email,
            Invitation.answer,
            Invitation.answered_at,
            Invitation.invited_at,
            state.label("delivery"),
        )
        .join(Person, Person.id == Invitation.person_id)
        .join(Address, Address.id == Invitation.address_id)
        .where(Invitation.event_id == event.id)
    )
    if answer is not None:
        rows = rows.where(Invitation.answer == answer)
    for word in fold(words).split()[:8]:
        pattern = like(word)
        rows = rows.where(
            or_(Person.search.like(pattern, escape="\\"), Address.email.like(pattern, escape="\\"))
        )
    return rows


def deliveries(event: Event) -> dict[DeliveryState, int]:
    """How many invitation messages stand where: first ones and updates together."""
    rows = (
        select(Delivery.state, func.count())
        .where(
            Delivery.kind == "events.invitation",
            Delivery.subject_id.in_(select(Invitation.id).where(Invitation.event_id == event.id)),
        )
        .group_by(Delivery.state)
    )
    return dict(db.session.execute(rows).all())

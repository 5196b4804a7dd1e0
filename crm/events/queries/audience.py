"""Who of an audience can be invited to an event, and why not the others."""

from collections.abc import Callable, Collection
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import aliased

from crm.db import db
from crm.directory import queries as directory
from crm.directory.merging import following
from crm.directory.models import Person
from crm.events.models import Answer, Event, Invitation, Registration, Seat
from crm.mail import purposes
from crm.mail.models import Address, Delivery, DeliveryState, Purpose
from crm.text import fold, like


class Excluded(StrEnum):
    """Why a person of the audience is not invited; the first reason that holds is told."""

    REGISTERED = "registered"
    DECLINED = "declined"
    INVITED = "invited"
    NO_ADDRESS = "no_address"
    HELD = "held"
    OBJECTED = "objected"
    NOT_AGREED = "not_agreed"
    IN_VAIN = "in_vain"
    SHARED = "shared"


# Left out unless whoever invites means them; nothing can be sent, or needs to be, for the other reasons.
CHOOSABLE = (Excluded.DECLINED, Excluded.IN_VAIN, Excluded.SHARED)
VAIN = 3  # invitations in a row that somebody left without an answer


class Standing(StrEnum):
    """How the list of invitations is looked at. All but the last leave out what was taken back."""

    NONE = "none"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    BOUNCED = "bounced"
    UNINVITED = "uninvited"


def considered(
    event: Event, people: Select[Person], *, day: date, asking: Collection[Excluded] = ()
) -> Subquery:
    """Each person of the audience: `person_id`, `name`, `language`, `address_id`, `role_id`,
    `organisation_id` and `why` they are left out, NULL for those who can be invited.

    Of several people who read one address the first is invited; so is nobody whose address has an
    invitation already. `asking` are the reasons of CHOOSABLE for which nobody is left out.
    """
    audience = people.with_only_columns(
        Person.id, Person.sort, Person.language, Person.given_name, Person.family_name
    ).order_by(None)
    asked = audience.subquery("audience")
    written_to, standing = directory.first_addresses(), directory.standing_for(day)
    whys = case(
        *(
            (condition, why.value)
            for why, condition in _reasons(event, asked, written_to)
            if why not in asking
        ),
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
            whys.label("why"),
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
    shared = (ranked.c.why.is_(None)) & (ranked.c.place > 1) & (Excluded.SHARED not in asking)
    columns = [column for column in ranked.c if column.key not in ("why", "place")]
    return select(
        *columns, case((shared, literal(Excluded.SHARED.value)), else_=ranked.c.why).label("why")
    ).subquery("considered")


def _reasons(
    event: Event, asked: Subquery, written_to: Subquery
) -> list[tuple[Excluded, ColumnElement[bool]]]:
    """When each reason holds, the one that is told first standing first."""
    own = (Invitation.event_id == event.id) & Invitation.uninvited_at.is_(None)
    mine = exists().where(own, Invitation.person_id == asked.c.id)
    another = exists().where(own, Invitation.person_id != asked.c.id)
    seat = exists().where(Registration.event_id == event.id, Registration.person_id == asked.c.id)
    declined = or_(
        mine.where(Invitation.answer == Answer.DECLINED), seat.where(Registration.seat == Seat.WITHDRAWN)
    )
    return [
        (Excluded.REGISTERED, seat.where(Registration.seat != Seat.WITHDRAWN)),
        (Excluded.DECLINED, declined),
        (Excluded.INVITED, mine.where(Invitation.answer != Answer.DECLINED)),
        (Excluded.NO_ADDRESS, written_to.c.address_id.is_(None)),
        (Excluded.HELD, Address.held_since.is_not(None)),
        (Excluded.OBJECTED, purposes.objects(written_to.c.address_id, Purpose.INVITATION)),
        (Excluded.NOT_AGREED, purposes.lacks_consent(written_to.c.address_id, Purpose.INVITATION)),
        (Excluded.IN_VAIN, _unanswered(event, asked.c.id) >= VAIN),
        (Excluded.SHARED, another.where(Invitation.address_id == written_to.c.address_id)),
    ]


def _unanswered(event: Event, person_id: ColumnElement[int]) -> ColumnElement[int]:
    """To how many other events the person was invited since anything was last heard of them."""
    later, seat = aliased(Invitation), aliased(Registration)
    answered = exists().where(
        later.person_id == Invitation.person_id, later.answered_at > Invitation.invited_at
    )
    registered = exists().where(seat.person_id == Invitation.person_id, seat.asked_at > Invitation.invited_at)
    return (
        select(func.count())
        .select_from(Invitation)
        .where(
            Invitation.person_id == person_id,
            Invitation.event_id != event.id,
            Invitation.answer == Answer.NONE,
            Invitation.uninvited_at.is_(None),
            ~answered,
            ~registered,
        )
        .correlate(person_id.table)  # type: ignore[attr-defined]
        .scalar_subquery()
    )


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


def invited(event: Event, *, words: str = "", standing: Standing | None = None) -> Select[Any]:
    """The event's invitations with their people, addresses and where the last message stands, in no order."""
    columns: tuple[Any, ...] = (
        Invitation.id,
        Invitation.person_id,
        Person.given_name,
        Person.family_name,
        Person.sort,
        Address.email,
        Invitation.answer,
        Invitation.answered_at,
        Invitation.answered_by,
        Invitation.invited_at,
        Invitation.nudges,
        Invitation.nudged_at,
        Invitation.uninvited_at,
        Address.held_since,
        last_delivery().label("delivery"),
    )
    rows: Select[Any] = (
        select(*columns)
        .join(Person, Person.id == Invitation.person_id)
        .join(Address, Address.id == Invitation.address_id)
        .where(Invitation.event_id == event.id, _STANDINGS[standing]())
    )
    for word in fold(words).split()[:8]:
        pattern = like(word)
        rows = rows.where(
            or_(Person.search.like(pattern, escape="\\"), Address.email.like(pattern, escape="\\"))
        )
    return rows


def last_delivery() -> ColumnElement[DeliveryState]:
    """Where the last message of an invitation stands."""
    return (
        select(Delivery.state)
        .where(Delivery.kind == "events.invitation", Delivery.subject_id == Invitation.id)
        .order_by(Delivery.sequence.desc(), Delivery.id.desc())
        .limit(1)
        .correlate(Invitation)
        .scalar_subquery()
    )


def came_back() -> ColumnElement[bool]:
    """The invitation did not arrive: it bounced, was refused, or its address is on hold."""
    read_at = aliased(Address)
    return and_(
        Invitation.answer == Answer.NONE,
        or_(
            last_delivery().in_((DeliveryState.BOUNCED, DeliveryState.FAILED)),
            exists().where(read_at.id == Invitation.address_id, read_at.held_since.is_not(None)),
        ),
    )


def _stands(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(Invitation.uninvited_at.is_(None), *conditions)


_STANDINGS: dict[Standing | None, Callable[[], ColumnElement[bool]]] = {
    None: _stands,
    Standing.NONE: lambda: _stands(Invitation.answer == Answer.NONE),
    Standing.ACCEPTED: lambda: _stands(Invitation.answer == Answer.ACCEPTED),
    Standing.DECLINED: lambda: _stands(Invitation.answer == Answer.DECLINED),
    Standing.BOUNCED: lambda: _stands(came_back()),
    Standing.UNINVITED: lambda: Invitation.uninvited_at.is_not(None),
}


def numbers(event: Event, *standings: Standing) -> tuple[int, ...]:
    """How many invitations of the event stand in each of these ways, in one query."""
    rows = select(*(func.coalesce(func.sum(case((_STANDINGS[one](), 1), else_=0)), 0) for one in standings))
    return tuple(db.session.execute(rows.where(Invitation.event_id == event.id)).one())


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

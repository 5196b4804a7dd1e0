"""The exchanges of everyone, of an organisation, of a person."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    select,
    union,
)
from sqlalchemy.orm import joinedload, selectinload

from crm import clock
from crm.db import db
from crm.relations.models import (
    FollowUp,
    Interaction,
    InteractionKind,
    InteractionPerson,
    Quote,
    interaction_mentions,
    interaction_organisations,
    interaction_staff,
)
from crm.web.tables import Order

AUTOMATIC = "auto"


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Which part of a log is shown. `since` and `until` are days in the office's zone, both included.

    `kind` is the slug of a kind of exchange, or `auto` for what the house wrote by itself. With `family`
    the log of an organisation is also that of all its parts.
    """

    kind: str = ""
    person_id: int | None = None
    organisation_id: int | None = None
    staff_id: int | None = None
    since: date | None = None
    until: date | None = None
    family: bool = False

    def __bool__(self) -> bool:
        return replace(self, family=False) != Chosen()


def with_organisation(organisation: int | Select[int]) -> CompoundSelect[Any]:
    """The keys of the exchanges that concern it: its own, and those of people who stood for it that day.

    A select of keys means all of those organisations.
    """
    columns = (interaction_organisations.c.organisation_id, InteractionPerson.organisation_id)
    own, stood = (
        column == organisation if isinstance(organisation, int) else column.in_(organisation)
        for column in columns
    )
    return union(
        select(interaction_organisations.c.interaction_id).where(own),
        select(InteractionPerson.interaction_id).where(stood),
    )


def with_person(person_id: int) -> CompoundSelect[Any]:
    """The keys of the exchanges in which the person took part or was mentioned."""
    there = select(InteractionPerson.interaction_id).where(InteractionPerson.person_id == person_id)
    mentioned = select(interaction_mentions.c.interaction_id).where(
        interaction_mentions.c.person_id == person_id
    )
    return union(there, mentioned)


def concerned(exchange: Interaction) -> set[int]:
    """The organisations on whose page the exchange shows."""
    stood_for = {
        took_part.organisation_id for took_part in exchange.people if took_part.organisation_id is not None
    }
    return {organisation.id for organisation in exchange.organisations} | stood_for


def exchanges(chosen: Chosen, *, zone: ZoneInfo = clock.PARIS) -> Select[Any]:
    """The kept exchanges of everyone that were chosen, in no order."""
    return select(Interaction.id).where(Interaction.binned_at.is_(None), *exchange_conditions(chosen, zone))


def latest_first() -> Order:
    return Order(by=Interaction.happened_at, key=Interaction.id, descending=True)  # type: ignore[arg-type]


def exchange_conditions(chosen: Chosen, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    asked = in_period(Interaction.happened_at, chosen, zone)  # type: ignore[arg-type]
    if chosen.kind:
        kinds = select(InteractionKind.id).where(InteractionKind.slug == chosen.kind)
        asked.append(Interaction.kind_id.in_(kinds))
    if chosen.person_id:
        asked.append(Interaction.id.in_(with_person(chosen.person_id)))
    if chosen.organisation_id:
        asked.append(Interaction.id.in_(with_organisation(chosen.organisation_id)))
    if chosen.staff_id:
        taking_part = select(interaction_staff.c.interaction_id).where(
            interaction_staff.c.account_id == chosen.staff_id
        )
        asked.append(Interaction.id.in_(taking_part))
    return asked


def in_period(at: ColumnElement[datetime], chosen: Chosen, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = []
    if chosen.since:
        asked.append(at >= _midnight(chosen.since, zone))
    if chosen.until:
        asked.append(at < _midnight(chosen.until + timedelta(days=1), zone))
    return asked


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def told(keys: Sequence[int]) -> dict[int, Interaction]:
    """The exchanges with everything that a page says of them, by key."""
    rows = (
        select(Interaction)
        .where(Interaction.id.in_(keys))
        .options(
            joinedload(Interaction.kind),
            joinedload(Interaction.created_by),
            selectinload(Interaction.organisations),
            selectinload(Interaction.people).options(
                joinedload(InteractionPerson.person),
                joinedload(InteractionPerson.role),
                joinedload(InteractionPerson.organisation),
            ),
            selectinload(Interaction.mentions),
            selectinload(Interaction.staff),
            selectinload(Interaction.files),
            selectinload(Interaction.follow_ups).joinedload(FollowUp.assigned_to),
            selectinload(Interaction.quotes).joinedload(Quote.person),
            selectinload(Interaction.mail),
        )
    )
    return {exchange.id: exchange for exchange in db.session.scalars(rows)}

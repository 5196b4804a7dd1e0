"""Where messages stand: of one dispatch, of one address, of the whole outbox."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import selectinload

from crm.db import db
from crm.history import Change, named
from crm.mail.models import (
    Address,
    Bounce,
    BounceKind,
    Channel,
    Delivery,
    DeliveryState,
    Dispatch,
    Objection,
    Report,
)


def by_token(token: str) -> Delivery | None:
    """The message whose link holds that token."""
    return db.session.scalar(select(Delivery).where(Delivery.token == token))


def objections(address_id: int) -> frozenset[str]:
    """What the owner of the address does not want."""
    return frozenset(db.session.scalars(select(Objection.purpose).where(Objection.address_id == address_id)))


def objections_of(address_ids: Iterable[int]) -> dict[int, list[Objection]]:
    """The objections to each of the addresses that has any."""
    found: dict[int, list[Objection]] = {}
    asked = select(Objection).where(Objection.address_id.in_(list(address_ids))).order_by(Objection.id)
    for objection in db.session.scalars(asked):
        found.setdefault(objection.address_id, []).append(objection)
    return found


def received(address_id: int) -> list[tuple[str, int, datetime | None]]:
    """How many messages of each purpose the address was sent, and when the last one."""
    counted = (
        select(Delivery.purpose, func.count(), func.max(Delivery.ended_at))
        .where(
            Delivery.address_id == address_id,
            Delivery.state.in_((DeliveryState.ACCEPTED, DeliveryState.DELIVERED)),
        )
        .group_by(Delivery.purpose)
        .order_by(Delivery.purpose)
    )
    return [(purpose, number, last) for purpose, number, last in db.session.execute(counted)]


def counts(dispatch_id: int | None) -> dict[DeliveryState, int]:
    """How many messages of the dispatch stand where; None means those that belong to none."""
    counted = (
        select(Delivery.state, func.count())
        .where(Delivery.dispatch_id == dispatch_id)
        .group_by(Delivery.state)
    )
    return {state: number for state, number in db.session.execute(counted)}


def counts_of(dispatch_ids: Iterable[int]) -> dict[int, dict[DeliveryState, int]]:
    """The same for several dispatches at once."""
    found: dict[int, dict[DeliveryState, int]] = {}
    counted = (
        select(Delivery.dispatch_id, Delivery.state, func.count())
        .where(Delivery.dispatch_id.in_(list(dispatch_ids)))
        .group_by(Delivery.dispatch_id, Delivery.state)
    )
    for dispatch_id, state, number in db.session.execute(counted):
        found.setdefault(dispatch_id or 0, {})[state] = number
    return found


def deliveries(dispatch_id: int | None, *, state: DeliveryState | None = None) -> Select[Any]:
    """The messages of the dispatch, with the address in the second column."""
    rows = _with_address().where(Delivery.dispatch_id == dispatch_id)
    return rows if state is None else rows.where(Delivery.state == state)


def in_trouble() -> Select[Any]:
    """Single messages that wait for a person: uncertain, or failed."""
    return deliveries(None).where(Delivery.state.in_((DeliveryState.UNCERTAIN, DeliveryState.FAILED)))


def written_to_folder() -> Select[Any]:
    """The messages that the folder sender wrote, with the address in the second column."""
    return _with_address().where(
        Delivery.state == DeliveryState.ACCEPTED, Delivery.provider_id.endswith(".eml")
    )


def _with_address() -> Select[Any]:
    rows = select(Delivery, Address.email).join(Address, Address.id == Delivery.address_id)
    return cast(Select[Any], rows)


def held() -> Select[Address]:
    """The addresses that nothing is sent to, because mail to them came back."""
    return select(Address).where(Address.held_since.is_not(None))


def channels() -> list[Channel]:
    """The ways out that had trouble and have not recovered."""
    return list(db.session.scalars(select(Channel).where(Channel.since.is_not(None)).order_by(Channel.name)))


def left_last(dispatch_id: int, *, most: int) -> list[datetime]:
    """When the last messages of the dispatch left, in any order. They leave in the order of the index."""
    asked = (
        select(Delivery.ended_at)
        .where(Delivery.dispatch_id == dispatch_id, Delivery.state == DeliveryState.ACCEPTED)
        .order_by(Delivery.not_before.desc(), Delivery.id.desc())
        .limit(most)
    )
    return [at for at in db.session.scalars(asked) if at is not None]


def returned(*, kind: BounceKind | None = None, is_ours: bool = True) -> Select[Any]:
    """What came back, with its report in the second column; not ours is what no message of ours matches."""
    rows = select(Bounce, Report).join(Report, Report.id == Bounce.report_id)
    rows = rows.where(Bounce.address_id.is_not(None) if is_ours else Bounce.address_id.is_(None))
    return cast(Select[Any], rows if kind is None else rows.where(Bounce.kind == kind))


def returned_from(address_id: int) -> list[Bounce]:
    """What was reported of the address, newest first, each with its report."""
    asked = (
        select(Bounce)
        .where(Bounce.address_id == address_id)
        .options(selectinload(Bounce.report), selectinload(Bounce.delivery))
        .order_by(Bounce.id.desc())
        .limit(100)
    )
    return list(db.session.scalars(asked))


def returned_of(delivery_id: int) -> list[Bounce]:
    """What was reported of that one message, each with its report."""
    asked = select(Bounce).where(Bounce.delivery_id == delivery_id).options(selectinload(Bounce.report))
    return list(db.session.scalars(asked.order_by(Bounce.id.desc()).limit(20)))


@dataclass(frozen=True)
class Turn:
    """The address was held, for that reason, or the hold was lifted; by whom, when."""

    at: datetime
    actor: str
    reason: str | None


def turns(address: Address) -> list[Turn]:
    """When the address was held and let go, newest first."""
    asked = (
        select(Change)
        .where(Change.record == named(address), Change.act.in_(("made", "changed")))
        .order_by(Change.id.desc())
    )
    return [
        Turn(change.at, change.actor, (change.values.get("hold_reason") or [None, None])[1])
        for change in db.session.scalars(asked)
        if "held_since" in change.values
    ]


def lists_read_at() -> datetime | None:
    """When the provider's own lists were last read."""
    return db.session.scalar(select(func.max(Channel.lists_read_at)))


def dispatches_about(subject: str) -> list[Dispatch]:
    """What left, or leaves, about that record, newest first."""
    asked = select(Dispatch).where(Dispatch.subject == subject).order_by(Dispatch.id.desc())
    return list(db.session.scalars(asked))


def unfinished() -> list[Dispatch]:
    """What is on its way, held, or waits for a decision on uncertain messages; newest first."""
    open_states = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.UNCERTAIN)
    some = exists().where(Delivery.dispatch_id == Dispatch.id, Delivery.state.in_(open_states))
    asked = select(Dispatch).where(some).order_by(Dispatch.id.desc()).limit(50)
    return list(db.session.scalars(asked))


def waiting() -> int:
    """How many messages wait to leave."""
    asked = select(func.count()).where(Delivery.state == DeliveryState.QUEUED)
    return db.session.scalar(asked) or 0

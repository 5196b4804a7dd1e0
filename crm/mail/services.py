"""Writing to people: queueing messages, holding and letting go what leaves together, respecting refusals.

Nothing is sent here. A message is first a row, written in the unit of work of what caused it; once
that is committed, `crm.jobs.wake()` tells the workers.
"""

from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, Select, cast, delete, literal, select, update
from sqlalchemy.exc import IntegrityError

from crm import at_end
from crm.db import db
from crm.errors import CrmError
from crm.mail.models import (
    Address,
    Delivery,
    DeliveryState,
    Dispatch,
    DispatchState,
)
from crm.mail.tokens import each_token, new_token
from crm.mail.wishes import object_also, object_many, object_to
from crm.text import N_
from crm.writing import insert_new, rows_of, write_new

__all__ = ["object_also", "object_many", "object_to"]

PAUSED_BY_HAND = N_("Paused by hand.")
DISPATCH_CANCELLED = N_("The mailing was cancelled before this message left.")


class DispatchOver(CrmError):
    text = N_("“%(title)s” was cancelled: nothing more leaves. Write a new one to reach these people.")


def queue(
    *,
    kind: str,
    subject_id: int,
    address: Address,
    purpose: str,
    language: str,
    at: datetime,
    person_id: int | None = None,
    sequence: int = 0,
    facts: dict[str, Any] | None = None,
    dispatch: Dispatch | None = None,
    not_before: datetime | None = None,
) -> Delivery:
    """One message for one address, to leave at `not_before` or at once.

    The same kind, subject, address and sequence are one message: asked for twice, the first stays.
    A higher sequence of the same kind, subject and address replaces what has not left yet.
    """
    db.session.flush()
    delivery = Delivery(
        kind=kind,
        subject_id=subject_id,
        address_id=address.id,
        person_id=person_id,
        purpose=purpose,
        language=language,
        sequence=sequence,
        facts=facts or {},
        dispatch_id=dispatch.id if dispatch is not None else None,
        not_before=not_before or at,
        **_identity(at),
    )
    if write_new(db.session(), delivery, if_absent=True):
        return delivery
    asked = select(Delivery).where(
        Delivery.kind == kind,
        Delivery.subject_id == subject_id,
        Delivery.address_id == address.id,
        Delivery.sequence == sequence,
    )
    return db.session.scalars(asked).one()


def queue_at_end(
    *,
    kind: str,
    subject_id: int,
    address: Address,
    purpose: str,
    language: str,
    at: datetime,
    person_id: int | None,
    sequence: int,
    facts: dict[str, Any] | None = None,
) -> None:
    """The same, for whoever asks nothing of the message: it is written with what else ends the work."""
    at_end.write(
        db.session(),
        Delivery,
        {
            "kind": kind,
            "subject_id": subject_id,
            "address_id": address.id,
            "person_id": person_id,
            "purpose": purpose,
            "language": language,
            "sequence": sequence,
            "facts": facts or {},
            "not_before": at,
            "state": DeliveryState.QUEUED,
            "attempts": 0,
            **_identity(at),
        },
    )


def _identity(at: datetime) -> dict[str, Any]:
    return {"stamp": at, "message_id": new_token(), "token": new_token()}


def queue_many(
    rows: Select[Any],
    *,
    kind: str,
    purpose: str,
    dispatch: Dispatch,
    at: datetime,
    subject_id: int | None = None,
    sequence: int = 0,
    facts: dict[str, Any] | None = None,
    not_before: datetime | None = None,
) -> int:
    """One message for each row of the select, in one statement; how many were added.

    The select labels its columns `address_id`, `person_id`, `language`, and `subject_id` and `sequence`
    where they differ from row to row. An address that has this message already, or comes twice, gets one.
    """
    db.session.flush()
    given = rows.order_by(None).subquery("given")
    values: dict[str, Any] = {
        "kind": literal(kind),
        "subject_id": given.c.subject_id if subject_id is None else literal(subject_id),
        "address_id": given.c.address_id,
        "person_id": cast(given.c.person_id, Integer),
        "language": given.c.language,
        "purpose": literal(purpose, Delivery.__table__.c.purpose.type),
        "sequence": given.c.sequence if "sequence" in given.c else literal(sequence),
        "facts": literal(facts or {}, Delivery.__table__.c.facts.type),
        "dispatch_id": literal(dispatch.id),
        "stamp": literal(at, Delivery.__table__.c.stamp.type),
        "not_before": literal(not_before or at, Delivery.__table__.c.not_before.type),
        "message_id": each_token(),
        "token": each_token(),
        "state": literal(DeliveryState.QUEUED, Delivery.__table__.c.state.type),
        "attempts": literal(0),
    }
    # SQLite takes ON for a join's unless the select has a WHERE.
    source = select(*(column.label(name) for name, column in values.items())).where(literal(1) == 1)
    statement = insert_new(Delivery).from_select(list(values), source, include_defaults=False)
    return rows_of(db.session(), statement)


def dispatch(*, subject: str, title: str, purpose: str, by: str, at: datetime) -> Dispatch:
    """What leaves together from now on: `subject` names its record (`mailings:7`, `events:12`)."""
    opened = Dispatch(subject=subject, title=title, purpose=purpose, created_at=at, created_by=by)
    db.session.add(opened)
    db.session.flush()
    return opened


def pause(dispatch: Dispatch, *, reason: str = PAUSED_BY_HAND) -> None:
    """Let nothing more of it leave, but for what workers have in hand. Raises DispatchOver."""
    if dispatch.state is DispatchState.CANCELLED:
        raise DispatchOver(title=dispatch.title)
    dispatch.state, dispatch.pause_reason = DispatchState.PAUSED, reason


def resume(dispatch: Dispatch) -> None:
    """Let it leave again, from where it stood. Raises DispatchOver."""
    if dispatch.state is DispatchState.CANCELLED:
        raise DispatchOver(title=dispatch.title)
    dispatch.state, dispatch.pause_reason = DispatchState.LEAVING, None


def cancel(dispatch: Dispatch, *, at: datetime) -> int:
    """Call back what has not left; how many messages that were. Cancelling twice changes nothing."""
    dispatch.state, dispatch.pause_reason = DispatchState.CANCELLED, None
    db.session.flush()
    waiting = (
        update(Delivery)
        .where(Delivery.dispatch_id == dispatch.id, Delivery.state == DeliveryState.QUEUED)
        .values(state=DeliveryState.CANCELLED, reason=DISPATCH_CANCELLED, ended_at=at)
    )
    return rows_of(db.session(), waiting)


def resend(
    dispatch: Dispatch | None,
    *,
    at: datetime,
    states: frozenset[DeliveryState] = frozenset({DeliveryState.UNCERTAIN}),
) -> int:
    """Queue again what a person decided to send again: the uncertain ones, or also those that failed.

    Without a dispatch it means the single messages that belong to none. Raises DispatchOver.
    """
    if dispatch is not None and dispatch.state is DispatchState.CANCELLED:
        raise DispatchOver(title=dispatch.title)
    again = (
        update(Delivery)
        .where(Delivery.dispatch_id == (dispatch.id if dispatch else None), Delivery.state.in_(states))
        .values(_QUEUED_AGAIN | {"not_before": at})
    )
    return rows_of(db.session(), again)


_QUEUED_AGAIN: dict[str, Any] = {
    "state": DeliveryState.QUEUED,
    "attempts": 0,
    "reason": None,
    "said": None,
    "ended_at": None,
    "claimed_by": None,
    "lease_until": None,
}


def resend_one(delivery: Delivery, *, at: datetime) -> None:
    """Queue one uncertain or failed message again; any other is left as it is."""
    if delivery.state in (DeliveryState.UNCERTAIN, DeliveryState.FAILED):
        for name, value in (_QUEUED_AGAIN | {"not_before": at}).items():
            setattr(delivery, name, value)


def forget_request(*, kind: str, subject_id: int, address_id: int) -> None:
    """Let go of a mail that nobody answered, and of its address, unless something else names them."""
    about = delete(Delivery).where(Delivery.kind == kind, Delivery.subject_id == subject_id)
    for statement in (about, delete(Address).where(Address.id == address_id)):
        with suppress(IntegrityError), db.session.begin_nested():
            db.session.execute(statement)


def hold(address: Address, *, reason: str, at: datetime) -> None:
    """Write to this address no more, because mail to it comes back."""
    if address.held_since is None:
        address.held_since, address.hold_reason = at, reason


def lift_hold(address: Address) -> None:
    """Write to this address again."""
    address.held_since, address.hold_reason = None, None


def touched(address: Address, *, at: datetime) -> None:
    """The owner of the address did something: answered, registered, chose. Never on our own acts."""
    if address.last_contact_at is None or address.last_contact_at < at:
        address.last_contact_at = at

"""What the provider tells is followed: states move up, dead addresses are held, refusals are kept."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from crm.db import db, is_sqlite, one_of
from crm.mail import purposes, services, standing
from crm.mail.models import Address, BounceKind, Delivery, DeliveryState, ProviderEvent, Purpose, ReportSource
from crm.mail.provider.reading import Event
from crm.mail.returns import services as returns
from crm.mail.returns.services import Returned
from crm.text import N_

EVENTS_KEPT = timedelta(days=30)

DROPPED = N_("The mail provider does not write to this address any more.")
LISTED = N_("The mail provider has this address on its list of those that mail came back from.")


def take(events: Sequence[Event], *, at: datetime) -> Counter[str]:
    """Follow the events that are new and about mail of ours; how many were of which kind.

    An event is about ours when it names our message, or the provider's name of it, and its recipient.
    """
    fresh = _new({event.key: event for event in events}, at)
    matched = _matched(fresh)
    moves: list[standing.Move] = []
    held: list[int] = []
    refusals: list[tuple[int, str]] = []
    all_of_them: list[str] = []
    for event in sorted(fresh, key=lambda event: event.at):
        delivery = matched.get(event.key)
        if delivery is None:
            continue
        key, address_id, purpose = delivery
        if event.state is not None:
            reason, said = _words(event)
            name = event.provider_ids[0] if event.provider_ids else None
            moves.append(standing.Move(key, event.state, event.at, reason, said, name))
        if event.is_dead:
            held.append(address_id)
        if event.refuses_all:
            all_of_them = all_of_them or purposes.refusable_keys()
            refusals += [(address_id, one) for one in all_of_them]
        elif event.kind == "group_unsubscribe":
            refusals.append((address_id, purpose))
    standing.move(moves)
    _keep_reports(
        [event for event in fresh if event.bounce is not None and event.key in matched], matched, at
    )
    returns.hold(held, reason=DROPPED, at=at)
    services.object_many(refusals, source="provider", at=at)
    told = Counter(event.kind for event in fresh if event.key in matched)
    told["again"] = len(events) - len(fresh)
    told["unmatched"] = len(fresh) - sum(event.key in matched for event in fresh)
    return told


def _new(events: dict[str, Event], at: datetime) -> list[Event]:
    """Those that were never taken, marked as taken by this transaction."""
    taken = taken_now(events, at)
    return [event for key, event in events.items() if key in taken]


def taken_now(keys: Iterable[str], at: datetime) -> set[str]:
    """Mark the keys as taken; those that were not before. Who takes them too waits, and gets none."""
    # In the order of keys, so that two who take the same wait for each other and not in a ring.
    rows = [{"key": key, "at": at} for key in sorted(keys)]
    if not rows:
        return set()
    into: Any = (sqlite if is_sqlite(db.session()) else postgresql).insert(ProviderEvent)
    statement = into.on_conflict_do_nothing().returning(ProviderEvent.key)
    return set(db.session.scalars(statement, rows))


def _matched(events: Sequence[Event]) -> dict[str, tuple[int, int, Purpose]]:
    """For each event about mail of ours its delivery, address and purpose."""
    ours = {event.message_id for event in events if event.message_id}
    theirs = {name for event in events if not event.message_id for name in event.provider_ids}
    by_ours = _known(Delivery.message_id, ours)
    # One call of many readers has one name: reader and name together are one message.
    by_theirs = _known(Delivery.provider_id, theirs)
    found = {}
    for event in events:
        known: Any = by_ours.get((event.message_id, event.email))
        if not event.message_id:
            named = ((name, event.email) for name in event.provider_ids)
            known = next((by_theirs[one] for one in named if one in by_theirs), None)
        if known is not None:
            found[event.key] = (known.id, known.address_id, known.purpose)
    return found


def _known(column: Any, names: Collection[str]) -> dict[tuple[str, str], Any]:
    """The deliveries that are called so, by that name and their reader."""
    if not names:
        return {}
    asked = (
        select(column.label("name"), Delivery.id, Delivery.address_id, Delivery.purpose, Address.email)
        .join(Address, Address.id == Delivery.address_id)
        .where(one_of(column, names))
    )
    return {(row.name, row.email): row for row in db.session.execute(asked)}


def _words(event: Event) -> tuple[str | None, str | None]:
    """Why the message stands where the event says, and the provider's own words."""
    if event.state is DeliveryState.SUPPRESSED:
        return DROPPED, event.said
    if event.state is DeliveryState.BOUNCED and event.bounce is not None:
        return returns.REASONS[event.bounce], returns.words(event.status, event.said)
    return None, event.said if event.kind == "deferred" else None


def _keep_reports(
    events: Sequence[Event], matched: dict[str, tuple[int, int, Purpose]], at: datetime
) -> None:
    """Keep what tells of an address, for whoever reviews its hold."""
    erased = returns.erased_of(matched[event.key][1] for event in events)
    for event in events:
        returned = Returned(
            recipient=event.email,
            kind=event.bounce or BounceKind.UNKNOWN,
            is_final=True,
            delivery_id=matched[event.key][0],
            address_id=matched[event.key][1],
            status=event.status,
            said=event.said,
        )
        returns.keep(
            json.dumps(event.told, indent=1).encode(),
            source=ReportSource.WEBHOOK,
            returned=[returned],
            at=event.at,
            key=f"webhook:{event.key}",
            sender="SendGrid",
            subject=event.kind,
            erased=erased,
        )


def forget(*, at: datetime) -> None:
    """Let go the marks of events that the provider does not send again."""
    db.session.execute(delete(ProviderEvent).where(ProviderEvent.at < at - EVENTS_KEPT))

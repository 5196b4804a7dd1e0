"""Queueing what speakers must hear: that they are asked, and what becomes of the event."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from crm.db import db
from crm.directory.models import Person
from crm.events.models import Answer, Event
from crm.events.programme.models import Speaker
from crm.mail import services as outbox
from crm.mail.models import Delivery, Dispatch, Purpose

SPEAKER = "events.speaker"


def of_asking(event: Event, *, by: str, at: datetime) -> int:
    """Write to every speaker who was asked and whom no message was queued for."""
    queued = select(Delivery.id).where(Delivery.kind == SPEAKER, Delivery.subject_id == Speaker.id).exists()
    dispatch = outbox.dispatch(
        subject=f"events:{event.id}", title=event.title, purpose=Purpose.SERVICE, by=by, at=at
    )
    return _queue(event, dispatch, {}, at, ~queued)


def of_event(event: Event, dispatch: Dispatch, facts: Mapping[str, Any], *, at: datetime) -> int:
    """Tell the speakers who did not decline what `facts` says became of the event.

    `changed`, `dated`, `postponed` or `cancelled`; how many messages.
    """
    return _queue(event, dispatch, dict(facts), at)


def _queue(event: Event, dispatch: Dispatch, facts: dict[str, Any], at: datetime, *which: Any) -> int:
    rows: Any = (
        select(
            Speaker.id.label("subject_id"),
            Speaker.address_id,
            Speaker.person_id,
            Person.language,
        )
        .join(Person, Person.id == Speaker.person_id)
        .where(
            Speaker.event_id == event.id,
            Speaker.asked_at.is_not(None),
            Speaker.address_id.is_not(None),
            Speaker.answer != Answer.DECLINED,
            *which,
        )
    )
    db.session.flush()
    return outbox.queue_many(
        rows,
        kind=SPEAKER,
        purpose=Purpose.SERVICE,
        dispatch=dispatch,
        sequence=event.sequence,
        facts=facts,
        at=at,
    )

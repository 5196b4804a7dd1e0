"""The answers that calendars gave: those that wait for a person, those of one event."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.events.models import Event
from crm.events.replies import again
from crm.events.replies.models import CalendarReply, ReplyState
from crm.web.tables import Order


def replies(*, state: ReplyState | None, event: Event | None = None) -> Select[Any]:
    rows = select(CalendarReply).options(joinedload(CalendarReply.event), joinedload(CalendarReply.person))
    if state is not None:
        rows = rows.where(CalendarReply.state == state)
    if event is not None:
        rows = rows.where(CalendarReply.event_id == event.id)
    return rows


def last_come_first() -> Order:
    return Order(by=CalendarReply.id, key=CalendarReply.id, descending=True)  # type: ignore[arg-type]


def waiting_number(event: Event | None = None) -> int:
    """How many answers wait for a person, of one event or of all."""
    rows = select(func.count()).select_from(CalendarReply).where(CalendarReply.state == ReplyState.WAITING)
    return db.session.scalar(rows if event is None else rows.where(CalendarReply.event_id == event.id)) or 0


def last_of(event: Event, person_ids: Iterable[int]) -> dict[int, CalendarReply]:
    """The last answer of the calendars of these people that says more than the invitation does.

    That is a “perhaps”, or an answer to a former date.
    """
    rows = (
        select(CalendarReply)
        .where(
            CalendarReply.event_id == event.id,
            CalendarReply.person_id.in_(list(person_ids)),
            CalendarReply.state.in_((ReplyState.TAKEN, ReplyState.OUTDATED)),
            CalendarReply.method != again.METHOD,
        )
        .order_by(CalendarReply.came_at, CalendarReply.id)
    )
    return {reply.person_id: reply for reply in db.session.scalars(rows) if reply.person_id is not None}

"""What a calendar of one's own holds, and what changes whenever it does."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import joinedload

from crm.accounts.models import Account
from crm.db import db
from crm.directory.models import PersonAddress
from crm.events.feeds.models import Feed, Scope
from crm.events.models import Answer, Event, EventState, Invitation, Registration, Seat
from crm.events.queries.agenda import FEED_BACK
from crm.mail.models import Address


def by_token(token: str) -> Feed | None:
    """The calendar of that address, while its owner may sign in."""
    return db.session.scalar(
        select(Feed)
        .join(Feed.account)
        .where(Feed.token == token, Account.is_open.is_(True))
        .options(joinedload(Feed.account))
    )


def entries(feed: Feed, *, at: datetime) -> Select[Event]:
    """The events of the calendar from two months back, cancelled ones as such; no drafts of others."""
    begins = at.replace(hour=0, minute=0, second=0, microsecond=0) - FEED_BACK
    rows = select(Event).where(Event.ends_at > begins)
    if feed.scope is Scope.AGENDA:
        rows = rows.where(Event.state != EventState.DRAFT)
    else:
        rows = rows.where(_concerns(feed.account))
    return rows.order_by(Event.starts_at, Event.id)


def _concerns(account: Account) -> ColumnElement[bool]:
    """The account planned the event, or its owner is expected there: by the address of the account."""
    mine = select(PersonAddress.person_id).join(Address, Address.id == PersonAddress.address_id)
    me = mine.where(Address.email == account.email)
    is_out = Event.state != EventState.DRAFT
    invited = exists().where(
        Invitation.event_id == Event.id,
        Invitation.person_id.in_(me),
        Invitation.answer != Answer.DECLINED,
        Invitation.uninvited_at.is_(None),
    )
    registered = exists().where(
        Registration.event_id == Event.id,
        Registration.person_id.in_(me),
        Registration.seat != Seat.WITHDRAWN,
    )
    return or_(Event.created_by == account.email, is_out & (invited | registered))


def freshness(feed: Feed, *, at: datetime) -> tuple[Any, ...]:
    """What changes whenever the calendar does, in one query that loads no event."""
    rows = entries(feed, at=at).order_by(None)
    told = rows.with_only_columns(
        func.count(), func.max(Event.updated_at), func.sum(Event.version), func.sum(Event.id * Event.id)
    )
    return tuple(db.session.execute(told).one())

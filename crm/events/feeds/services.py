"""Calendars of one's own: made, changed and taken back by their owner alone."""

import secrets
from datetime import datetime

from sqlalchemy import select

from crm.accounts.models import Account
from crm.db import db
from crm.events.feeds.models import Feed, Scope


def give(account: Account, scope: Scope, *, at: datetime) -> Feed:
    """A secret address for that calendar; asked for again a new one, and the former works no more."""
    known = of(account).get(scope)
    if known is None:
        known = Feed(account_id=account.id, scope=scope)
        db.session.add(known)
    known.token, known.made_at = secrets.token_urlsafe(30), at
    db.session.flush()
    return known


def revoke(account: Account, scope: Scope) -> None:
    """Take the address back: it answers no more. Twice is once."""
    known = of(account).get(scope)
    if known is not None:
        db.session.delete(known)
        db.session.flush()


def of(account: Account) -> dict[Scope, Feed]:
    """The calendars that the account has an address for."""
    rows = db.session.scalars(select(Feed).where(Feed.account_id == account.id))
    return {feed.scope: feed for feed in rows}

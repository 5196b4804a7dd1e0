"""The circuit breaker: a provider in trouble is left in peace for a while, one that refuses us until a
person has mended the cause. It stands in the database, so that all workers heed it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.dialects import postgresql, sqlite

from crm.db import db, is_sqlite
from crm.mail.models import Channel, DeliveryState
from crm.mail.outcomes import Fault, Outcome, patience

LONGEST_REST = 600.0  # seconds


def channel(name: str) -> Channel:
    """The channel's row, made when it has none yet."""
    known = db.session.get(Channel, name)
    if known is None:
        into = (sqlite if is_sqlite(db.session()) else postgresql).insert(Channel)
        row = {"name": name, "failures": 0, "needs_person": False}
        db.session.execute(into.values(row).on_conflict_do_nothing())
        known = db.session.get_one(Channel, name)
    return known


def is_open(channel: Channel, at: datetime) -> bool:
    """Whether a try may be made at that instant."""
    return not channel.needs_person and (channel.rests_until is None or channel.rests_until <= at)


def learn(channel: Channel, outcomes: Iterable[Outcome], at: datetime) -> None:
    """Draw the consequences of what just happened: rest longer with each failure in a row."""
    for outcome in outcomes:
        if outcome.fault is None:
            if outcome.is_tried and channel.since is not None and outcome.state is not DeliveryState.QUEUED:
                recover(channel)
            continue
        channel.failures += 1
        channel.needs_person = outcome.fault is Fault.ACCOUNT
        rest = max(outcome.wait or 0.0, patience(channel.failures, longest=LONGEST_REST))
        channel.rests_until = None if channel.needs_person else at + timedelta(seconds=rest)
        channel.reason, channel.said = outcome.reason, outcome.said
        channel.since = channel.since or at


def recover(channel: Channel) -> None:
    """The provider takes mail again, or a person says that the cause is mended."""
    channel.failures, channel.rests_until, channel.needs_person = 0, None, False
    channel.reason = channel.said = channel.since = None

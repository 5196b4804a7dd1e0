"""The circuit breaker: a provider in trouble is left in peace for a while, one that refuses us until a
person has mended the cause. It stands in the database, so that all workers heed it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from crm.db import db, is_sqlite
from crm.mail.models import Channel, DeliveryState
from crm.mail.outcomes import Fault, Outcome, patience

LONGEST_REST = 600.0  # seconds
# What a provider in good health ends a try with.
ANSWERED = frozenset({DeliveryState.ACCEPTED, DeliveryState.FAILED})


_STANDING = select(Channel.needs_person, Channel.rests_until, Channel.since).where(
    Channel.name == bindparam("channel")
)


def is_open(name: str, at: datetime) -> bool:
    """Whether a try may be made through this channel at that instant."""
    standing = db.session.execute(_STANDING, {"channel": name}).first()
    if standing is None:
        return True
    return not standing.needs_person and (standing.rests_until is None or standing.rests_until <= at)


def learn(name: str, outcomes: Sequence[Outcome], at: datetime) -> None:
    """Draw the consequences of what just happened: rest longer with each failure in a row."""
    if any(outcome.state in ANSWERED and outcome.is_tried for outcome in outcomes):
        troubled = db.session.execute(_STANDING, {"channel": name}).first()
        if troubled is not None and troubled.since is not None:
            recover(_channel(name))
    for outcome in outcomes:
        if outcome.fault is not None:
            _rest(_channel(name), outcome, at)
    db.session.flush()


def _rest(channel: Channel, outcome: Outcome, at: datetime) -> None:
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


def _channel(name: str) -> Channel:
    """The channel's row, made when it has none yet."""
    known = db.session.get(Channel, name)
    if known is None:
        into = (sqlite if is_sqlite(db.session()) else postgresql).insert(Channel)
        row = {"name": name, "failures": 0, "needs_person": False}
        db.session.execute(into.values(row).on_conflict_do_nothing())
        known = db.session.get_one(Channel, name)
    return known

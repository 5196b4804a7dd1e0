"""The circuit breaker: a provider in trouble is left in peace for a while, one that refuses us until a
person has mended the cause. It stands in the database, so that all workers heed it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

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
    return _lets_through(_standing(name), at)


def learn(name: str, outcomes: Sequence[Outcome], at: datetime) -> bool:
    """Draw the consequences of what just happened; whether another try may be made.

    It rests longer with each failure in a row, and is well again once it answers.
    """
    standing = _standing(name)
    is_well = any(outcome.state in ANSWERED and outcome.is_tried for outcome in outcomes)
    faults = [outcome for outcome in outcomes if outcome.fault is not None]
    if not faults and not (is_well and standing is not None and standing.since is not None):
        return _lets_through(standing, at)
    standing_of = channel(name)
    if is_well:
        recover(standing_of)
    for outcome in faults:
        _rest(standing_of, outcome, at)
    db.session.flush()
    return is_open(name, at)


def _standing(name: str) -> Any:
    return db.session.execute(_STANDING, {"channel": name}).first()


def _lets_through(standing: Any, at: datetime) -> bool:
    if standing is None:
        return True
    return not standing.needs_person and (standing.rests_until is None or standing.rests_until <= at)


def _rest(channel: Channel, outcome: Outcome, at: datetime) -> None:
    channel.failures += 1
    if channel.needs_person and outcome.fault is not Fault.ACCOUNT:
        # A try of another worker that was still under way: the account is refused all the same.
        return
    channel.needs_person = outcome.fault is Fault.ACCOUNT
    rest = max(outcome.wait or 0.0, patience(channel.failures, longest=LONGEST_REST))
    channel.rests_until = None if channel.needs_person else at + timedelta(seconds=rest)
    channel.reason, channel.said = outcome.reason, outcome.said
    channel.since = channel.since or at


def recover(channel: Channel) -> None:
    """The provider takes mail again, or a person says that the cause is mended."""
    channel.failures, channel.rests_until, channel.needs_person = 0, None, False
    channel.reason = channel.said = channel.since = None


def channel(name: str) -> Channel:
    """The channel's row, made when it has none yet."""
    known = db.session.get(Channel, name)
    if known is None:
        into = (sqlite if is_sqlite(db.session()) else postgresql).insert(Channel)
        row = {"name": name, "failures": 0, "needs_person": False}
        db.session.execute(into.values(row).on_conflict_do_nothing())
        known = db.session.get_one(Channel, name)
    return known

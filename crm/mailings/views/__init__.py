"""The pages of mailings: what they are made of, written, aimed, then on their way."""

from crm.mailings.views import (
    after_events,
    approving,
    audience,
    counting,
    look,
    pictures,
    purposes,
    sending,
    stationery,
    subscribe,
    subscribing,
    writing,
)
from crm.mailings.views.bp import bp

blueprints = (bp, purposes.bp, subscribe.bp, counting.bp)

__all__ = [
    "after_events",
    "approving",
    "audience",
    "blueprints",
    "bp",
    "counting",
    "look",
    "pictures",
    "purposes",
    "sending",
    "stationery",
    "subscribe",
    "subscribing",
    "writing",
]

"""The pages of mailings: what they are made of, written, aimed, then on their way."""

from crm.mailings.views import (
    after_events,
    approving,
    audience,
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

blueprints = (bp, purposes.bp, subscribe.bp)

__all__ = [
    "after_events",
    "approving",
    "audience",
    "blueprints",
    "bp",
    "look",
    "pictures",
    "purposes",
    "sending",
    "stationery",
    "subscribe",
    "subscribing",
    "writing",
]

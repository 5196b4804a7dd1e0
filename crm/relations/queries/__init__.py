"""What the log answers: timelines, latest exchanges, follow-ups."""

from crm.relations.queries.choices import accounts, familiar, kinds, met, usual_kind
from crm.relations.queries.exchanges import (
    AUTOMATIC,
    Chosen,
    concerned,
    exchanges,
    latest_first,
    told,
    with_organisation,
    with_person,
)
from crm.relations.queries.log import NAMED, Entry, Folded, Noted, entries, log_of, log_order
from crm.relations.queries.promises import done_last_first, due, follow_ups, soonest_first

__all__ = [
    "AUTOMATIC",
    "NAMED",
    "Chosen",
    "Entry",
    "Folded",
    "Noted",
    "accounts",
    "concerned",
    "done_last_first",
    "due",
    "entries",
    "exchanges",
    "familiar",
    "follow_ups",
    "kinds",
    "latest_first",
    "log_of",
    "log_order",
    "met",
    "soonest_first",
    "told",
    "usual_kind",
    "with_organisation",
    "with_person",
]

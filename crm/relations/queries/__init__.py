"""What the log answers: timelines, latest exchanges, follow-ups, organisations gone quiet."""

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
from crm.relations.queries.quiet import QUIET_DAYS, longest_first, organisations_of, quiet, quiet_since

__all__ = [
    "AUTOMATIC",
    "NAMED",
    "QUIET_DAYS",
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
    "longest_first",
    "met",
    "organisations_of",
    "quiet",
    "quiet_since",
    "soonest_first",
    "told",
    "usual_kind",
    "with_organisation",
    "with_person",
]

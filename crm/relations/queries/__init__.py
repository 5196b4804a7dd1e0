"""What the log answers: timelines, latest exchanges, follow-ups."""

from crm.relations.queries.changes import changes_of
from crm.relations.queries.choices import accounts, familiar, kinds, met, minutes, usual_kind
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
from crm.relations.queries.promises import (
    Load,
    came_after,
    done_last_first,
    due,
    follow_ups,
    loads,
    soonest_first,
)
from crm.relations.queries.quotes import QUOTE_STATES, last_quoted_first, quotes, quotes_by_state

__all__ = [
    "AUTOMATIC",
    "NAMED",
    "QUOTE_STATES",
    "Chosen",
    "Entry",
    "Folded",
    "Load",
    "Noted",
    "accounts",
    "came_after",
    "changes_of",
    "concerned",
    "done_last_first",
    "due",
    "entries",
    "exchanges",
    "familiar",
    "follow_ups",
    "kinds",
    "last_quoted_first",
    "latest_first",
    "loads",
    "log_of",
    "log_order",
    "met",
    "minutes",
    "quotes",
    "quotes_by_state",
    "soonest_first",
    "told",
    "usual_kind",
    "with_organisation",
    "with_person",
]

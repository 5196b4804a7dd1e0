"""Who sits where and who is a member, on a day: what other domains ask."""

from crm.governance.queries.bodies import (
    bodies,
    bodies_on,
    functions,
    represented_on,
    seats_for,
    seats_in,
    seats_of,
    seats_on,
    sitting,
)
from crm.governance.queries.members import (
    colleges,
    is_member,
    members_on,
    membership_on,
    memberships_of,
)
from crm.governance.queries.periods import running

__all__ = [
    "bodies",
    "bodies_on",
    "colleges",
    "functions",
    "is_member",
    "members_on",
    "membership_on",
    "memberships_of",
    "represented_on",
    "running",
    "seats_for",
    "seats_in",
    "seats_of",
    "seats_on",
    "sitting",
]

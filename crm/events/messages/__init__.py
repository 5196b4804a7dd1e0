"""What people read about events by mail, each in their own language, with the entry for the calendar."""

from crm.events.messages import calling_off, invitations, registrations
from crm.events.messages.entries import entry, page_url
from crm.events.messages.parts import (
    CANCELLED,
    GONE,
    POSTPONED,
    SEAT_CHANGED,
    answers_to,
    facts_of,
    greeting,
    mailboxes_of,
    name_of,
    subjects,
    too_late,
)
from crm.events.messages.withdrawals import still_coming

__all__ = [
    "CANCELLED",
    "GONE",
    "POSTPONED",
    "SEAT_CHANGED",
    "answers_to",
    "calling_off",
    "entry",
    "facts_of",
    "greeting",
    "invitations",
    "mailboxes_of",
    "name_of",
    "page_url",
    "registrations",
    "still_coming",
    "subjects",
    "too_late",
]

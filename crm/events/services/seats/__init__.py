"""Seats: sold once, given back, and given on to the next in the queue, under the lock of the event."""

from crm.events.admission.services import ByInvitation
from crm.events.services.seats.coming import walk_in
from crm.events.services.seats.opening import check_day, check_open, has_begun, mode_of, withdraw_until
from crm.events.services.seats.records import note, of_person
from crm.events.services.seats.refusals import (
    EventCancelled,
    EventOver,
    EventPostponed,
    NoSuchMode,
    NotOpenYet,
    NotThatDayYet,
    RegistrationClosed,
    TooLateToWithdraw,
)
from crm.events.services.seats.registering import STRANGERS, ask, grant, register
from crm.events.services.seats.room import has_room, promote, seats_left
from crm.events.services.seats.withdrawing import THEMSELVES, withdraw

__all__ = [
    "STRANGERS",
    "THEMSELVES",
    "ByInvitation",
    "EventCancelled",
    "EventOver",
    "EventPostponed",
    "NoSuchMode",
    "NotOpenYet",
    "NotThatDayYet",
    "RegistrationClosed",
    "TooLateToWithdraw",
    "ask",
    "check_day",
    "check_open",
    "grant",
    "has_begun",
    "has_room",
    "mode_of",
    "note",
    "of_person",
    "promote",
    "register",
    "seats_left",
    "walk_in",
    "withdraw",
    "withdraw_until",
]

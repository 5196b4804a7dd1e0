"""Planning events: when and where, and the steps of their life."""

from crm.events.services.agenda.locking import lock, seats_taken
from crm.events.services.agenda.planning import change, create
from crm.events.services.agenda.refusals import (
    AlreadyOver,
    CapacityNotPositive,
    CapacityTooSmall,
    DateIsPast,
    EndsBeforeItStarts,
    LastsTooLong,
    NotAStep,
    SkippedEnd,
    SkippedStart,
    TitleMissing,
    TookPlace,
    UnknownKind,
    UnknownPartner,
    UnlikelyEnd,
    UnlikelyStart,
)
from crm.events.services.agenda.steps import MOVES, cancel, close, hold, postpone, publish, set_date
from crm.events.services.agenda.writing import Facts

__all__ = [
    "MOVES",
    "AlreadyOver",
    "CapacityNotPositive",
    "CapacityTooSmall",
    "DateIsPast",
    "EndsBeforeItStarts",
    "Facts",
    "LastsTooLong",
    "NotAStep",
    "SkippedEnd",
    "SkippedStart",
    "TitleMissing",
    "TookPlace",
    "UnknownKind",
    "UnknownPartner",
    "UnlikelyEnd",
    "UnlikelyStart",
    "cancel",
    "change",
    "close",
    "create",
    "hold",
    "lock",
    "postpone",
    "publish",
    "seats_taken",
    "set_date",
]

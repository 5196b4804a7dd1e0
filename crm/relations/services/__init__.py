"""The rules of exchanges, follow-ups and notes. Each takes its instant (`at`) and commits nothing."""

from crm.relations.services.counting import recount
from crm.relations.services.exchanges import Promised, Told, bin, change, log, restore
from crm.relations.services.follow_ups import change_promise, done, not_done, promise
from crm.relations.services.notes import note, note_many
from crm.relations.services.refusals import (
    AccountClosed,
    DueBefore,
    InTheFuture,
    KindArchived,
    NothingToDo,
    TooLongAgo,
    WithNobody,
)

__all__ = [
    "AccountClosed",
    "DueBefore",
    "InTheFuture",
    "KindArchived",
    "NothingToDo",
    "Promised",
    "Told",
    "TooLongAgo",
    "WithNobody",
    "bin",
    "change",
    "change_promise",
    "done",
    "log",
    "not_done",
    "note",
    "note_many",
    "promise",
    "recount",
    "restore",
]

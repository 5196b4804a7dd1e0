"""The rules of exchanges, follow-ups and notes. Each takes its instant (`at`) and commits nothing."""

from crm.relations.services.counting import recount
from crm.relations.services.exchanges import Promised, Told, bin, change, log, restore
from crm.relations.services.follow_ups import (
    Repeat,
    change_promise,
    done,
    next_day,
    not_done,
    promise,
    put_off,
)
from crm.relations.services.minutes import archive_minutes, write_minutes
from crm.relations.services.notes import note, note_many
from crm.relations.services.quotes import Said, bin_quote, change_quote, quote, restore_quote
from crm.relations.services.refusals import (
    AccountClosed,
    AlreadyDone,
    DueBefore,
    InTheFuture,
    KindArchived,
    NothingToDo,
    RepeatsTooSeldom,
    RepeatsUntilBefore,
    RepeatsWithoutDay,
    TooLongAgo,
    WithNobody,
)
from crm.relations.services.reminders import remind

__all__ = [
    "AccountClosed",
    "AlreadyDone",
    "DueBefore",
    "InTheFuture",
    "KindArchived",
    "NothingToDo",
    "Promised",
    "Repeat",
    "RepeatsTooSeldom",
    "RepeatsUntilBefore",
    "RepeatsWithoutDay",
    "Said",
    "Told",
    "TooLongAgo",
    "WithNobody",
    "archive_minutes",
    "bin",
    "bin_quote",
    "change",
    "change_promise",
    "change_quote",
    "done",
    "log",
    "next_day",
    "not_done",
    "note",
    "note_many",
    "promise",
    "put_off",
    "quote",
    "recount",
    "remind",
    "restore",
    "restore_quote",
    "write_minutes",
]

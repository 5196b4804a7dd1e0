"""Why something cannot be said of an event, or a step not be taken."""

from crm import clock
from crm.errors import CrmError
from crm.text import N_


class EndsBeforeItStarts(CrmError):
    text = N_("The event ends before it starts: enter an end that comes after the start.")
    field = "ends"


class LastsTooLong(CrmError):
    text = N_("An event lasts a year at most: check the day it ends.")
    field = "ends"


class SkippedStart(clock.SkippedHour):
    field = "starts"


class SkippedEnd(clock.SkippedHour):
    field = "ends"


class UnlikelyStart(clock.UnlikelyYear):
    field = "starts"


class UnlikelyEnd(clock.UnlikelyYear):
    field = "ends"


class TitleMissing(CrmError):
    text = N_("Enter a title")
    field = "title"


class CapacityTooSmall(CrmError):
    text = N_(
        "%(seats)s seats are taken or offered: enter a capacity of %(seats)s or more, "
        "or lower it all the same at the foot of the form. Nobody loses a seat."
    )

    def __init__(self, *, field: str = "capacity", seats: int) -> None:
        self.field = field
        super().__init__(seats=seats)


class CapacityNotPositive(CrmError):
    text = N_("Enter a capacity of 1 or more, or leave it empty when there is no limit.")

    def __init__(self, *, field: str = "capacity") -> None:
        self.field = field
        super().__init__()


class UnknownKind(CrmError):
    text = N_("This kind of event is no longer in the list. Choose another one.")
    field = "kind_id"


class UnknownPartner(CrmError):
    text = N_(
        "“%(name)s” is not in the directory. Choose one of the proposals, or create the organisation first."
    )
    field = "partners"


class NotAStep(CrmError):
    text = N_(
        "“%(event)s” is no longer where this step can be taken. Reload the page to see where it stands."
    )


class AlreadyOver(CrmError):
    text = N_("“%(event)s” is already over: change its dates before you open registration.")


class TookPlace(CrmError):
    text = N_(
        "This event took place: people are noted as present. "
        "Copy it to the date to come, or take their attendance back first."
    )
    field = "starts"


class DateIsPast(CrmError):
    text = N_("This date is already past: enter the date to come.")
    field = "starts"

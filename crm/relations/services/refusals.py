"""What the log will not do, and what to do instead."""

from crm.errors import CrmError
from crm.text import N_


class WithNobody(CrmError):
    text = N_("Say with whom: choose an organisation or a person.")
    field = "organisation_name"


class InTheFuture(CrmError):
    text = N_(
        "This day or hour is still to come: log what has happened, and put what is planned into the agenda."
    )
    field = "day"


class TooLongAgo(CrmError):
    text = N_("Check the year: exchanges begin in %(year)s.")
    field = "day"


class DueBefore(CrmError):
    text = N_("The follow-up is due before the exchange took place: choose a later day.")
    field = "follow_up_due"


class NothingToDo(CrmError):
    text = N_("Say what is to be done, or leave the day and the person of the follow-up empty.")
    field = "follow_up"


class AccountClosed(CrmError):
    text = N_("The account of %(name)s is closed: choose somebody who can still sign in.")


class KindArchived(CrmError):
    text = N_("“%(kind)s” is not used any more: choose another kind.")
    field = "kind"


class RepeatsWithoutDay(CrmError):
    text = N_("A follow-up that repeats needs a day: choose the first one.")
    field = "follow_up_due"


class RepeatsTooSeldom(CrmError):
    text = N_("Repeat it every week at the most often, every five years at the least.")
    field = "every"


class RepeatsUntilBefore(CrmError):
    text = N_("It would end before it begins: choose a later last day, or none.")
    field = "until"


class AlreadyDone(CrmError):
    text = N_("“%(what)s” is done already: nothing is left to put off.")

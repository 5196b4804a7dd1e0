"""Why nobody can register, come in or withdraw."""

from crm.errors import CrmError
from crm.text import N_


class NotOpenYet(CrmError):
    text = N_("Registration for “%(event)s” is not open yet.")


class RegistrationClosed(CrmError):
    text = N_("Registration for “%(event)s” is closed.")


class EventCancelled(CrmError):
    text = N_("“%(event)s” is cancelled: there is nothing to register for.")


class EventPostponed(CrmError):
    text = N_("“%(event)s” is postponed and its new date is not known yet: registration opens again with it.")


class EventOver(CrmError):
    text = N_("“%(event)s” is over: registration is closed.")


class NotThatDayYet(CrmError):
    text = N_(
        "“%(event)s” has not begun: who came and who did not can be noted from its first day on. "
        "Who is excused can be noted now."
    )


class TooLateToWithdraw(CrmError):
    text = N_("It is too late to withdraw here: write to us if you cannot come.")


class NoSuchMode(CrmError):
    text = N_("Choose to come on site or to follow online.")
    field = "mode"

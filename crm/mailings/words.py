"""What the states of mailings are called on pages."""

from crm.mailings.models import MailingState
from crm.text import N_

# What the tabs of a list are called: there are several behind each.
TABS = {
    MailingState.DRAFT: N_("Drafts"),
    MailingState.SCHEDULED: N_("Scheduled mailings"),
    MailingState.LEFT: N_("Sent mailings"),
    MailingState.CANCELLED: N_("Mailings called back"),
}
STATES = {
    MailingState.DRAFT: (N_("Draft"), "plain"),
    MailingState.SCHEDULED: (N_("Scheduled"), "accent"),
    MailingState.LEFT: (N_("Sent"), "good"),
    MailingState.CANCELLED: (N_("Called back"), "plain"),
}

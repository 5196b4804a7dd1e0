"""What the states of mailings are called on pages."""

from crm.mailings.models import MailingState
from crm.text import N_

STATES = {
    MailingState.DRAFT: (N_("Draft"), "plain"),
    MailingState.SCHEDULED: (N_("Scheduled"), "accent"),
    MailingState.LEFT: (N_("Sent"), "good"),
    MailingState.CANCELLED: (N_("Called back"), "plain"),
}

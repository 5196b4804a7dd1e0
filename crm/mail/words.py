"""What purposes and states are called on pages."""

from crm.mail.models import BounceKind, DeliveryState, Purpose, ReportSource
from crm.text import N_

PURPOSES = {
    Purpose.SERVICE: N_("Service message"),
    Purpose.INVITATION: N_("Invitations to events"),
    Purpose.NEWSLETTER: N_("Newsletter"),
    Purpose.MOBILISATION: N_("Calls to act"),
}

EXPLAINED = {
    Purpose.INVITATION: N_("Webinars, meetings and other events that may concern you."),
    Purpose.NEWSLETTER: N_("What the association does, a few times a year."),
    Purpose.MOBILISATION: N_("Joint positions that you may support or pass on."),
}

STATES = {
    DeliveryState.QUEUED: (N_("Waiting"), "wait"),
    DeliveryState.SENDING: (N_("Being sent"), "wait"),
    DeliveryState.ACCEPTED: (N_("Sent"), "good"),
    DeliveryState.DELIVERED: (N_("Delivered"), "good"),
    DeliveryState.BOUNCED: (N_("Came back"), "bad"),
    DeliveryState.FAILED: (N_("Failed"), "bad"),
    DeliveryState.UNCERTAIN: (N_("Uncertain"), "bad"),
    DeliveryState.SUPPRESSED: (N_("Withheld"), "plain"),
    DeliveryState.CANCELLED: (N_("Cancelled"), "plain"),
}

BOUNCES = {
    BounceKind.HARD: (N_("Dead address"), "bad"),
    BounceKind.PERMANENT: (N_("Refused for good"), "wait"),
    BounceKind.BLOCKED: (N_("Blocked or full"), "wait"),
    BounceKind.TRANSIENT: (N_("Delayed or given up"), "plain"),
    BounceKind.UNKNOWN: (N_("Without a code"), "plain"),
    BounceKind.COMPLAINT: (N_("Marked as spam"), "bad"),
}

SOURCES = {
    ReportSource.MAIL: N_("Report of a mail server"),
    ReportSource.WEBHOOK: N_("Event of SendGrid"),
    ReportSource.LISTS: N_("List of SendGrid"),
}

# Who puts an address on hold by itself, as the history calls them.
ACTORS = {
    "bounces": N_("Reports of mail servers"),
    "sendgrid": N_("SendGrid"),
    "system": N_("While messages left"),
}

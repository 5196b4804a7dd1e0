"""What purposes and states are called on pages."""

from collections.abc import Iterator, Mapping

from flask_babel import get_locale, gettext
from markupsafe import Markup, escape

from crm.mail import purposes
from crm.mail.models import Basis, BounceKind, DeliveryState, Permission, ReportSource
from crm.text import N_


class Names(dict[str, Markup]):
    """What purposes are called, by key; one that nobody knows is called by its key."""

    def __missing__(self, key: str) -> Markup:
        return escape(key)


class _Latest(Mapping[str, str]):
    """The names as they are when they are asked for, for tables that are made at the start."""

    def __getitem__(self, key: str) -> str:
        return purpose_names()[key].unescape()

    def __iter__(self) -> Iterator[str]:
        return iter(purpose_names())

    def __len__(self) -> int:
        return len(purpose_names())


PURPOSES = _Latest()


def language() -> str:
    """The reader's, as texts in two languages are kept."""
    return "en" if str(get_locale()) == "en" else "fr"


def purpose_names() -> Names:
    """The names in the reader's language: what people typed, which is not looked up in a catalogue."""
    spoken = language()
    return Names({one.key: escape(one.name(spoken)) for one in purposes.every()})


WAYS = {"folder": N_("Folder on this machine"), "smtp": N_("The mail server"), "sendgrid": N_("SendGrid")}


def called(way: str) -> str:
    """What that way out is called, in the reader's language."""
    return gettext(WAYS[way]) if way in WAYS else way


BASES = {
    Basis.CONTRACT: N_("What they asked us for (contract)"),
    Basis.CONSENT: N_("Their consent"),
    Basis.INTEREST: N_("Legitimate interest"),
    Basis.LAW: N_("A duty by law"),
    Basis.TASK: N_("A task in the public interest"),
}

PERMISSIONS = {
    Permission.ALWAYS: N_("Everybody: it cannot be refused"),
    Permission.UNLESS_OBJECTED: N_("Everybody who has not objected"),
    Permission.ONLY_AGREED: N_("Only those who agreed"),
}

# Where an owner said something, by the beginning of its source.
WISHED = {
    "preferences": N_("On the page of preferences"),
    "one-click": N_("By the button of the mail program"),
    "form": N_("On a subscription form, confirmed from the mailbox"),
    "provider": N_("Told by the mail provider"),
    "merge": N_("Carried over by a merge of two records"),
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

"""What a door says, in big letters and below, and how loudly; scripts and pages without them say the same."""

from collections.abc import Iterable

from flask_babel import gettext as _
from sqlalchemy import select

from crm.accounts.models import Account
from crm.db import db
from crm.events.checkin.models import Outcome
from crm.text import N_

# Tones are those of the page: its colour, icon and sound.
SAID: dict[str, tuple[str, str, str]] = {
    Outcome.IN: ("good", N_("Welcome"), ""),
    Outcome.ALREADY: ("wait", N_("Already in"), ""),
    Outcome.UNDONE: ("plain", N_("Taken back"), N_("This person is not in.")),
    Outcome.NOT_IN: ("plain", N_("Not in"), N_("This person had not been let in today.")),
    Outcome.WAITING: ("wait", N_("Waiting list"), N_("This person has no seat: every seat was taken.")),
    Outcome.WITHDRAWN: ("bad", N_("Withdrawn"), N_("This person gave the registration back.")),
    Outcome.OTHER_EVENT: ("bad", N_("Other event"), N_("This code is for another event. Search by name.")),
    Outcome.UNKNOWN: ("bad", N_("Not registered"), N_("Nobody here has this code. Search by name.")),
    # What a device says by itself:
    "not_ours": ("bad", N_("Not our code"), N_("Scan the code on the badge or in the message.")),
    "queued": ("good", N_("Noted"), N_("No network: this is sent by itself as soon as there is one.")),
    "unsure": ("wait", N_("To be checked"), N_("This code is new here, and there is no network to ask.")),
    "refused": ("bad", N_("Not done"), ""),
}


def for_scripts() -> dict[str, dict[str, str]]:
    """The same in the reader's language."""
    return {
        str(key): {"tone": tone, "word": _(word), "detail": _(detail) if detail else ""}
        for key, (tone, word, detail) in SAID.items()
    }


def names(by: Iterable[str]) -> dict[str, str]:
    """What to call those who let people in: an account by its name, a helper as they called themselves."""
    emails = {one for one in by if "@" in one}
    if not emails:
        return {}
    rows = select(Account.email, Account.name).where(Account.email.in_(emails))
    return {email: name or email for email, name in db.session.execute(rows)}

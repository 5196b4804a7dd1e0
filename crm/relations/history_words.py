"""How the pages of the log name what was changed, and write the values before and after."""

from datetime import date, datetime
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _

from crm.accounts.models import Account
from crm.db import NamedChoice
from crm.text import N_
from crm.web import i18n

_CALLED = {
    "title": N_("What it was about"),
    "kind_id": N_("Kind"),
    "happened_at": N_("When"),
    "is_all_day": N_("The whole day"),
    "body": N_("What was said"),
    "binned_at": N_("Put into the bin"),
    "what": N_("What is to be done"),
    "assigned_to_id": N_("Who does it"),
    "due_on": N_("By when"),
    "done_at": N_("Done on"),
    "repeat_every": N_("Again every"),
    "repeat_unit": N_("Weeks or months"),
    "repeat_until": N_("Not after"),
    "organisations": N_("Organisations"),
    "people": N_("Who took part"),
    "mentions": N_("Mentioned"),
    "staff": N_("Of our own"),
    "files": N_("Files"),
}
_MOMENTS = {"happened_at", "binned_at", "done_at"}
_DAYS = {"due_on", "repeat_until"}
LISTS = ("organisations", "people", "mentions", "staff", "files")
_WORDS = {"weeks": N_("weeks"), "months": N_("months")}


def called(key: str) -> str:
    return str(_(_CALLED[key])) if key in _CALLED else key


def value(key: str, given: Any) -> str:
    """One value as a reader sees it; "" for none."""
    if given is None or given == "":
        return ""
    if isinstance(given, Account):
        return str(given.name)
    if isinstance(given, NamedChoice):
        return str(given.name("en" if str(get_locale()) == "en" else "fr"))
    if isinstance(given, bool):
        return str(_("yes") if given else _("no"))
    if key in _MOMENTS:
        return i18n.moment(datetime.fromisoformat(given))
    if key in _DAYS:
        return i18n.day(date.fromisoformat(given))
    return str(_(_WORDS[given])) if given in _WORDS else str(given)

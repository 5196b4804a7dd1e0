"""How pages say what a seat or a membership is."""

from collections.abc import Mapping
from datetime import date

from flask_babel import get_locale
from flask_babel import gettext as _

from crm.db import NamedChoice
from crm.governance.models import Fee, Period, Seat
from crm.text import N_
from crm.web.i18n import day as said

FEES: Mapping[Fee, str] = {
    Fee.DUE: N_("Fee due"),
    Fee.PAID: N_("Fee paid"),
    Fee.EXEMPT: N_("Exempt from the fee"),
}
TONES = {Fee.DUE: "wait", Fee.PAID: "good", Fee.EXEMPT: "plain"}


def name_of(entry: NamedChoice | None) -> str:
    """The entry of a list in the reader's language; "" without one."""
    return entry.name("en" if str(get_locale()) == "en" else "fr") if entry else ""


def function(seat: Seat) -> str:
    """What the person is there: as it is printed, else as the list calls it."""
    return seat.title or name_of(seat.function)


def term(period: Period) -> str:
    """From when to when, in words; "" when nothing is known of it."""
    if period.begins_on and period.ends_on:
        return str(_("from %(first)s to %(last)s", first=said(period.begins_on), last=said(period.ends_on)))
    if period.begins_on:
        return str(_("since %(first)s", first=said(period.begins_on)))
    return str(_("until %(last)s", last=said(period.ends_on))) if period.ends_on else ""


def is_past(period: Period, day: date) -> bool:
    return period.ends_on is not None and period.ends_on < day

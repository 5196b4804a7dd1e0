"""The papers in words of the event's language: what they are made of."""

from datetime import datetime
from pathlib import Path
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _

from crm.events import dates, days
from crm.events.models import Event
from crm.events.papers import codes
from crm.events.papers.facts import Participant
from crm.text import N_
from crm.web import i18n, pdf

FOLDER = Path(__file__).parent
SIGNING, BADGES, PEOPLE = "signing", "badges", "people"
PAPERS = {
    SIGNING: N_("Sheet to sign"),
    BADGES: N_("Badges with their code"),
    PEOPLE: N_("List of participants"),
}
WIDEST = 6  # half-days beside one another


def made(
    paper: str, event: Event, rows: list[Participant], *, blank: int = 0, house: str, at: datetime
) -> bytes:
    """The paper for these people as a PDF, in the event's language, with room for `blank` others."""
    with force_locale(event.language):
        told = facts_of(event, house, at) | _OF[paper](event, rows, blank)
    return pdf.made(FOLDER / f"{paper}.typ", told, at=at)


def facts_of(event: Event, house: str, at: datetime) -> dict[str, Any]:
    """What every paper says."""
    place = dates.where(event)
    return {
        "language": "en" if event.language == "en" else "fr",
        "title": event.title,
        "house": house,
        "lines": [line for line in (dates.when(event), place) if line],
        "made": _("printed on %(day)s", day=i18n.day(at, event.zone)),
        "page": _("Page"),
    }


def _signing(event: Event, rows: list[Participant], blank: int) -> dict[str, Any]:
    told = [
        {"number": str(number), "name": row.by_family_name, "standing": _standing(row)}
        for number, row in enumerate(rows, start=1)
    ]
    told += [
        {"number": str(number), "name": "", "standing": ""}
        for number in range(len(rows) + 1, len(rows) + 1 + blank)
    ]
    return {
        "kind": _("Sheet to sign"),
        "number": _("No."),
        "who": _("Name, function and organisation"),
        "notice": _(
            "Signed to show who attended: kept with the papers of the event, for whoever funds or audits it."
        ),
        "sheets": _sheets(event),
        "rows": told,
    }


def _sheets(event: Event) -> list[dict[str, Any]]:
    """One sheet with a column for each half-day, or one for each day when there are many."""
    halves = days.half_days(event)
    if len(halves) == 1:
        return [{"title": "", "columns": [_("Signature")]}]
    if len({half.day for half in halves}) == 1:
        return [{"title": "", "columns": [_half(half.is_morning) for half in halves]}]
    if len(halves) <= WIDEST:
        columns = [f"{i18n.day(half.day)}\n{_half(half.is_morning)}" for half in halves]
        return [{"title": "", "columns": columns}]
    return [
        {
            "title": i18n.day(day),
            "columns": [_half(half.is_morning) for half in halves if half.day == day],
        }
        for day in days.days(event)
    ]


def _half(is_morning: bool) -> str:
    return str(_("Morning") if is_morning else _("Afternoon"))


def _standing(row: Participant) -> str:
    return ", ".join(part for part in (row.function, row.organisation) if part)


def _badges(event: Event, rows: list[Participant], blank: int) -> dict[str, Any]:
    told = [
        {
            "name": row.name,
            "function": row.function,
            "organisation": row.organisation,
            "code": codes.svg(row.badge) if row.badge else "",
        }
        for row in rows
    ]
    told += [{"name": " ", "function": "", "organisation": " ", "code": ""}] * blank
    return {
        "title": _("Badges: %(event)s", event=event.title),
        "event": f"{event.title} · {i18n.day(event.starts_wall)}",
        "code": _("Code to scan at the door"),
        "rows": told,
    }


def _people(event: Event, rows: list[Participant], blank: int) -> dict[str, Any]:
    return {
        "kind": _("List of participants"),
        "labels": [_("No."), _("Name"), _("Function"), _("Organisation")],
        "rows": [
            {
                "number": str(number),
                "name": row.by_family_name,
                "function": row.function,
                "organisation": row.organisation,
            }
            for number, row in enumerate(rows, start=1)
        ],
    }


_OF = {SIGNING: _signing, BADGES: _badges, PEOPLE: _people}

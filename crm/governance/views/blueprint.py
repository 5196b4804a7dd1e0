"""The blueprint of governance, the day its pages are asked for, and the words its templates use."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import Blueprint, request
from wtforms import SelectChoice

from crm import clock
from crm.db import NamedChoice
from crm.governance import words
from crm.text import N_

bp = Blueprint("governance", __name__, url_prefix="/governance")


@bp.context_processor
def _words() -> dict[str, Any]:
    return {"words": words}


def today() -> date:
    return clock.day(clock.now())


def asked_day() -> date | None:
    """The day of `?on=2023-05-01`; None without one, or when it is none."""
    try:
        day = date.fromisoformat(request.args.get("on", "")[:10])
    except ValueError:
        return None
    return day if 1 < day.year < 9999 else None


def entries(rows: Iterable[NamedChoice], nothing: str = N_("None")) -> list[SelectChoice]:
    """The entries of a list to choose from, after the one that means nothing."""
    return [SelectChoice("", nothing), *(SelectChoice(str(one.id), words.name_of(one)) for one in rows)]

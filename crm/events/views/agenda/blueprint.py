"""What every page of events stands on: its blueprint, the event of an address, the office's clocks."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort
from flask_babel import get_locale

from crm import clock
from crm.db import db
from crm.events import ready, words
from crm.events.forms import UNASKED
from crm.events.models import Event
from crm.events.queries import agenda as events

bp = Blueprint("events", __name__, url_prefix="/events")


@bp.context_processor
def _words() -> dict[str, Any]:
    return {"words": words, "ready_words": ready.STAGES, "unasked": UNASKED}


def office() -> ZoneInfo:
    return clock.office()


def language() -> str:
    return str(get_locale() or "fr")


def found(event_id: int) -> Event:
    """The event of that key, with its kind and partners; 404 when there is none."""
    return events.with_partners(event_id) or abort(404)


def one_of(kind: Any, value: str | None) -> Any:
    """The member of that value, None for an empty or unknown one."""
    return kind(value) if value in list(kind) else None


def known_kinds(keep: int | None = None) -> list[Any]:
    return list(db.session.scalars(events.kinds(keep=keep)))

"""The blueprint that the pages of the log share, and the words that their templates use."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint

from crm import clock
from crm.relations import history_words, messages

bp = Blueprint("relations", __name__, url_prefix="/relations")
bp.add_app_template_filter(messages.repeats)


@bp.context_processor
def _words() -> dict[str, Any]:
    return {"messages": messages, "history_words": history_words}


def office() -> ZoneInfo:
    return clock.office()

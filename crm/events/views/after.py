"""What is done once an event is over, on one page."""

from flask import render_template
from flask.typing import ResponseReturnValue

from crm.events.platforms import queries as platforms
from crm.events.platforms import words as platform_words
from crm.events.platforms.layouts import LABELS
from crm.events.queries import agenda as events
from crm.events.views.agenda import bp, found
from crm.web.access import needs
from crm.web.rights import May


@bp.get("/<int:event_id>/after")
@needs(May.READ)
def after(event_id: int) -> ResponseReturnValue:
    event = found(event_id)
    return render_template(
        "events/after.html",
        event=event,
        figures=events.figures(event),
        files=platforms.files(event),
        layouts=LABELS,
        platform_words=platform_words,
        anonymous=platforms.anonymous(event),
    )

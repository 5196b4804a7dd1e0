"""What is done once an event is over, on one page."""

from flask import render_template
from flask.typing import ResponseReturnValue

from crm import clock
from crm.events.evaluation import services as evaluations
from crm.events.models import Event
from crm.events.platforms import queries as platforms
from crm.events.platforms import words as platform_words
from crm.events.platforms.layouts import LABELS
from crm.events.queries import agenda as events
from crm.events.resources import services as resources
from crm.events.resources import words as resource_words
from crm.events.resources.forms import ResourceForm
from crm.events.views.agenda import bp, found
from crm.web.access import needs
from crm.web.rights import May


@bp.get("/<int:event_id>/after")
@needs(May.READ)
def after(event_id: int) -> ResponseReturnValue:
    return page(found(event_id), ResourceForm())


def page(event: Event, form: ResourceForm) -> str:
    evaluation = evaluations.of(event)
    return render_template(
        "events/after.html",
        event=event,
        figures=events.figures(event),
        files=platforms.files(event),
        layouts=LABELS,
        platform_words=platform_words,
        anonymous=platforms.anonymous(event),
        resources=resources.of(event),
        kinds=resource_words.KINDS,
        asking=resources.number_asking(event),
        is_over=event.is_over(clock.now()),
        evaluation=evaluation,
        answered=evaluations.number_answered(evaluation) if evaluation else 0,
        form=form,
    )

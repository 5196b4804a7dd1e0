"""What events add to the application: the composers of their mail, and what stands on pages of others."""

from flask import Flask, url_for

import crm.events.copying.models
import crm.events.evaluation.messages
import crm.events.exporting.models
import crm.events.feeds.models
import crm.events.messages
import crm.events.own.tasks
import crm.events.places.messages
import crm.events.places.tasks
import crm.events.platforms.tasks
import crm.events.programme.messages
import crm.events.questions.tasks
import crm.events.reminders.messages
import crm.events.reminders.models
import crm.events.replies.messages
import crm.events.replies.models
import crm.events.series.messages
import crm.events.tasks  # noqa: F401  (tables, composers and jobs are entered)
from crm.events import afterwards, bulk, conditions, dates, erasing, keeping, merging, promised
from crm.events.copying import pieces
from crm.events.own import answers, traces
from crm.events.queries import records as numbers
from crm.events.views import records as pages
from crm.text import N_
from crm.web import records
from crm.web.rights import May


def install(app: Flask) -> None:
    """Templates of any domain may ask when and where an event is."""
    conditions.register()
    app.jinja_env.globals["event_dates"] = dates
    bulk.install()
    merging.install()
    pieces.install()
    keeping.install()
    answers.install()
    erasing.install()
    traces.install()
    afterwards.install()
    promised.install()
    records.act("people-list", "invite", N_("Invite to an event"), "calendar-plus", May.SEND, _invite)
    records.tab(
        "organisations", "events", N_("Events"), pages.of_organisation, numbers.number_of_organisation
    )
    records.tab("people", "events", N_("Events"), pages.of_person, numbers.number_of_person)


def _invite(querystring: str) -> str:
    return f"{url_for('events.choose')}?{querystring}" if querystring else url_for("events.choose")

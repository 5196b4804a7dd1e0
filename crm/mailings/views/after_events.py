"""Writing to those who came to an event, who did not, or who asked for its replay."""

from flask import current_app, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from crm import clock
from crm.db import db
from crm.events.models import Event
from crm.mailings import after_events
from crm.mailings.after_events import Whom
from crm.mailings.views.bp import bp
from crm.web.access import needs
from crm.web.forms import pressed
from crm.web.rights import May


@bp.post("/after/<int:event_id>/<any(came, absent, asked):whom>")
@needs(May.SEND)
def after_event(event_id: int, whom: str) -> ResponseReturnValue:
    event = db.get_or_404(Event, event_id)
    pressed()
    mailing = after_events.draft(
        event,
        Whom(whom),
        base_url=current_app.config["BASE_URL"],
        by=current_user._get_current_object(),
        at=clock.now(),
    )
    db.session.commit()
    flash(_("The draft is kept: read it through before it leaves."))
    return redirect(url_for(".edit", mailing_id=mailing.id))

"""`/hooks/sendgrid`: events that the provider posts, believed for their signature alone."""

from flask import Blueprint, abort, current_app, request
from flask.typing import ResponseReturnValue

from crm import clock, history
from crm.db import db
from crm.mail.provider import reading, services, signature
from crm.web.access import one_click, public

bp = Blueprint("hooks", __name__, url_prefix="/hooks")

MOST = 2 * 1024 * 1024  # octets; a call brings some hundred kilobytes


@bp.post("/sendgrid")
@public
@one_click
def sendgrid() -> ResponseReturnValue:
    """What is not signed and fresh changes nothing. What is not answered 2xx comes again."""
    key = current_app.config["SENDGRID_WEBHOOK_KEY"]
    if not key:
        abort(404)
    if request.content_length is None or request.content_length > MOST:
        # Said before a single octet is read.
        abort(413)
    body = request.get_data(cache=False)
    now = clock.now()
    if not signature.is_genuine(
        body,
        key=key,
        signature=request.headers.get(signature.SIGNATURE, ""),
        timestamp=request.headers.get(signature.TIMESTAMP, ""),
        at=now,
    ):
        abort(403)
    try:
        events = reading.events(body)
    except reading.Unreadable:
        abort(400)
    history.act_as(db.session(), "sendgrid")
    services.take(events, at=now)
    db.session.commit()
    return "", 204

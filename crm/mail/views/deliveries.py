"""One message: what became of it, and what its reader got, byte by byte, as long as that is kept."""

from datetime import timedelta
from pathlib import Path

from flask import Blueprint, Response, abort, current_app, render_template
from flask.typing import ResponseReturnValue

from crm.db import db
from crm.mail import composers, queries, reading
from crm.mail.framing import framed
from crm.mail.kept import queries as kept
from crm.mail.models import Delivery, DeliveryState
from crm.mail.words import BOUNCES, STATES, purpose_names
from crm.web.access import may, needs
from crm.web.rights import May

bp = Blueprint("deliveries", __name__, url_prefix="/mail/deliveries")
HAS_LEFT = (DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.BOUNCED, DeliveryState.UNCERTAIN)


@bp.get("/<int:delivery_id>")
@needs(May.SEND)
def show(delivery_id: int) -> ResponseReturnValue:
    """What became of the message, and its words."""
    delivery = _readable(delivery_id)
    content = _content(delivery)
    since = kept.kept_since(delivery.id)
    days = current_app.config["MAIL_KEPT_DAYS"]
    return render_template(
        "mail/delivery.html",
        delivery=delivery,
        has_left=delivery.state in HAS_LEFT,
        is_secret=delivery.kind in composers.confidential(),
        parts=reading.parts(content) if content is not None else None,
        kept_until=since + timedelta(days=days) if since and days else None,
        returned=queries.returned_of(delivery.id),
        states=STATES,
        bounces=BOUNCES,
        purposes=purpose_names(),
        sender=current_app.config["MAIL_SENDER"],
    )


@bp.get("/<int:delivery_id>/html")
@needs(May.SEND)
def html(delivery_id: int) -> ResponseReturnValue:
    """The message as a mail program shows it, for a frame without scripts."""
    return framed(reading.parts(_content(_readable(delivery_id)) or abort(404)).html)


@bp.get("/<int:delivery_id>/raw")
@needs(May.SEND)
def raw(delivery_id: int) -> ResponseReturnValue:
    """The octets that left."""
    delivery = _readable(delivery_id)
    content = _content(delivery) or abort(404)
    named = {"Content-Disposition": f'attachment; filename="{delivery.message_id}.eml"'}
    return Response(content, mimetype="message/rfc822", headers=named)


def _readable(delivery_id: int) -> Delivery:
    """The message; those that open an account are for those who manage accounts."""
    delivery = db.get_or_404(Delivery, delivery_id)
    if delivery.kind in composers.confidential() and not may(May.ACCOUNTS):
        abort(403)
    return delivery


def _content(delivery: Delivery) -> bytes | None:
    """What is kept of it; where messages leave into a folder, else its file there."""
    content = kept.content_of(delivery.id)
    if content is None and current_app.config["MAIL_SENDER"] == "folder":
        file = Path(current_app.config["DATA_DIR"]) / "outbox" / f"{delivery.message_id}.eml"
        content = file.read_bytes() if file.is_file() else None
    return content

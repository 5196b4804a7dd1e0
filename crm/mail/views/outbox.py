"""The outbox as staff see it: what leaves, what waits for a decision, the folder of messages, holds."""

from pathlib import Path

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from crm import clock, jobs
from crm.db import db
from crm.jobs import queries as workers
from crm.mail import breaker, composers, queries, reading, services
from crm.mail.framing import framed
from crm.mail.models import Channel, Delivery, DeliveryState
from crm.mail.words import STATES, purpose_names
from crm.web.access import may, needs
from crm.web.forms import pressed
from crm.web.rights import May
from crm.web.tables import Order, page_of

bp = Blueprint("outbox", __name__)


@bp.get("/mail/")
@needs(May.SEND)
def status() -> ResponseReturnValue:
    """How sending fares: the way out, the worker, what waits, what needs a person."""
    order = Order(by=Delivery.id, key=Delivery.id, descending=True)
    unfinished = queries.unfinished()
    return render_template(
        "mail/status.html",
        unfinished=unfinished,
        sent=queries.counts_of(dispatch.id for dispatch in unfinished),
        waiting=queries.waiting(),
        is_alive=workers.is_alive(clock.now()),
        seen_at=workers.seen_at(),
        channels=queries.channels(),
        counts=queries.counts(None),
        page=page_of(db.session(), queries.in_trouble(), order, cursor=request.args.get("cursor")),
        states=STATES,
        purposes=purpose_names(),
        sender=current_app.config["MAIL_SENDER"],
        limit=current_app.config["MAIL_PER_MINUTE"],
        lists_read_at=queries.lists_read_at(),
    )


@bp.post("/mail/channels/<name>/retry")
@needs(May.SEND)
def retry(name: str) -> ResponseReturnValue:
    """The cause is mended: try again at once."""
    pressed()
    breaker.recover(db.get_or_404(Channel, name))
    db.session.commit()
    jobs.wake()
    flash(_("Sending starts again."))
    return redirect(url_for("outbox.status"))


@bp.post("/mail/deliveries/<int:delivery_id>/resend")
@needs(May.SEND)
def resend(delivery_id: int) -> ResponseReturnValue:
    """Send one uncertain or failed message again, because a person says so."""
    delivery = db.get_or_404(Delivery, delivery_id)
    pressed()
    services.resend_one(delivery, at=clock.now())
    db.session.commit()
    jobs.wake()
    flash(_("The message to %(email)s is sent again.", email=delivery.address.email))
    return redirect(url_for("outbox.status"))


@bp.get("/outbox")
@needs(May.SEND)
def index() -> ResponseReturnValue:
    """The folder of messages, newest first."""
    _folder()
    rows = queries.written_to_folder()
    if not may(May.ACCOUNTS):
        rows = rows.where(Delivery.kind.not_in(composers.confidential()))
    order = Order(by=Delivery.id, key=Delivery.id, descending=True)
    page = page_of(db.session(), rows, order, cursor=request.args.get("cursor"))
    subjects = {row[0].id: reading.subject(_folder() / (row[0].provider_id or "")) for row in page.rows}
    words = ngettext("%(num)s message", "%(num)s messages", page.count)
    return render_template(
        "mail/outbox.html", page=page, subjects=subjects, words=words, purposes=purpose_names()
    )


@bp.get("/outbox/<int:delivery_id>")
@needs(May.SEND)
def show(delivery_id: int) -> ResponseReturnValue:
    """One message of the folder: its words, its look, its calendar entry."""
    delivery, content = _message(delivery_id)
    parts = reading.parts(content)
    return render_template(
        "mail/outbox_message.html",
        delivery=delivery,
        parts=parts,
        subject=dict(parts.headers).get("Subject", ""),
        purposes=purpose_names(),
    )


@bp.get("/outbox/<int:delivery_id>/html")
@needs(May.SEND)
def html(delivery_id: int) -> ResponseReturnValue:
    """The message as a mail program shows it, for a frame without scripts."""
    _delivery, content = _message(delivery_id)
    return framed(reading.parts(content).html)


@bp.get("/outbox/<int:delivery_id>/raw")
@needs(May.SEND)
def raw(delivery_id: int) -> ResponseReturnValue:
    """The bytes as they would have left."""
    delivery, content = _message(delivery_id)
    named = {"Content-Disposition": f'attachment; filename="{delivery.message_id}.eml"'}
    return Response(content, mimetype="message/rfc822", headers=named)


def _folder() -> Path:
    """Where the messages are; no page when they leave by another way."""
    if current_app.config["MAIL_SENDER"] != "folder":
        abort(404)
    return Path(current_app.config["DATA_DIR"]) / "outbox"


def _message(delivery_id: int) -> tuple[Delivery, bytes]:
    delivery = db.get_or_404(Delivery, delivery_id)
    if delivery.state is not DeliveryState.ACCEPTED or not delivery.provider_id:
        abort(404)
    if delivery.kind in composers.confidential() and not may(May.ACCOUNTS):
        abort(403)
    file = _folder() / f"{delivery.message_id}.eml"
    if not file.is_file():
        abort(404)
    return delivery, file.read_bytes()

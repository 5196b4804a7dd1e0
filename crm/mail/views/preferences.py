"""`/u/<token>`: what one wants to receive, without an account; and one-click unsubscribing (RFC 8058)."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm import clock
from crm.db import db
from crm.mail import queries, services, told
from crm.mail.forms import PreferencesForm
from crm.mail.models import Delivery, Purpose
from crm.mail.words import EXPLAINED, PURPOSES
from crm.web.access import one_click, public

bp = Blueprint("preferences", __name__)


@bp.route("/u/<token>", methods=["GET", "POST"])
@public
@one_click
def show(token: str) -> ResponseReturnValue:
    """GET shows, for mail gateways follow every link; POST acts. A link never grows too old for this."""
    delivery = queries.by_token(token) or abort(404)
    if request.method == "POST" and "List-Unsubscribe" in request.form:
        return _unsubscribed(delivery)
    address = delivery.address
    wanted = [purpose for purpose in queries.REFUSABLE if purpose not in queries.objections(address.id)]
    form = PreferencesForm(request.form, data={"wanted": [str(purpose) for purpose in wanted]})
    if form.accepted():
        kept = () if request.form.get("stop") else form.wanted.data or ()
        refused = frozenset(queries.REFUSABLE) - {Purpose(value) for value in kept}
        services.object_to(address, refused, source="preferences", at=clock.now())
        services.touched(address, at=clock.now())
        db.session.commit()
        flash(_("Your choice is kept. It also holds for messages that were about to leave."))
        return redirect(url_for("preferences.show", token=token))
    page = render_template(
        "mail/preferences.html",
        form=form,
        delivery=delivery,
        address=address,
        known=told.about(address),
        received=queries.received(address.id),
        purposes=PURPOSES,
        explained=EXPLAINED,
    )
    return page, form.status


def _unsubscribed(delivery: Delivery) -> ResponseReturnValue:
    """What the button of a mail program sends: no cookie, no redirect, the same answer every time."""
    services.object_also(delivery.address_id, delivery.purpose, source="one-click", at=clock.now())
    db.session.commit()
    return "", 200, {"Content-Type": "text/plain; charset=utf-8"}

"""What leaves together: how far it is, and the levers to hold, call back or send again."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from crm import clock, jobs
from crm.db import db
from crm.jobs import queries as workers
from crm.mail import progress, queries, services
from crm.mail.models import Delivery, DeliveryState, Dispatch
from crm.mail.words import STATES, purpose_names
from crm.web.access import needs
from crm.web.forms import ActForm
from crm.web.rights import May
from crm.web.tables import Order, page_of

bp = Blueprint("dispatches", __name__, url_prefix="/mail/dispatches")


@bp.get("/<int:dispatch_id>")
@needs(May.READ)
def show(dispatch_id: int) -> ResponseReturnValue:
    """How far it is, and what became of each message."""
    dispatch = db.get_or_404(Dispatch, dispatch_id)
    asked = request.args.get("state", "")
    state = DeliveryState(asked) if asked in list(DeliveryState) else None
    rows = queries.deliveries(dispatch.id, state=state)
    order = Order(by=Delivery.id, key=Delivery.id)  # type: ignore[arg-type]
    return render_template(
        "mail/dispatch.html",
        dispatch=dispatch,
        record=f"/{dispatch.subject.replace(':', '/')}",
        progress=(known := progress.Progress(queries.counts(dispatch.id))),
        pace=progress.pace(known, dispatch.id, limit=current_app.config["MAIL_PER_MINUTE"], at=clock.now()),
        page=page_of(db.session(), rows, order, cursor=request.args.get("cursor")),
        chosen=state,
        is_alive=workers.is_alive(clock.now()),
        channels=queries.channels(),
        states=STATES,
        purposes=purpose_names(),
    )


@bp.post("/<int:dispatch_id>/pause")
@needs(May.SEND)
def pause(dispatch_id: int) -> ResponseReturnValue:
    dispatch = _asked(dispatch_id)
    services.pause(dispatch)
    return _done(dispatch, _("Nothing more leaves until you resume it."))


@bp.post("/<int:dispatch_id>/resume")
@needs(May.SEND)
def resume(dispatch_id: int) -> ResponseReturnValue:
    dispatch = _asked(dispatch_id)
    services.resume(dispatch)
    return _done(dispatch, _("It goes on."))


@bp.post("/<int:dispatch_id>/cancel")
@needs(May.SEND)
def cancel(dispatch_id: int) -> ResponseReturnValue:
    """Call back what has not left."""
    dispatch = _asked(dispatch_id)
    number = services.cancel(dispatch, at=clock.now())
    return _done(
        dispatch,
        ngettext("%(num)s message was called back.", "%(num)s messages were called back.", number),
    )


@bp.post("/<int:dispatch_id>/resend/<state>")
@needs(May.SEND)
def resend(dispatch_id: int, state: str) -> ResponseReturnValue:
    """Send again what is uncertain, or what failed, because a person says so."""
    if state not in (DeliveryState.UNCERTAIN, DeliveryState.FAILED):
        abort(404)
    dispatch = _asked(dispatch_id)
    number = services.resend(dispatch, at=clock.now(), states=frozenset({DeliveryState(state)}))
    return _done(
        dispatch, ngettext("%(num)s message is sent again.", "%(num)s messages are sent again.", number)
    )


def _asked(dispatch_id: int) -> Dispatch:
    """The dispatch that a button of its page was pressed for."""
    dispatch = db.get_or_404(Dispatch, dispatch_id)
    if not ActForm(request.form).accepted():
        abort(422)
    return dispatch


def _done(dispatch: Dispatch, words: str) -> ResponseReturnValue:
    db.session.commit()
    jobs.wake()
    flash(words)
    return redirect(url_for(".show", dispatch_id=dispatch.id))

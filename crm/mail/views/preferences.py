"""`/u/<token>`: what one wants to receive, without an account; and one-click unsubscribing (RFC 8058)."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import SelectChoice

from crm import clock
from crm.db import db
from crm.mail import purposes, queries, services, told, wishes
from crm.mail.forms import PreferencesForm
from crm.mail.models import Address, Delivery, Wish, WritingPurpose
from crm.mail.words import WISHED, language, purpose_names
from crm.web.access import needs, one_click, public
from crm.web.rights import May
from crm.web.tables import Order, page_of

bp = Blueprint("preferences", __name__)


@bp.route("/u/<token>", methods=["GET", "POST"])
@public
@one_click
def show(token: str) -> ResponseReturnValue:
    """GET shows, for mail gateways follow every link; POST acts. A link never grows too old for this."""
    delivery = queries.by_token(token) or abort(404)
    if request.method == "POST" and "List-Unsubscribe" in request.form:
        return _unsubscribed(delivery)
    among, names = _among(delivery), purpose_names()
    wanted = wishes.standing(delivery.address_id)
    form = PreferencesForm(request.form, data={"wanted": [one.key for one in among if one.key in wanted]})
    form.wanted.choices = [SelectChoice(one.key, names[one.key]) for one in among]
    if form.accepted():
        _keep(delivery, () if request.form.get("stop") else form.wanted.data or (), among)
        db.session.commit()
        flash(_("Your choice is kept. It also holds for messages that were about to leave."))
        return redirect(url_for("preferences.show", token=token))
    page = render_template(
        "mail/preferences.html",
        form=form,
        delivery=delivery,
        address=delivery.address,
        known=told.about(delivery.address),
        received=queries.received(delivery.address_id),
        purposes=names,
        among=among,
        spoken=language(),
    )
    return page, form.status


def _among(delivery: Delivery) -> list[WritingPurpose]:
    """What can be chosen: all that is written for, and what this message was for, though it be archived."""
    return [
        one for one in purposes.refusable() if not one.is_archived or one.key == delivery.purpose
    ]  # fmt: skip


def _keep(delivery: Delivery, wanted: list[str] | tuple[()], among: list[WritingPurpose]) -> None:
    spoken = language()
    texts = tuple((one.key, f"{one.name(spoken)}. {one.explained(spoken)}".strip()) for one in among)
    wishes.choose(
        delivery.address,
        wanted,
        among=among,
        source=wishes.PREFERENCES,
        shown=wishes.Shown(spoken, texts),
        person_id=delivery.person_id,
        at=clock.now(),
    )
    services.touched(delivery.address, at=clock.now())


def _unsubscribed(delivery: Delivery) -> ResponseReturnValue:
    """What the button of a mail program sends: no cookie, no redirect, the same answer every time."""
    wishes.object_also(delivery.address_id, delivery.purpose, source=wishes.ONE_CLICK, at=clock.now())
    db.session.commit()
    return "", 200, {"Content-Type": "text/plain; charset=utf-8"}


@bp.get("/mail/addresses/<int:address_id>/wishes")
@needs(May.READ)
def wishes_of(address_id: int) -> ResponseReturnValue:
    """For staff: what the owner of the address chose, when, where and before which words. It is read only."""
    address = db.get_or_404(Address, address_id)
    order = Order(by=Wish.id, key=Wish.id, descending=True)  # type: ignore[arg-type]
    page = page_of(db.session(), wishes.said_of(address.id), order, cursor=request.args.get("cursor"))
    return render_template(
        "mail/wishes.html",
        address=address,
        page=page,
        purposes=purpose_names(),
        objections=queries.objections_of([address.id]).get(address.id, []),
        ways=WISHED,
    )

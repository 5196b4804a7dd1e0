"""Addresses on hold and what came back: reviewed with the report as it came, lifted by somebody."""

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from crm import clock, jobs
from crm.db import db
from crm.mail import queries, services
from crm.mail.models import Address, Bounce, BounceKind, Report, ReportSource
from crm.mail.provider import releases
from crm.mail.words import ACTORS, BOUNCES, SOURCES
from crm.web.access import needs
from crm.web.forms import pressed
from crm.web.rights import May
from crm.web.tables import Order, page_of

bp = Blueprint("holds", __name__, url_prefix="/mail")
NOT_OURS = "unmatched"


@bp.get("/holds")
@needs(May.READ)
def index() -> ResponseReturnValue:
    """The addresses that nothing is sent to, because mail to them came back."""
    order = Order(by=Address.held_since, key=Address.id, descending=True)  # type: ignore[arg-type]
    page = page_of(db.session(), queries.held(), order, cursor=request.args.get("cursor"))
    return render_template("mail/holds.html", page=page)


@bp.get("/holds/<int:address_id>")
@needs(May.READ)
def show(address_id: int) -> ResponseReturnValue:
    """One address: why it is on hold, what was reported of it, who held it and let it go."""
    address = db.get_or_404(Address, address_id)
    return render_template(
        "mail/hold.html",
        address=address,
        bounces=queries.returned_from(address.id),
        turns=queries.turns(address),
        release=releases.latest(address.id),
        actors=ACTORS,
        words=BOUNCES,
        sources=SOURCES,
    )


@bp.post("/holds/<int:address_id>/lift")
@needs(May.SEND)
def lift(address_id: int) -> ResponseReturnValue:
    """Write to the address again; the history keeps who said so."""
    address = db.get_or_404(Address, address_id)
    pressed()
    services.lift_hold(address)
    if current_app.config["MAIL_SENDER"] == "sendgrid":
        releases.ask(address, by=current_user.email, at=clock.now())
    db.session.commit()
    jobs.wake("provider")
    flash(_("%(email)s can be written to again.", email=address.email))
    return redirect(url_for("holds.show", address_id=address.id))


@bp.get("/returned")
@needs(May.SEND)
def returned() -> ResponseReturnValue:
    """What came back, newest first; what is about no message of ours apart."""
    asked = request.args.get("kind", "")
    kind = BounceKind(asked) if asked in list(BounceKind) else None
    rows = queries.returned(kind=kind, is_ours=asked != NOT_OURS)
    order = Order(by=Bounce.id, key=Bounce.id, descending=True)  # type: ignore[arg-type]
    page = page_of(db.session(), rows, order, cursor=request.args.get("cursor"))
    return render_template(
        "mail/returned.html", page=page, chosen=asked, words=BOUNCES, sources=SOURCES, not_ours=NOT_OURS
    )


@bp.get("/reports/<int:report_id>")
@needs(May.SEND)
def report(report_id: int) -> ResponseReturnValue:
    """The report as it came, and what was understood of it."""
    found = db.get_or_404(Report, report_id)
    return render_template(
        "mail/report.html",
        report=found,
        text=found.raw.decode("utf-8", "replace").replace("\r\n", "\n"),
        words=BOUNCES,
        sources=SOURCES,
    )


@bp.get("/reports/<int:report_id>/raw")
@needs(May.SEND)
def raw(report_id: int) -> ResponseReturnValue:
    """The octets of the report."""
    found = db.get_or_404(Report, report_id)
    is_mail = found.source is ReportSource.MAIL
    if not found.raw:
        abort(404)
    ending, kind = ("eml", "message/rfc822") if is_mail else ("json", "application/json")
    named = {"Content-Disposition": f'attachment; filename="{found.id}.{ending}"'}
    return Response(found.raw, mimetype=kind, headers=named)

"""The page that says which records our domain needs, and what its name servers said last."""

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from crm import clock
from crm.db import db
from crm.mail.domain import records, resolver, services
from crm.mail.domain.records import Sending
from crm.web.access import needs
from crm.web.forms import pressed
from crm.web.rights import May

bp = Blueprint("domain", __name__, url_prefix="/mail/domain")


@bp.get("")
@needs(May.SEND)
def show() -> ResponseReturnValue:
    sending = Sending.of(current_app.config)
    last = services.last(sending.domain)
    told = records.findings(sending, last.found) if last else []
    return render_template(
        "mail/domain.html",
        sending=sending,
        wanted=records.wanted(sending),
        last=last,
        findings=told,
        worst=records.worst(told),
    )


@bp.post("/ask")
@needs(May.SEND)
def ask() -> ResponseReturnValue:
    """Ask the name servers now; nothing of the database is held while they think."""
    pressed()
    sending, by = Sending.of(current_app.config), current_user.email
    db.session.commit()
    found = resolver.all_texts(resolver.of(current_app.extensions), records.names(sending))
    services.keep(sending.domain, found, by=by, at=clock.now())
    db.session.commit()
    flash(_("The name servers of %(domain)s were asked.", domain=sending.domain))
    return redirect(url_for(".show"))

"""How mails look: the association's colour and logo, in a mail that shows them; the rule of approval."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from crm.db import db
from crm.errors import CrmError
from crm.mail.composing import Button, Letter, lay_out
from crm.mail.framing import framed
from crm.mailings.forms import LookForm
from crm.mailings.views.bp import bp
from crm.settings import queries as settings
from crm.settings import services
from crm.web import files, images
from crm.web.access import needs
from crm.web.rights import May


@bp.route("/look", methods=["GET", "POST"])
@needs(May.SETTINGS)
def look() -> ResponseReturnValue:
    known = settings.association()
    facts = {
        "colour": known.colour,
        "mailings_need_approval": known.mailings_need_approval,
        "counts_clicks": known.counts_clicks,
    }
    form = LookForm(request.form, data=facts)
    if form.accepted():
        try:
            _dress(form)
        except CrmError as refusal:
            refusal.field = "logo" if refusal.field in ("files", "file") else refusal.field
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("How mails look is saved."))
            return redirect(url_for(".look"))
    return render_template("mailings/look.html", form=form, known=settings.association()), form.status


def _dress(form: LookForm) -> None:
    known = settings.association()
    logo, size = known.logo, (known.logo_width, known.logo_height)
    upload, kept = request.files.get("logo"), None
    if form.takes_logo_away.data:
        logo, size = None, (0, 0)
    elif upload and upload.filename:
        kept, size = images.keep(upload)
        logo = kept.stored_as
    try:
        services.dress(
            colour=form.colour.data or "",
            mailings_need_approval=bool(form.mailings_need_approval.data),
            counts_clicks=bool(form.counts_clicks.data),
            logo=logo,
            size=size,
        )
    except CrmError:
        if kept:
            files.discard(kept.stored_as)
        raise


@bp.get("/look/html")
@needs(May.SETTINGS)
def look_html() -> ResponseReturnValue:
    """A mail in the present look, for a frame."""
    letter = Letter(
        language=str(get_locale()),
        title=_("A mail as its readers see it"),
        body=Markup("<p>{}</p>").format(
            _("The colour dresses links and buttons, and the logo stands above.")
        ),
        facts=((_("When"), _("Any day")),),
        buttons=(Button(_("I am coming"), "#"), Button(_("I cannot come"), "#")),
        links=(Button(_("Choose what you receive"), "#"),),
        house=settings.association().name,
    )
    return framed(lay_out(letter).fill().html)

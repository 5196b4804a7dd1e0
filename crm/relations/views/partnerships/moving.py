"""Bringing a partnership to another stage, into the bin and back."""

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from crm import clock
from crm.db import db
from crm.errors import CrmError
from crm.relations.forms import key_of
from crm.relations.partnerships import services, words
from crm.relations.partnerships.models import PartnershipStage
from crm.relations.views.blueprint import bp
from crm.relations.views.partnerships.editing import found
from crm.web.access import needs, own_path
from crm.web.forms import pressed, said
from crm.web.pages import offer_undo
from crm.web.rights import May


@bp.post("/partnerships/<int:partnership_id>/move")
@needs(May.WRITE)
def move(partnership_id: int) -> ResponseReturnValue:
    """Bring a card to the stage that was pressed; somebody else's move meanwhile is told, not undone."""
    pressed()
    one = found(partnership_id)
    stage = db.session.get(PartnershipStage, key_of(request.values.get("stage")) or 0) or abort(400)
    before, name = one.stage_id, one.organisation.name
    try:
        moved = services.move(
            one, stage, version=key_of(request.values.get("version")) or 0, by=current_user, at=clock.now()
        )
    except CrmError as refusal:
        db.session.rollback()
        flash(said(refusal), "warning")
        return redirect(_at_the_card(partnership_id))
    version = one.version
    db.session.commit()
    if moved:
        offer_undo(
            _("%(organisation)s is now at “%(stage)s”.", organisation=name, stage=words.stage_name(stage)),
            url_for(".move", partnership_id=partnership_id, stage=before, version=version, back=_back()),
        )
    return redirect(_at_the_card(partnership_id))


def _at_the_card(partnership_id: int) -> str:
    """The page that was left, with the keyboard on the card: it is focused as the target of the address."""
    return f"{_back().partition('#')[0]}#partnership-{partnership_id}"


def _back() -> str:
    return own_path(request.args.get("back")) or url_for("relations.board")


@bp.post("/partnerships/<int:partnership_id>/bin")
@needs(May.WRITE)
def bin_partnership(partnership_id: int) -> ResponseReturnValue:
    pressed()
    one = found(partnership_id)
    services.bin(one, by=current_user, at=clock.now())
    name = one.organisation.name
    db.session.commit()
    offer_undo(
        _("The partnership with %(organisation)s is in the bin.", organisation=name),
        url_for(".restore_partnership", partnership_id=partnership_id),
    )
    return redirect(url_for(".board"))


@bp.post("/partnerships/<int:partnership_id>/restore")
@needs(May.WRITE)
def restore_partnership(partnership_id: int) -> ResponseReturnValue:
    pressed()
    one = found(partnership_id)
    services.restore(one, by=current_user, at=clock.now())
    db.session.commit()
    flash(
        _("The partnership with %(organisation)s is back on the board.", organisation=one.organisation.name)
    )
    return redirect(url_for(".partnership", partnership_id=partnership_id))

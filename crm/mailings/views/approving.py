"""Asking a colleague to read a mailing, and the colleague's yes."""

from dataclasses import dataclass

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from wtforms import SelectChoice

from crm import clock, jobs
from crm.accounts.models import Account
from crm.db import db
from crm.mailings import services as mailings
from crm.mailings.approvals import services
from crm.mailings.approvals.models import Approval
from crm.mailings.approvals.services import Standing
from crm.mailings.forms import ApproveForm, AskApprovalForm
from crm.mailings.models import Mailing
from crm.mailings.views.bp import bp
from crm.text import N_
from crm.web.access import needs
from crm.web.rights import May

EVERYBODY = "all"


@dataclass(frozen=True)
class Facts:
    """What the page of a mailing says of its approval."""

    standing: Standing
    latest: Approval | None
    ask: AskApprovalForm
    approve: ApproveForm | None


def facts(mailing: Mailing) -> Facts:
    standing = services.standing(mailing)
    if standing is Standing.NOT_NEEDED:
        return Facts(standing, None, AskApprovalForm(), None)
    colleagues = services.colleagues(mailing)
    is_one = any(one.id == current_user.id for one in colleagues)
    approve = ApproveForm(data={"seen": services.fingerprint(mailing)})
    asks = standing is Standing.ASKED and is_one
    return Facts(standing, services.latest(mailing), _ask_form(colleagues), approve if asks else None)


def _ask_form(colleagues: list[Account]) -> AskApprovalForm:
    form = AskApprovalForm(request.form if request.method == "POST" else None, data={"colleague": EVERYBODY})
    form.colleague.choices = [
        SelectChoice(EVERYBODY, N_("Everybody who may approve it")),
        *(SelectChoice(str(account.id), account.name) for account in colleagues),
    ]
    return form


@bp.post("/<int:mailing_id>/approval")
@needs(May.WRITE)
def ask_approval(mailing_id: int) -> ResponseReturnValue:
    """A notice to one colleague, or to everybody who may approve it."""
    mailing = db.get_or_404(Mailing, mailing_id)
    form = _ask_form(services.colleagues(mailing))
    if not form.accepted():
        abort(422)
    mailings.check_is_draft(mailing)
    mailings.check_ready(mailing)
    chosen = form.colleague.data
    of = db.session.get(Account, int(chosen)) if chosen != EVERYBODY else None
    services.ask(mailing, of=of, by=current_user._get_current_object(), at=clock.now())
    db.session.commit()
    jobs.wake()
    flash(_("The approval is asked for by a message."))
    return redirect(url_for(".show", mailing_id=mailing.id))


@bp.post("/<int:mailing_id>/approve")
@needs(May.SEND)
def approve(mailing_id: int) -> ResponseReturnValue:
    """The colleague's yes, to the mailing as the page showed it."""
    mailing = db.get_or_404(Mailing, mailing_id)
    form = ApproveForm(request.form)
    if not form.accepted():
        abort(422)
    mailings.check_is_draft(mailing)
    services.approve(
        mailing, seen=form.seen.data or "", by=current_user._get_current_object(), at=clock.now()
    )
    db.session.commit()
    flash(_("“%(mailing)s” is approved: it may leave as it stands.", mailing=mailing.subject))
    return redirect(url_for(".show", mailing_id=mailing.id))

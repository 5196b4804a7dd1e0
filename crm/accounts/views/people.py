"""The accounts of the association's own people, for those who open and close them."""

from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from crm import clock, jobs
from crm.accounts import queries, resets, services
from crm.accounts.forms import AccountForm, NewAccountForm
from crm.accounts.models import Account
from crm.accounts.views.doors import bp
from crm.db import db
from crm.errors import Changed, CrmError
from crm.web.access import needs
from crm.web.forms import pressed
from crm.web.rights import May, Right


@bp.get("/settings/accounts")
@needs(May.ACCOUNTS)
def index() -> ResponseReturnValue:
    accounts = db.session.scalars(queries.accounts()).all()
    seen = {account_id: at for account_id, at in db.session.execute(queries.last_seen())}
    return render_template("accounts/index.html", accounts=accounts, seen=seen)


@bp.route("/settings/accounts/new", methods=["GET", "POST"])
@needs(May.ACCOUNTS)
def new() -> ResponseReturnValue:
    form = NewAccountForm(request.form)
    if form.accepted():
        try:
            services.confirm(current_user, form.present.data or "")
            account = services.create(
                email=form.email.data or "",
                name=form.name.data or "",
                right=Right(form.right.data),
                language=form.language.data,
                at=clock.now(),
            )
            resets.invite(account, key=current_app.config["SECRET_KEY"], at=clock.now())
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            jobs.wake()
            flash(_("%(name)s has an account; a link to choose a password is on its way.", name=account.name))
            return redirect(url_for(".index"))
    return render_template("accounts/new.html", form=form), form.status


@bp.route("/settings/accounts/<int:account_id>", methods=["GET", "POST"])
@needs(May.ACCOUNTS)
def edit(account_id: int) -> ResponseReturnValue:
    account = db.get_or_404(Account, account_id)
    form = AccountForm(request.form, data=_shown(account))
    if form.accepted():
        try:
            services.confirm(current_user, form.present.data or "")
            services.alter(
                account,
                name=form.name.data or "",
                right=Right(form.right.data),
                version=int(form.version.data or 0),
                by=current_user,
                at=clock.now(),
            )
        except CrmError as refusal:
            form.refuse(refusal)
            if isinstance(refusal, Changed):
                form.meet(_shown(db.get_or_404(Account, account_id)))
        else:
            db.session.commit()
            flash(_("The account of %(name)s is saved.", name=account.name))
            return redirect(url_for(".index"))
    return render_template("accounts/edit.html", form=form, changed=account), form.status


def _shown(account: Account) -> dict[str, Any]:
    return {"name": account.name, "right": account.right.value, "version": account.version}


@bp.post("/settings/accounts/<int:account_id>/invite")
@needs(May.ACCOUNTS)
def invite(account_id: int) -> ResponseReturnValue:
    pressed()
    account = db.get_or_404(Account, account_id)
    resets.invite(account, key=current_app.config["SECRET_KEY"], at=clock.now())
    db.session.commit()
    jobs.wake()
    flash(_("A link to choose a password is on its way to %(email)s.", email=account.email))
    return redirect(url_for(".edit", account_id=account.id))


@bp.post("/settings/accounts/<int:account_id>/close")
@needs(May.ACCOUNTS)
def close(account_id: int) -> ResponseReturnValue:
    pressed()
    account = db.get_or_404(Account, account_id)
    services.close(account, by=current_user, at=clock.now())
    db.session.commit()
    flash(_("The account of %(name)s is closed.", name=account.name))
    return redirect(url_for(".index"))


@bp.post("/settings/accounts/<int:account_id>/reopen")
@needs(May.ACCOUNTS)
def reopen(account_id: int) -> ResponseReturnValue:
    pressed()
    account = db.get_or_404(Account, account_id)
    services.reopen(account, at=clock.now())
    db.session.commit()
    flash(_("The account of %(name)s is open again.", name=account.name))
    return redirect(url_for(".index"))

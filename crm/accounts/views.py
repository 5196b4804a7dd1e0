"""Signing in and out."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_user, logout_user

from crm import clock
from crm.accounts import services
from crm.accounts.forms import SignInForm
from crm.db import db
from crm.web.access import own_path, public, signed_in

bp = Blueprint("accounts", __name__)


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    form = SignInForm(request.form)
    if form.accepted():
        account = services.verified(email=form.email.data or "", password=form.password.data or "")
        if account is None:
            form.refusals.append(_("Unknown address or wrong password."))
            form.status = 422
        else:
            account.sign_in_token = services.begin(
                account,
                at=clock.now(),
                network=request.remote_addr or "",
                agent=str(request.user_agent),
            )
            login_user(account)
            db.session.commit()
            return redirect(own_path(request.args.get("next")) or "/")
    return render_template("accounts/sign_in.html", form=form), form.status


@bp.post("/sign-out")
@signed_in
def sign_out() -> ResponseReturnValue:
    logout_user()
    return redirect(url_for("accounts.sign_in"))

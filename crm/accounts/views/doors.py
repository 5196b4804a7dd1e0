"""Signing in and out, and choosing a password through a mailed link."""

from flask import Blueprint, current_app, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from crm import clock, history, jobs
from crm.accounts import resets, sign_ins, throttling
from crm.accounts.forms import ChoosePasswordForm, ForgottenForm, SignInForm
from crm.accounts.models import Account
from crm.db import db
from crm.errors import CrmError
from crm.web import networks
from crm.web.access import own_path, public, signed_in
from crm.web.forms import pressed, said

bp = Blueprint("accounts", __name__)


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    if request.method == "GET" and current_user.is_authenticated:
        return redirect(own_path(request.args.get("next")) or url_for("home.index"))
    form = SignInForm(request.form)
    if form.accepted():
        try:
            account = _recognised(form.email.data or "", form.password.data or "")
        except throttling.TooManyTries as refusal:
            form.refuse(refusal)
            form.status = 429
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            _hold_open(account)
            db.session.commit()
            return redirect(own_path(request.args.get("next")) or url_for("home.index"))
    return render_template("accounts/sign_in.html", form=form, demo=_demo()), form.status


def _recognised(email: str, password: str) -> Account:
    """The account that these open. Raises TooManyTries, NotRecognised."""
    email, network = email.casefold(), networks.here()
    throttling.hold_back(email=email, network=network, at=clock.now())
    attempt = throttling.record(email=email, network=network, at=clock.now())
    # Committed first: other tries see it, and no lock is held while the password is compared.
    db.session.commit()
    account = sign_ins.verified(email=email, password=password)
    attempt.succeeded = True
    return account


def _hold_open(account: Account) -> None:
    """Begin a sign-in in a session that keeps nothing of the one before."""
    session.clear()
    history.act_as(db.session(), account.email)
    account.sign_in_token = sign_ins.begin(
        account, at=clock.now(), network=request.remote_addr or "", agent=str(request.user_agent)
    )
    login_user(account)


def _demo() -> list[tuple[str, str, str]]:
    """Right, address and password of the demo accounts; never in production."""
    known = current_app.extensions.get("demo_sign_ins")
    return known() if known and not current_app.config["PRODUCTION"] else []


@bp.post("/sign-out")
@signed_in
def sign_out() -> ResponseReturnValue:
    pressed()
    sign_ins.end(g.sign_in, at=clock.now())
    db.session.commit()
    logout_user()
    session.clear()
    response = redirect(url_for("accounts.sign_in"))
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


@bp.route("/forgotten", methods=["GET", "POST"])
@public
def forgotten() -> ResponseReturnValue:
    """Ask for a link; the answer is the same whether there is such an account or not."""
    form = ForgottenForm(request.form)
    if form.accepted():
        try:
            throttling.hold_back_requests(network=networks.here(), at=clock.now())
            resets.ask(email=form.email.data or "", key=current_app.config["SECRET_KEY"], at=clock.now())
        except throttling.TooManyTries as refusal:
            form.refuse(refusal)
            form.status = 429
        else:
            db.session.commit()
            jobs.wake()
            return render_template("accounts/mailed.html")
    return render_template("accounts/forgotten.html", form=form), form.status


@bp.route("/password/<token>", methods=["GET", "POST"])
@public
def choose(token: str) -> ResponseReturnValue:
    """Choose a password with the token of a mail; signing in comes after, as always."""
    form = ChoosePasswordForm(request.form)
    try:
        reset = resets.behind(token, at=clock.now())
    except resets.SpentLink as refusal:
        return render_template("accounts/spent.html", sentence=said(refusal)), 410
    email = reset.account.email
    if form.accepted():
        try:
            resets.choose_password(
                reset,
                password=form.password.data or "",
                about=[current_app.config["ASSOCIATION_NAME"]],
                at=clock.now(),
            )
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            return redirect(url_for("accounts.sign_in", chosen=1))
    return render_template("accounts/choose.html", form=form, email=email), form.status

"""One's own account: name, language, password, and the browsers it is open in."""

from datetime import timedelta

from flask import abort, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import refresh
from flask_login import current_user

from crm import clock
from crm.accounts import queries, services, sign_ins
from crm.accounts.forms import ChangePasswordForm, OwnAccountForm
from crm.accounts.models import SignIn
from crm.accounts.views.doors import bp
from crm.db import db
from crm.errors import CrmError
from crm.web.access import signed_in
from crm.web.forms import pressed


@bp.route("/account", methods=["GET", "POST"])
@signed_in
def mine() -> ResponseReturnValue:
    form = OwnAccountForm(request.form, obj=current_user)
    if form.accepted():
        services.introduce(
            current_user,
            name=form.name.data or "",
            language=form.language.data,
            mails_reminders=form.mails_reminders.data,
        )
        db.session.commit()
        refresh()
        flash(_("Your account is saved."))
        return redirect(url_for(".mine"))
    return (
        render_template("accounts/mine.html", form=form, sign_ins=_open_sign_ins(), browser=_browser),
        form.status,
    )


BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
MACHINES = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"),
    ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def _browser(agent: str) -> str:
    """What a browser calls itself, in two words."""
    named = [next((name for sign, name in known if sign in agent), "") for known in (BROWSERS, MACHINES)]
    return " · ".join(word for word in named if word) or _("Unknown browser")


def _open_sign_ins() -> list[SignIn]:
    longest = timedelta(days=current_app.config["SIGN_IN_DAYS"])
    return list(db.session.scalars(queries.sign_ins_of(current_user, at=clock.now(), longest=longest)))


@bp.route("/account/password", methods=["GET", "POST"])
@signed_in
def password() -> ResponseReturnValue:
    form = ChangePasswordForm(request.form)
    if form.accepted():
        try:
            services.change_password(
                current_user,
                present=form.present.data or "",
                password=form.password.data or "",
                keep=current_user.sign_in_token,
                about=[current_app.config["ASSOCIATION_NAME"]],
                at=clock.now(),
            )
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("Your password is changed. Every other browser was signed out."))
            return redirect(url_for(".mine"))
    return render_template("accounts/password.html", form=form), form.status


@bp.post("/account/sign-ins/<int:sign_in_id>/end")
@signed_in
def end(sign_in_id: int) -> ResponseReturnValue:
    pressed()
    sign_in = db.session.get(SignIn, sign_in_id)
    if sign_in is None or sign_in.account_id != current_user.id:
        abort(404)
    sign_ins.end(sign_in, at=clock.now())
    db.session.commit()
    if sign_in.id != g.sign_in.id:
        flash(_("That browser is signed out."))
    return redirect(url_for(".mine"))


@bp.post("/account/sign-ins/end-others")
@signed_in
def end_others() -> ResponseReturnValue:
    pressed()
    sign_ins.end_all(current_user, at=clock.now(), but=current_user.sign_in_token)
    db.session.commit()
    flash(_("Every other browser is signed out."))
    return redirect(url_for(".mine"))

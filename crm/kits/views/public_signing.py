"""Signing a kit for an organisation: the public form, the mailed confirmation, one answer to all."""

from datetime import datetime

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from crm import clock, jobs
from crm.db import db
from crm.errors import CrmError
from crm.kits.logos import Logo
from crm.kits.models import Kit
from crm.kits.signing import queries, robots, services
from crm.kits.signing.forms import SignForm
from crm.kits.signing.models import SigningState
from crm.kits.views import logos
from crm.kits.views.public import bp, found
from crm.text import N_
from crm.web import files, networks
from crm.web.access import public
from crm.web.errors import page as error_page
from crm.web.forms import leads_to, pressed, said
from crm.web.robots import Crowded


class LogoNotAllowed(CrmError):
    text = N_("Tick that the logo may be shown, or send the form without it.")
    field = "logo_allowed"


@bp.route("/<slug>/sign", methods=["GET", "POST"])
@public
def sign(slug: str) -> ResponseReturnValue:
    kit, at = found(slug), clock.now()
    if not services.is_open(kit, day=clock.day(at)):
        return error_page(410, said(services.SigningOver()))
    form = SignForm(request.form, data=_proposed(kit))
    if request.method == "GET":
        form.opened.data = robots.stamp(kit, at)
    elif form.accepted():
        thanks = leads_to(url_for(".signed", slug=slug))
        try:
            robots.check(kit, form, network=networks.here(), at=at)
            _ask(kit, form, at)
        except robots.Robot:
            db.session.commit()
            return redirect(thanks)
        except CrmError as refusal:
            form.refuse(refusal)
            form.status = 429 if isinstance(refusal, Crowded) else form.status
        else:
            db.session.commit()
            jobs.wake()
            return redirect(thanks)
    return render_template("kits/sign.html", kit=found(slug), form=form), form.status


def _ask(kit: Kit, form: SignForm, at: datetime) -> None:
    """Write the request down; the file of its logo stays only if the request does."""
    upload = request.files.get("logo") if form.is_public.data == "yes" else None
    if upload and upload.filename and not form.logo_allowed.data:
        raise LogoNotAllowed
    signer = f"{form.given_name.data} {form.family_name.data}"
    try:
        logo = logos.kept(upload, alt=form.logo_alt.data or "", allowed_by=signer, allowed_on=clock.day(at))
    except CrmError as refusal:
        refusal.field = "logo"
        raise
    is_kept = False
    try:
        is_kept = services.ask(kit, _told(kit, form, logo), at=at) is not None
    finally:
        if logo is not None and not is_kept:
            files.discard(logo.stored_as)


def _proposed(kit: Kit) -> dict[str, str]:
    """What an invitation knows of the organisation."""
    token = request.args.get("invited", "")
    organisation = queries.invited_by_token(kit, token) if token else None
    if organisation is None:
        return {}
    return {"name": organisation.name, "number": organisation.siren or "", "invited": token}


def _told(kit: Kit, form: SignForm, logo: Logo | None) -> services.Asked:
    token = form.invited.data or ""
    return services.Asked(
        name=form.name.data or "",
        number=form.number.data or "",
        given_name=form.given_name.data or "",
        family_name=form.family_name.data or "",
        function=form.function.data or "",
        email=form.email.data or "",
        is_public=form.is_public.data == "yes",
        wants_mail=form.wants_mail.data == "yes",
        language="en" if str(get_locale()) == "en" else "fr",
        invited=queries.invited_by_token(kit, token) if token else None,
        logo=logo,
    )


@bp.get("/<slug>/signed")
@public
def signed(slug: str) -> ResponseReturnValue:
    """The same for a first request, a repeated one and a robot's."""
    return render_template("kits/signed.html", kit=found(slug))


@bp.get("/<slug>/sign/<token>")
@public
def confirm(slug: str, token: str) -> ResponseReturnValue:
    """What was asked, to be read again; nothing is confirmed by opening it."""
    kit = found(slug)
    signing = queries.by_token(kit, token) or abort(404)
    is_open = services.is_open(kit, day=clock.day(clock.now()))
    return render_template(
        "kits/confirm.html",
        kit=kit,
        signing=signing,
        is_confirmed=signing.state is not SigningState.UNCONFIRMED,
        is_open=is_open,
    )


@bp.post("/<slug>/sign/<token>")
@public
def confirmed(slug: str, token: str) -> ResponseReturnValue:
    pressed()
    signing = queries.by_token(found(slug), token) or abort(404)
    try:
        services.confirm(signing, at=clock.now())
    except services.SigningOver as over:
        return error_page(410, said(over))
    db.session.commit()
    return redirect(url_for(".confirm", slug=slug, token=token))

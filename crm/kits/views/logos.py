"""Logos of co-signatories: seen, given and taken off by the kit's makers; shown on the public page."""

from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select

from crm import clock
from crm.db import db
from crm.errors import CrmError
from crm.kits import logos
from crm.kits.logos import Logo
from crm.kits.models import Cosignatory, Kit
from crm.kits.signing.forms import LogoForm
from crm.kits.signing.models import Signing
from crm.kits.views import public
from crm.kits.views.making import bp, found
from crm.web import access, files, images
from crm.web.access import needs
from crm.web.forms import pressed
from crm.web.rights import May


def kept(upload: Any, *, alt: str, allowed_by: str, allowed_on: Any) -> Logo | None:
    """The uploaded logo, drawn anew; None where none was chosen. Raises what keeping an image raises."""
    if not upload or not upload.filename:
        return None
    file, (width, height) = images.keep_drawn(upload, within=logos.LARGEST)
    return Logo(
        stored_as=file.stored_as,
        width=width,
        height=height,
        alt=alt,
        allowed_by=allowed_by,
        allowed_on=allowed_on,
    )


def _signature(kit: Kit, signature_id: int) -> Cosignatory:
    return next((known for known in kit.cosignatories if known.id == signature_id), None) or abort(404)


@bp.route("/<int:kit_id>/signatures/<int:signature_id>/logo", methods=["GET", "POST"])
@needs(May.WRITE)
def logo(kit_id: int, signature_id: int) -> ResponseReturnValue:
    """The logo beside a signature: another one, what it says, who allowed it."""
    kit = found(kit_id)
    signature = _signature(kit, signature_id)
    form = LogoForm(request.form, obj=signature)
    if request.method == "GET" and signature.logo is None:
        form.logo_allowed_on.data = clock.day(clock.now())
    if form.accepted():
        try:
            gone = _given(signature, form)
        except CrmError as refusal:
            refusal.field = "file" if refusal.field == "files" else refusal.field
            form.refuse(refusal)
        else:
            files.discard(*gone)
            flash(_("The logo of %(organisation)s is saved.", organisation=signature.organisation.name))
            return redirect(url_for(".signing", kit_id=kit_id, _anchor="signatures"))
    page = render_template(
        "kits/logo.html",
        kit=kit,
        signature=signature,
        form=form,
        is_released=logos.is_released(signature),
    )
    return page, form.status


def _given(signature: Cosignatory, form: LogoForm) -> list[str]:
    """Keep what was typed and commit it; the files to discard. Raises NoImage and its like."""
    allowed_by, alt = form.logo_allowed_by.data or "", form.logo_alt.data or ""
    if signature.withdrawn_on is not None:
        abort(404)
    day = form.logo_allowed_on.data
    logo = kept(request.files.get("file"), alt=alt, allowed_by=allowed_by, allowed_on=day)
    if logo is None and signature.logo is None:
        raise images.NoImage
    try:
        if logo is None:
            gone: list[str] = []
            logos.describe(signature, alt=alt, allowed_by=allowed_by, allowed_on=day, by=current_user)
        else:
            gone = logos.give(signature, logo, by=current_user)
        db.session.commit()
    except Exception:
        if logo is not None:
            files.discard(logo.stored_as)
        raise
    return gone


@bp.post("/<int:kit_id>/signatures/<int:signature_id>/logo/<any(off, erase):act>")
@needs(May.WRITE)
def logo_off(kit_id: int, signature_id: int, act: str) -> ResponseReturnValue:
    """Show it no more; `erase` takes it off the press releases that were given out, too."""
    pressed()
    signature = _signature(found(kit_id), signature_id)
    if act == "erase":
        gone = logos.erase(signature, by=current_user)
    else:
        gone = logos.withdraw(signature, by=current_user)
    name = signature.organisation.name
    db.session.commit()
    files.discard(*gone)
    if act == "erase":
        flash(_("The logo of %(organisation)s is erased, from press releases too.", organisation=name))
    else:
        flash(_("The logo of %(organisation)s is taken off.", organisation=name))
    return redirect(url_for(".signing", kit_id=kit_id, _anchor="signatures"))


@bp.get("/<int:kit_id>/logos/<stored_as>")
@needs(May.READ)
def logo_file(kit_id: int, stored_as: str) -> Response:
    """A logo of a signature or of a request, for those who decide."""
    for model in (Cosignatory, Signing):
        if db.session.scalar(select(model.id).where(model.kit_id == kit_id, model.logo == stored_as)):
            return images.answer(stored_as)
    return abort(404)


@public.bp.get("/<slug>/logos/<stored_as>")
@access.public
def shown_logo(slug: str, stored_as: str) -> Response:
    """The logo of a signature that stands on the kit's page; no other."""
    if all(signature.logo != stored_as for signature in public.found(slug).shown_signatures):
        abort(404)
    response = images.answer(stored_as)
    # It may be taken off any day.
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response

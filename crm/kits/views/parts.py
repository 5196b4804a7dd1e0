"""The parts of a kit that are added one by one: resources and signatures."""

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.datastructures import CombinedMultiDict

from crm import clock
from crm.db import db
from crm.directory import services as directory
from crm.errors import CrmError
from crm.kits import services
from crm.kits.forms import FileForm, LinkForm, SignatureForm
from crm.kits.models import Cosignatory, Kit, KitResource
from crm.kits.views.making import bp, found, page
from crm.web import files
from crm.web.access import needs
from crm.web.forms import pressed
from crm.web.rights import May


def _back(kit: Kit, part: str) -> ResponseReturnValue:
    return redirect(url_for(".show", kit_id=kit.id, _anchor=part))


@bp.post("/<int:kit_id>/links")
@needs(May.WRITE)
def link(kit_id: int) -> ResponseReturnValue:
    kit = found(kit_id)
    form = LinkForm(request.form)
    if form.accepted():
        try:
            services.add_link(kit, title=form.title.data or "", url=form.url.data or "", by=current_user)
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            return _back(kit, "resources")
    return page(found(kit_id), link_form=form)


@bp.post("/<int:kit_id>/files")
@needs(May.WRITE)
def file(kit_id: int) -> ResponseReturnValue:
    kit = found(kit_id)
    form = FileForm(CombinedMultiDict([request.form, request.files]))
    upload = request.files.get("files")
    if form.accepted():
        if upload is None or not upload.filename:
            form.files.errors = [_("Choose a file")]
            form.status = 422
            db.session.rollback()
            return page(found(kit_id), file_form=form)
        try:
            kept = files.keep(upload)
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            _add_file(kit, kept, form.caption.data or "")
            return _back(kit, "resources")
    return page(found(kit_id), file_form=form)


def _add_file(kit: Kit, kept: files.Stored, title: str) -> None:
    """The file is kept already: it goes again when its row cannot be saved."""
    try:
        services.add_file(
            kit,
            title=title,
            stored_as=kept.stored_as,
            file_name=kept.name,
            media_type=kept.media_type,
            size=kept.size,
            by=current_user,
        )
        db.session.commit()
    except Exception:
        files.discard(kept.stored_as)
        raise


@bp.get("/<int:kit_id>/resources/<int:resource_id>")
@needs(May.READ)
def download(kit_id: int, resource_id: int) -> ResponseReturnValue:
    resource = _resource(found(kit_id), resource_id)
    if resource.stored_as is None:
        abort(404)
    return files.answer(stored_as=resource.stored_as, name=resource.file_name, media_type=resource.media_type)


@bp.post("/<int:kit_id>/resources/<int:resource_id>/remove")
@needs(May.WRITE)
def remove(kit_id: int, resource_id: int) -> ResponseReturnValue:
    pressed()
    kit = found(kit_id)
    resource = _resource(kit, resource_id)
    stored_as = resource.stored_as
    services.remove_resource(resource, by=current_user)
    db.session.commit()
    if stored_as:
        files.discard(stored_as)
    flash(_("“%(title)s” is removed.", title=resource.title))
    return _back(kit, "resources")


def _resource(kit: Kit, resource_id: int) -> KitResource:
    return next((known for known in kit.resources if known.id == resource_id), None) or abort(404)


@bp.post("/<int:kit_id>/signatures")
@needs(May.WRITE)
def sign(kit_id: int) -> ResponseReturnValue:
    kit = found(kit_id)
    form = SignatureForm(request.form)
    if form.accepted():
        try:
            organisation = directory.organisation_chosen(
                form.organisation_key.data or "",
                typed=form.organisation.data or "",
                by=current_user,
                at=clock.now(),
            )
            signature = services.cosign(
                kit,
                organisation or abort(400),
                signed_on=form.signed_on.data,
                signer=form.signer.data or "",
                signer_function=form.signer_function.data or "",
                by=current_user,
                at=clock.now(),
            )
        except directory.UnknownOrganisation as refusal:
            form.refuse(refusal)
            form.organisation.errors = [*form.organisation.errors, form.refusals.pop()]
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("%(organisation)s has signed.", organisation=signature.organisation.name))
            return _back(kit, "signatures")
    return page(found(kit_id), signature_form=form)


def signature_of(kit: Kit, signature_id: int) -> Cosignatory:
    return next((known for known in kit.signatures if known.id == signature_id), None) or abort(404)

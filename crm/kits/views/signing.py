"""Who signs, for the kit's makers: requests to decide, order, withdrawals, invitations, press releases."""

from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy import select

from crm import clock, jobs
from crm.db import db
from crm.directory import queries as directory
from crm.directory import services as records
from crm.directory.models import Organisation, Tag
from crm.errors import CrmError
from crm.kits import logos
from crm.kits import services as kits
from crm.kits.models import Kit, SignatoryOrder
from crm.kits.signing import papers, queries, services, words
from crm.kits.signing.forms import AcceptForm, InviteForm, RefuseForm, ReleaseForm, SigningForm, WithdrawForm
from crm.kits.signing.models import KitRelease, Signing
from crm.kits.views.making import bp, found
from crm.kits.views.parts import signature_of
from crm.web import files
from crm.web.access import needs
from crm.web.forms import PageForm, pressed
from crm.web.rights import May


@bp.get("/<int:kit_id>/signing")
@needs(May.READ)
def signing(kit_id: int) -> ResponseReturnValue:
    return _page(found(kit_id))


def _page(kit: Kit, **forms: PageForm) -> ResponseReturnValue:
    today = clock.day(clock.now())
    waiting = queries.waiting(kit)
    shown: dict[str, Any] = {
        "settings_form": SigningForm(
            data={"takes_signatures": kit.takes_signatures, "signatory_order": kit.signatory_order.value}
        ),
        "invite_form": InviteForm(),
        "release_form": ReleaseForm(data={"released_on": today}),
        **forms,
    }
    shown["invite_form"].tag.choices = [
        ("", ""),
        *((str(tag.id), tag.name) for tag in db.session.scalars(directory.tags())),
    ]
    answer = render_template(
        "kits/signing.html",
        kit=kit,
        requests=db.session.scalars(queries.signings(kit)).all(),
        likeness={one.id: queries.likeness(kit, one) for one in waiting},
        invitations=queries.invitations(kit),
        releases=queries.releases(kit),
        signing=words,
        is_open=services.is_open(kit, day=today),
        **shown,
    )
    return answer, max((form.status for form in forms.values()), default=200)


def _back(kit: Kit, part: str = "") -> ResponseReturnValue:
    return redirect(url_for(".signing", kit_id=kit.id, _anchor=part or None))


@bp.post("/<int:kit_id>/signing")
@needs(May.WRITE)
def signing_settings(kit_id: int) -> ResponseReturnValue:
    kit = found(kit_id)
    form = SigningForm(request.form)
    if not form.accepted():
        return _page(kit, settings_form=form)
    order = SignatoryOrder(form.signatory_order.data)
    services.settle(kit, takes=bool(form.takes_signatures.data), order=order, by=current_user)
    db.session.commit()
    flash(_("Saved."))
    return _back(kit)


def _asked(kit: Kit, signing_id: int) -> Signing:
    one = db.session.get(Signing, signing_id)
    return one if one is not None and one.kit_id == kit.id else abort(404)


@bp.route("/<int:kit_id>/signing/<int:signing_id>", methods=["GET", "POST"])
@needs(May.WRITE)
def signing_decide(kit_id: int, signing_id: int) -> ResponseReturnValue:
    """One request, with what it has in common with what is known; posting accepts it."""
    kit = found(kit_id)
    one = _asked(kit, signing_id)
    alike = queries.likeness(kit, one).organisation
    chosen: dict[str, Any] = {"takes_logo": one.logo is not None}
    if alike:
        chosen |= {"organisation": alike.name, "organisation_key": str(alike.id)}
    form = AcceptForm(request.form, data=chosen)
    if form.accepted():
        try:
            organisation = records.organisation_chosen(
                form.organisation_key.data or "" if form.organisation.data else "",
                typed=form.organisation.data or "",
                by=current_user,
                at=clock.now(),
            )
            gone = [] if form.takes_logo.data else logos.take_off(one)
            signature = services.accept(one, organisation, by=current_user, at=clock.now())
        except CrmError as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            files.discard(*gone)
            jobs.wake()
            flash(_("%(organisation)s has signed.", organisation=signature.organisation.name))
            return _back(kit)
    return _request_page(kit_id, signing_id, form, RefuseForm())


@bp.post("/<int:kit_id>/signing/<int:signing_id>/refuse")
@needs(May.WRITE)
def signing_refuse(kit_id: int, signing_id: int) -> ResponseReturnValue:
    kit = found(kit_id)
    one = _asked(kit, signing_id)
    form = RefuseForm(request.form)
    if form.accepted():
        try:
            gone = services.refuse(one, reason=form.reason.data or "", by=current_user, at=clock.now())
        except CrmError as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            files.discard(*gone)
            jobs.wake()
            said = _("The request of %(name)s is refused; we write to whoever asked.", name=one.name)
            flash(said)
            return _back(kit)
    return _request_page(kit_id, signing_id, AcceptForm(), form)


def _request_page(
    kit_id: int, signing_id: int, accept: AcceptForm, refuse: RefuseForm
) -> ResponseReturnValue:
    kit = found(kit_id)
    one = _asked(kit, signing_id)
    page = render_template(
        "kits/request.html",
        kit=kit,
        one=one,
        alike=queries.likeness(kit, one),
        accept_form=accept,
        refuse_form=refuse,
        signing=words,
    )
    return page, max(accept.status, refuse.status)


@bp.post("/<int:kit_id>/signatures/<int:signature_id>/<any(up, down):way>")
@needs(May.WRITE)
def signature_move(kit_id: int, signature_id: int, way: str) -> ResponseReturnValue:
    pressed()
    kit = found(kit_id)
    services.move(signature_of(kit, signature_id), up=way == "up", by=current_user)
    db.session.commit()
    return _back(kit, "signatures")


@bp.route("/<int:kit_id>/signatures/<int:signature_id>/withdraw", methods=["GET", "POST"])
@needs(May.WRITE)
def withdraw(kit_id: int, signature_id: int) -> ResponseReturnValue:
    """The signature leaves the page from a day on; the trace stays."""
    kit = found(kit_id)
    signature = signature_of(kit, signature_id)
    form = WithdrawForm(request.form, data={"withdrawn_on": clock.day(clock.now())})
    if form.accepted():
        try:
            gone = kits.withdraw(
                signature,
                on=form.withdrawn_on.data,
                why=form.why.data or "",
                by=current_user,
                at=clock.now(),
            )
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            files.discard(*gone)
            flash(
                _("The signature of %(organisation)s is taken off.", organisation=signature.organisation.name)
            )
            return _back(kit, "signatures")
    return render_template("kits/withdraw.html", kit=kit, signature=signature, form=form), form.status


@bp.post("/<int:kit_id>/signing/invite")
@needs(May.SEND)
def signing_invite(kit_id: int) -> ResponseReturnValue:
    kit = found(kit_id)
    form = InviteForm(request.form)
    if form.accepted():
        try:
            number = services.invite(kit, _chosen(kit, form), by=current_user, at=clock.now())
        except CrmError as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            jobs.wake()
            flash(ngettext("%(num)s organisation is invited.", "%(num)s organisations are invited.", number))
            return _back(kit, "invitations")
    return _page(found(kit_id), invite_form=form)


def _chosen(kit: Kit, form: InviteForm) -> list[Organisation]:
    """The one organisation, or all of the tag. Raises UnknownOrganisation."""
    tag = form.tag.data or ""
    if tag.isdecimal() and len(tag) < 10 and db.session.scalar(select(Tag.id).where(Tag.id == int(tag))):
        return list(db.session.scalars(queries.to_invite(kit, tag_id=int(tag))))
    one = records.organisation_chosen(
        form.organisation_key.data or "", typed=form.organisation.data or "", by=current_user, at=clock.now()
    )
    return list(db.session.scalars(queries.to_invite(kit, key=one.id))) if one is not None else []


@bp.post("/<int:kit_id>/releases")
@needs(May.WRITE)
def release(kit_id: int) -> ResponseReturnValue:
    kit = found(kit_id)
    form = ReleaseForm(request.form)
    if form.accepted():
        try:
            services.release(kit, released_on=form.released_on.data, by=current_user, at=clock.now())
        except CrmError as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            return _back(kit, "releases")
    return _page(found(kit_id), release_form=form)


@bp.get("/<int:kit_id>/releases/<int:release_id>.<any(pdf, docx):form>")
@needs(May.READ)
def release_paper(kit_id: int, release_id: int, form: str) -> ResponseReturnValue:
    """The press release with its signatories, as it was given out."""
    frozen = db.session.get(KitRelease, release_id)
    if frozen is None or frozen.kit_id != kit_id:
        abort(404)
    made, media_type = papers.MAKERS[form]
    name = f"{frozen.released_on:%Y-%m-%d}-{frozen.kit.slug}.{form}"
    return Response(
        made(frozen),
        mimetype=media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )

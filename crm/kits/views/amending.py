"""The amendment of a kit: its versions, those who relay them, and their way through parliament."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from crm import clock
from crm.db import db
from crm.errors import CrmError
from crm.kits.amending import queries, services, words
from crm.kits.amending.forms import AmendmentForm, RelayForm, WayForm
from crm.kits.amending.models import AmendmentRelay, KitAmendment, Outcome
from crm.kits.models import Kit
from crm.kits.parliament import queries as parliament
from crm.kits.views.making import bp, found
from crm.web.access import needs
from crm.web.forms import pressed
from crm.web.rights import May

TOLD = ("text_reference", "article", "provision", "reasons")


@bp.get("/<int:kit_id>/amendment")
@needs(May.READ)
def amendment(kit_id: int) -> ResponseReturnValue:
    return _page(found(kit_id), RelayForm())


def _page(kit: Kit, form: RelayForm) -> ResponseReturnValue:
    page = render_template(
        "kits/amendment.html", kit=kit, versions=queries.versions(kit), form=form, amending=words
    )
    return page, form.status


def _version(kit: Kit, version_id: int) -> KitAmendment:
    return next((known for known in queries.versions(kit) if known.id == version_id), None) or abort(404)


def _relay(kit: Kit, relay_id: int) -> AmendmentRelay:
    known = (relay for version in queries.versions(kit) for relay in version.relays if relay.id == relay_id)
    return next(known, None) or abort(404)


def _back(kit: Kit) -> ResponseReturnValue:
    return redirect(url_for(".amendment", kit_id=kit.id))


@bp.route("/<int:kit_id>/amendment/new", methods=["GET", "POST"])
@needs(May.WRITE)
def amendment_new(kit_id: int) -> ResponseReturnValue:
    """A new version, begun with the words of the latest."""
    kit = found(kit_id)
    latest = next(iter(queries.versions(kit)), None)
    shown = {name: getattr(latest, name) for name in TOLD} if latest else {"provision": kit.amendment}
    form = AmendmentForm(request.form, data=shown)
    if form.accepted():
        version = services.write(kit, _told(form), by=current_user, at=clock.now())
        db.session.commit()
        flash(_("Version %(number)s is saved.", number=version.number))
        return _back(kit)
    return render_template("kits/amendment_write.html", kit=kit, version=None, form=form), form.status


@bp.route("/<int:kit_id>/amendment/<int:version_id>", methods=["GET", "POST"])
@needs(May.WRITE)
def amendment_edit(kit_id: int, version_id: int) -> ResponseReturnValue:
    kit = found(kit_id)
    version = _version(kit, version_id)
    form = AmendmentForm(request.form, data={name: getattr(version, name) for name in TOLD})
    if form.accepted():
        try:
            services.change(version, _told(form), by=current_user, at=clock.now())
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("Version %(number)s is saved.", number=version.number))
            return _back(kit)
    return render_template("kits/amendment_write.html", kit=kit, version=version, form=form), form.status


def _told(form: AmendmentForm) -> services.Told:
    return services.Told(**{name: form[name].data or "" for name in TOLD})


@bp.post("/<int:kit_id>/amendment/<int:version_id>/relays")
@needs(May.WRITE)
def relay(kit_id: int, version_id: int) -> ResponseReturnValue:
    kit = found(kit_id)
    version = _version(kit, version_id)
    form = RelayForm(request.form)
    if form.accepted():
        try:
            services.relay(version, parliament.named(form.name.data or ""), by=current_user)
        except CrmError as refusal:
            db.session.rollback()
            form.refuse(refusal)
        else:
            db.session.commit()
            return _back(kit)
    return _page(found(kit_id), form)


@bp.route("/<int:kit_id>/relays/<int:relay_id>", methods=["GET", "POST"])
@needs(May.WRITE)
def relay_follow(kit_id: int, relay_id: int) -> ResponseReturnValue:
    kit = found(kit_id)
    taken_up = _relay(kit, relay_id)
    names = ("tabled_number", "tabled_on", "link", "outcome_on")
    shown = {name: getattr(taken_up, name) for name in names}
    form = WayForm(request.form, data={**shown, "outcome": taken_up.outcome or ""})
    if form.accepted():
        try:
            services.follow(taken_up, _way(form), by=current_user, at=clock.now())
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("Saved."))
            return _back(kit)
    return render_template("kits/relay.html", kit=kit, relay=taken_up, form=form), form.status


def _way(form: WayForm) -> services.Way:
    return services.Way(
        tabled_on=form.tabled_on.data,
        tabled_number=form.tabled_number.data or "",
        link=form.link.data or "",
        outcome=Outcome(form.outcome.data) if form.outcome.data else None,
        outcome_on=form.outcome_on.data,
    )


@bp.post("/<int:kit_id>/relays/<int:relay_id>/remove")
@needs(May.WRITE)
def relay_remove(kit_id: int, relay_id: int) -> ResponseReturnValue:
    pressed()
    kit = found(kit_id)
    services.drop(_relay(kit, relay_id), by=current_user)
    db.session.commit()
    return _back(kit)

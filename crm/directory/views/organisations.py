"""The pages of organisations."""

from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from wtforms import SelectChoice

from crm import clock
from crm.accounts.models import Account
from crm.db import db
from crm.directory import lists, messages, normal, queries, services
from crm.directory.filters import key_in
from crm.directory.forms import OrganisationForm, PickForm, lines, names
from crm.directory.merging import warning
from crm.directory.merging.views import pairs as duplicates
from crm.directory.models import Organisation, OrganisationKind
from crm.directory.own import forms as own_forms
from crm.directory.own import queries as own
from crm.directory.own import services as own_services
from crm.directory.views import lists as pages
from crm.directory.views import show as record_page
from crm.errors import Changed, CrmError
from crm.territories import messages as territory_messages
from crm.territories import queries as territories
from crm.territories.models import Territory
from crm.text import N_
from crm.web.access import needs
from crm.web.forms import pressed
from crm.web.pages import offer_undo
from crm.web.rights import May

bp = Blueprint("organisations", __name__, url_prefix="/organisations")


@bp.get("/")
@needs(May.READ)
def index() -> ResponseReturnValue:
    return pages.index(lists.ORGANISATIONS)


@bp.route("/export", methods=["GET", "POST"])
@needs(May.EXPORT)
def export() -> ResponseReturnValue:
    return pages.export(lists.ORGANISATIONS)


@bp.post("/selected")
@needs(May.WRITE)
def selected() -> ResponseReturnValue:
    return pages.selected(lists.ORGANISATIONS)


@bp.get("/suggest")
@needs(May.READ)
def suggest() -> Response:
    """`?q=` letters: organisations of the directory, then authorities of the reference that are not in it.

    Those have `territory:KEY` as value, which `services.organisation_chosen` understands; with
    `&only=directory` they are left out.
    """
    text = request.args.get("q", "")
    known = queries.suggest_organisations(text)
    proposals = [{"value": str(one.id), "label": one.name, "detail": _detail(one)} for one in known]
    if request.args.get("only") != "directory":
        proposals += _from_reference(text, 10 - len(known))
    return jsonify(proposals)


def _detail(organisation: Organisation) -> str:
    territory = organisation.territory
    facts = [
        organisation.acronym,
        messages.kind_name(organisation.kind),
        (territory.department_code if territory else "") or organisation.city,
    ]
    return " · ".join(fact for fact in facts if fact)


def _from_reference(text: str, limit: int) -> list[dict[str, str]]:
    found = territories.suggest(text, limit=limit)
    known = queries.of_territories([one.territory.id for one in found])
    return [
        {
            "value": f"territory:{one.territory.id}",
            "label": one.territory.name,
            "detail": _("%(facts)s · from the official reference", facts=territory_messages.detail(one)),
        }
        for one in found
        if one.territory.id not in known
    ]


@bp.get("/<int:organisation_id>")
@needs(May.READ)
def show(organisation_id: int) -> ResponseReturnValue:
    return record_page.organisation(db.get_or_404(Organisation, organisation_id))


@bp.route("/new", methods=["GET", "POST"])
@needs(May.WRITE)
def new() -> ResponseReturnValue:
    """An organisation typed in, or filled in from the official reference (`?territory=KEY`)."""
    territory = db.session.get(Territory, key_in(request.args.get("territory", "")) or 0)
    known = queries.of_territories([territory.id]).get(territory.id) if territory else None
    if known is not None:
        flash(_("“%(name)s” is already in the directory: here it is.", name=known.name))
        return redirect(url_for(".show", organisation_id=known.id))
    asked = own.asked(own.ORGANISATIONS)
    form = own_forms.with_fields(OrganisationForm, asked)(request.form, data=_from_territory(territory))
    _fill_choices(form)
    existing, likely = None, []
    if form.accepted():
        try:
            likely = duplicates.organisations_alike(request.form)
            organisation = services.add_organisation(by=current_user, at=clock.now(), **_facts(form))
            if likely and not request.form.get("anyway"):
                raise warning.OrganisationLooksKnown
            own_services.put(organisation, own_forms.wanted(form, asked), by=current_user, at=clock.now())
        except CrmError as refusal:
            existing = _existing(refusal)
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("“%(name)s” is in the directory.", name=organisation.name))
            return redirect(url_for(".show", organisation_id=organisation.id))
    reference = request.args.get("reference", "")
    return render_template(
        "directory/organisation_new.html",
        form=form,
        existing=existing,
        likely=[] if existing else likely,
        territory=territory,
        picking=PickForm(data={"reference": reference}),
        reference=reference,
        found=territories.suggest(reference) if reference and territory is None else [],
        territories=territory_messages,
    ), form.status


def _existing(refusal: CrmError) -> tuple[int, str] | None:
    """The key and name of the record that the refusal is about, read before it is rolled back."""
    if isinstance(refusal, services.AlreadyInDirectory):
        return refusal.organisation.id, refusal.organisation.name
    return None


def _from_territory(territory: Territory | None) -> dict[str, Any]:
    if territory is None:
        return {"country": "FR"}
    known: dict[str, Any] = services.facts_of(territory)
    kind = known.pop("kind")
    return {**known, "kind": str(kind.id) if kind else "", "territory": territory.id, "country": "FR"}


def _fill_choices(form: OrganisationForm) -> None:
    kinds = list(db.session.scalars(queries.kinds()))
    form.kind.choices = [
        SelectChoice("", N_("Choose")),
        *(SelectChoice(str(kind.id), messages.kind_name(kind)) for kind in kinds),
    ]
    accounts = db.session.scalars(queries.followers())
    form.followed_by.choices = [
        SelectChoice("", N_("Nobody")),
        *(SelectChoice(str(a.id), a.name) for a in accounts),
    ]


def _facts(form: OrganisationForm) -> dict[str, Any]:
    """What was typed, with the records that its choices mean. Raises UnknownOrganisation."""
    territory = key_in(str(form.territory.data or ""))
    return {
        "name": form.name.data or "",
        "acronym": form.acronym.data or "",
        "aliases": form.aliases.data or "",
        "kind": db.session.get(OrganisationKind, int(form.kind.data)) if form.kind.data else None,
        "siren": form.siren.data,
        "siret": form.siret.data,
        "parent": _parent(form),
        "territory": db.session.get(Territory, territory) if territory else None,
        "street": form.street.data or "",
        "postcode": form.postcode.data or "",
        "city": form.city.data or "",
        "country": form.country.data or "",
        "website": form.website.data or "",
        "phone": form.phone.data or "",
        "emails": lines(form.email.data),
        "followed_by": db.session.get(Account, int(form.followed_by.data)) if form.followed_by.data else None,
        "tags": names(form.tags.data),
        "notes": form.notes.data or "",
    }


def _parent(form: OrganisationForm) -> Organisation | None:
    try:
        return services.organisation_chosen(
            form.parent.data or "", typed=form.parent_name.data or "", by=current_user, at=clock.now()
        )
    except services.UnknownOrganisation as unknown:
        unknown.field = "parent_name"
        raise


@bp.route("/<int:organisation_id>/edit", methods=["GET", "POST"])
@needs(May.WRITE)
def edit(organisation_id: int) -> ResponseReturnValue:
    organisation = db.get_or_404(Organisation, organisation_id)
    asked, shown = own.asked(own.ORGANISATIONS), _shown(organisation)
    form = own_forms.with_fields(OrganisationForm, asked, shown)(request.form, data=shown)
    _fill_choices(form)
    existing = None
    if form.accepted():
        try:
            services.change_organisation(
                organisation, version=form.version.number, by=current_user, at=clock.now(), **_facts(form)
            )
            own_services.put(organisation, own_forms.wanted(form, asked), by=current_user, at=clock.now())
        except CrmError as refusal:
            existing = _existing(refusal)
            form.refuse(refusal)
            organisation = db.get_or_404(Organisation, organisation_id)
            if isinstance(refusal, Changed):
                form.meet(_shown(organisation))
        else:
            db.session.commit()
            flash(_("Saved."))
            return redirect(url_for(".show", organisation_id=organisation.id))
    return render_template(
        "directory/organisation_edit.html", form=form, organisation=organisation, existing=existing
    ), form.status


def _shown(organisation: Organisation) -> dict[str, Any]:
    """The record as the form shows it."""
    return {
        "name": organisation.name,
        "acronym": organisation.acronym,
        "aliases": organisation.aliases,
        "kind": str(organisation.kind_id or ""),
        "siren": organisation.siren or "",
        "siret": organisation.siret or "",
        "parent": organisation.parent_id or "",
        "parent_name": organisation.parent.name if organisation.parent else "",
        "territory": organisation.territory_id or "",
        "street": organisation.street,
        "postcode": organisation.postcode,
        "city": organisation.city,
        "country": organisation.country,
        "website": organisation.website,
        "phone": normal.shown_phone(organisation.phone) if organisation.phone else "",
        "email": "\n".join(read.address.email for read in organisation.addresses),
        "followed_by": str(organisation.followed_by_id or ""),
        "tags": ", ".join(tag.name for tag in organisation.tags),
        "notes": organisation.notes,
        "version": organisation.version,
        **own_forms.shown(organisation),
    }


@bp.post("/<int:organisation_id>/bin")
@needs(May.WRITE)
def bin(organisation_id: int) -> ResponseReturnValue:
    organisation = db.get_or_404(Organisation, organisation_id)
    pressed()
    services.bin_record(organisation, by=current_user, at=clock.now())
    db.session.commit()
    offer_undo(
        _("“%(name)s” is in the bin.", name=organisation.name),
        url_for(".restore", organisation_id=organisation.id),
    )
    return redirect(url_for(".index"))


@bp.post("/<int:organisation_id>/restore")
@needs(May.WRITE)
def restore(organisation_id: int) -> ResponseReturnValue:
    organisation = db.get_or_404(Organisation, organisation_id)
    pressed()
    services.restore_record(organisation, by=current_user, at=clock.now())
    db.session.commit()
    flash(_("“%(name)s” is back from the bin.", name=organisation.name))
    return redirect(url_for(".show", organisation_id=organisation.id))

"""A partnership, opened and told anew."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from wtforms import SelectChoice

from crm import clock
from crm.db import db
from crm.directory import services as records
from crm.directory.models import Organisation
from crm.errors import Changed, CrmError
from crm.relations import queries as log
from crm.relations.forms import key_of
from crm.relations.partnerships import queries, services, words
from crm.relations.partnerships.forms import NewPartnershipForm, PartnershipForm
from crm.relations.partnerships.models import Partnership, PartnershipStage
from crm.relations.views import telling
from crm.relations.views.blueprint import bp
from crm.relations.views.follow_ups import today
from crm.text import N_
from crm.web.access import needs
from crm.web.rights import May


def found(partnership_id: int) -> Partnership:
    return db.session.get(Partnership, partnership_id) or abort(404)


def _fill(form: PartnershipForm, partnership: Partnership | None = None) -> None:
    kept = [partnership.owner_id] if partnership and partnership.owner_id else []
    accounts = db.session.scalars(log.accounts(keep=kept))
    form.owner.choices = [
        SelectChoice("", N_("Nobody yet")),
        *(SelectChoice(account.id, account.name) for account in accounts),
    ]
    stages = db.session.scalars(queries.stages(keep=partnership.stage_id if partnership else None))
    form.stage.choices = [SelectChoice(stage.id, words.stage_name(stage)) for stage in stages]


@bp.route("/partnerships/new", methods=["GET", "POST"])
@needs(May.WRITE)
def new_partnership() -> ResponseReturnValue:
    """`?organisation=` names the one whose page one comes from."""
    key = key_of(request.args.get("organisation"))
    organisation = db.session.get(Organisation, key) if key else None
    known = queries.of_organisation(organisation.id) if organisation else None
    if known is not None:
        return redirect(url_for(".partnership", partnership_id=known.id))
    form = NewPartnershipForm(
        request.form,
        data={
            "owner": current_user.id,
            "organisation": str(organisation.id) if organisation else "",
            "organisation_name": organisation.name if organisation else "",
        },
    )
    _fill(form)
    if form.accepted():
        try:
            partnership = _open(form)
        except CrmError as refusal:
            form.refuse(refusal)
            _fill(form)
        else:
            db.session.commit()
            flash(_("%(organisation)s is a partner from now on.", organisation=partnership.organisation.name))
            return redirect(url_for(".partnership", partnership_id=partnership.id))
    return render_template("relations/partnerships/new.html", form=form), form.status


def _open(form: NewPartnershipForm) -> Partnership:
    try:
        organisation = records.organisation_chosen(
            form.organisation.data or "",
            typed=form.organisation_name.data or "",
            by=current_user,
            at=clock.now(),
        )
    except CrmError as unknown:
        unknown.field = "organisation_name"
        raise
    if organisation is None:
        abort(400)
    return services.open_with(
        organisation,
        stage=db.session.get_one(PartnershipStage, form.stage.data),
        owner=telling.account(form.owner.data),
        rhythm_days=form.rhythm_days.data,
        aim=form.aim.data or "",
        by=current_user,
        at=clock.now(),
    )


@bp.get("/partnerships/<int:partnership_id>")
@needs(May.READ)
def partnership(partnership_id: int) -> ResponseReturnValue:
    one = found(partnership_id)
    now = clock.now()
    return render_template(
        "relations/partnerships/show.html",
        partnership=one,
        card=queries.card_of(one, at=now, today=today()),
        moves=queries.moves(one),
        stages=list(db.session.scalars(queries.stages())),
        words=words,
        today=today(),
    )


@bp.route("/partnerships/<int:partnership_id>/edit", methods=["GET", "POST"])
@needs(May.WRITE)
def edit_partnership(partnership_id: int) -> ResponseReturnValue:
    one = found(partnership_id)
    form = PartnershipForm(request.form, data=_recorded(one))
    _fill(form, one)
    if form.accepted():
        try:
            _change(form, one)
        except CrmError as refusal:
            form.refuse(refusal)
            one = found(partnership_id)
            _fill(form, one)
            if isinstance(refusal, Changed):
                form.meet(_recorded(one))
        else:
            db.session.commit()
            flash(_("Saved."))
            return redirect(url_for(".partnership", partnership_id=partnership_id))
    return render_template("relations/partnerships/edit.html", form=form, partnership=one), form.status


def _recorded(one: Partnership) -> dict[str, Any]:
    """What is written down, as the form shows it."""
    return {
        "stage": one.stage_id,
        "owner": one.owner_id,
        "rhythm_days": one.rhythm_days,
        "aim": one.aim,
        "version": one.version,
    }


def _change(form: PartnershipForm, one: Partnership) -> None:
    services.change(
        one,
        stage=db.session.get_one(PartnershipStage, form.stage.data),
        owner=telling.account(form.owner.data),
        rhythm_days=form.rhythm_days.data,
        aim=form.aim.data or "",
        version=key_of(form.version.data) or 0,
        by=current_user,
        at=clock.now(),
    )

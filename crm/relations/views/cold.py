"""Who is going cold: the Monday list, and the three things one does about a line of it."""

from datetime import timedelta
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from wtforms import SelectChoice

from crm import clock
from crm.accounts.models import Account
from crm.db import db
from crm.directory.models import Organisation
from crm.errors import CrmError
from crm.relations import services as log
from crm.relations.cold import queries, services
from crm.relations.cold.forms import WISHES, MondayForm, PlanForm
from crm.relations.cold.models import Whose
from crm.relations.cold.queries import Part, Scope
from crm.relations.partnerships import queries as partnerships
from crm.relations.partnerships import words
from crm.relations.views.blueprint import bp
from crm.relations.views.follow_ups import today
from crm.web import i18n, tables
from crm.web.access import needs, own_path
from crm.web.forms import pressed
from crm.web.pages import offer_undo
from crm.web.rights import May, allows

PAGE = 30
NEXT = timedelta(days=7)


@bp.get("/quiet")
@needs(May.READ)
def quiet() -> ResponseReturnValue:
    """`?who=me`, `?scope=partners|all`, `?part=open|planned|left`: the longest silence first."""
    return _page()


def _page(form: MondayForm | None = None) -> ResponseReturnValue:
    now, day = clock.now(), today()
    mine, scope, part = _asked()
    rows = queries.cold(at=now, scope=scope, account_id=current_user.id if mine else None)
    page = tables.page_of(
        db.session(),
        queries.part(rows, part, today=day),
        queries.coldest_first(rows),
        cursor=request.args.get("cursor"),
        size=PAGE,
    )
    form = form or _monday_form()
    return (
        render_template(
            "relations/quiet.html",
            page=page,
            lines=queries.told(page.rows, today=day),
            numbers=queries.numbers(rows, today=day),
            part=part,
            scope=scope,
            mine=mine,
            next=day + NEXT,
            today=day,
            words=words,
            form=form,
            action=url_for(".monday"),
        ),
        form.status,
    )


def _asked() -> tuple[bool, Scope, Part]:
    part = request.args.get("part", "")
    asked = request.args.get("scope", "")
    return (
        request.args.get("who") == "me",
        Scope(asked) if asked in list(Scope) else queries.usual_scope(),
        Part(part) if part in list(Part) else Part.OPEN,
    )


def _monday_form() -> MondayForm:
    wish = queries.wish_of(current_user.id)
    form = MondayForm(request.form, data={"whose": wish.whose.value if wish else ""})
    offered = WISHES if allows(current_user.right, May.STEER) else {k: WISHES[k] for k in ("", "mine")}
    form.whose.choices = [SelectChoice(value, label) for value, label in offered.items()]
    return form


@bp.post("/monday-mail")
@needs(May.READ)
def monday() -> ResponseReturnValue:
    """Whether the account wants its list by mail on Mondays."""
    form = _monday_form()
    if not form.accepted():
        return _page(form)
    whose = Whose(form.whose.data) if form.whose.data else None
    services.wish(current_user, whose, at=clock.now())
    db.session.commit()
    flash(_("The list comes by mail every Monday morning.") if whose else _("No mail comes on Mondays."))
    return redirect(url_for(".quiet"))


def _organisation(organisation_id: int) -> Organisation:
    found = db.session.get(Organisation, organisation_id)
    return found if found is not None and found.binned_at is None else abort(404)


def _back() -> str:
    return own_path(request.args.get("back")) or url_for("relations.quiet")


@bp.post("/quiet/<int:organisation_id>/plan")
@needs(May.WRITE)
def plan(organisation_id: int) -> ResponseReturnValue:
    """A follow-up with a day, for whoever follows the organisation."""
    organisation = _organisation(organisation_id)
    form = PlanForm(request.form)
    if not form.accepted():
        flash(_("Say what is to be done and by when: nothing was planned."), "warning")
        if form["csrf_token"].errors:
            abort(400)
        return redirect(_back())
    try:
        step = log.promise(
            what=form.what.data or "",
            assigned_to=_doer(organisation),
            due_on=form.due.data,
            organisation=organisation,
            by=current_user,
            at=clock.now(),
        )
    except CrmError as refusal:
        form.refuse(refusal)
        flash(form.refusals[0] if form.refusals else _("Nothing was planned."), "warning")
        return redirect(_back())
    what = step.what
    db.session.commit()
    flash(_("Planned: %(what)s", what=what))
    return redirect(_back())


def _doer(organisation: Organisation) -> Account:
    """Who follows the organisation, else whoever plans."""
    one = partnerships.of_organisation(organisation.id)
    known: Any = (one.owner if one else None) or organisation.followed_by
    return known if known is not None and known.is_open else current_user


@bp.post("/quiet/<int:organisation_id>/leave")
@needs(May.WRITE)
def leave(organisation_id: int) -> ResponseReturnValue:
    """Leave the organisation alone for a month."""
    pressed()
    organisation = _organisation(organisation_id)
    left = services.leave(organisation, today=today(), by=current_user, at=clock.now())
    until = i18n.day(left.until)
    said = _("%(organisation)s is left alone until %(day)s.", organisation=organisation.name, day=until)
    db.session.commit()
    offer_undo(said, url_for(".take_back", organisation_id=organisation_id, back=_back()))
    return redirect(_back())


@bp.post("/quiet/<int:organisation_id>/take-back")
@needs(May.WRITE)
def take_back(organisation_id: int) -> ResponseReturnValue:
    """It is not left alone after all."""
    pressed()
    organisation = _organisation(organisation_id)
    services.take_back(organisation, by=current_user, at=clock.now())
    flash(_("%(organisation)s is on the list again.", organisation=organisation.name))
    db.session.commit()
    return redirect(_back())

"""The settings: the association, its lists, who may do what, what was changed and taken out."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import inspect

from crm.db import NamedChoice, db
from crm.errors import Changed, CrmError
from crm.history import Change, latest
from crm.settings import lists, queries, services
from crm.settings.forms import AssociationForm, entry_form
from crm.settings.models import Association
from crm.web import rights as table
from crm.web.access import needs, signed_in
from crm.web.forms import pressed
from crm.web.models import Export
from crm.web.rights import May
from crm.web.tables import Order, page_of

bp = Blueprint("settings", __name__, url_prefix="/settings")

MOVES = {"up": True, "down": False}


@bp.get("")
@needs(May.READ)
def index() -> ResponseReturnValue:
    return render_template("settings/index.html", lists=lists.TITLES)


@bp.get("/rights")
@signed_in
def rights() -> ResponseReturnValue:
    """The table of rights, for everyone whom it concerns."""
    return render_template("settings/rights.html", table=table.TABLE, means=table.MEANS, called=table.CALLED)


@bp.route("/association", methods=["GET", "POST"])
@needs(May.SETTINGS)
def association() -> ResponseReturnValue:
    form = AssociationForm(request.form, data=_shown())
    if form.accepted():
        typed = {name: value for name, value in form.data.items() if name not in ("csrf_token", "form_key")}
        try:
            services.describe(**typed)
        except CrmError as refusal:
            form.refuse(refusal)
            if isinstance(refusal, Changed):
                form.meet(_shown())
        else:
            db.session.commit()
            flash(_("What the association says of itself is saved."))
            return redirect(url_for(".association"))
    return render_template("settings/association.html", form=form), form.status


def _shown() -> dict[str, Any]:
    """What the association says of itself; the last change of it counts as its version."""
    association = queries.association()
    names = [
        column.key for column in inspect(Association).column_attrs if column.key not in ("id", "is_demo")
    ]
    version = latest(db.session(), association)
    return {**{name: getattr(association, name) for name in names}, "version": version}


@bp.route("/lists/<name>", methods=["GET", "POST"])
@needs(May.SETTINGS)
def entries(name: str) -> ResponseReturnValue:
    """One list, and a form that adds to it."""
    model = _list(name)
    form = entry_form(model)(request.form)
    if form.accepted():
        try:
            entry = lists.add(model, name_fr=form.name_fr.data or "", name_en=form.name_en.data or "")
            lists.tell(entry, form.data)
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("“%(name)s” is in the list.", name=entry.name_fr))
            return redirect(url_for(".entries", name=name))
    page = render_template(
        "settings/entries.html",
        form=form,
        name=name,
        title=lists.TITLES[name],
        entries=lists.entries(model),
        uses=lists.uses(model),
    )
    return page, form.status


@bp.route("/lists/<name>/<int:entry_id>", methods=["GET", "POST"])
@needs(May.SETTINGS)
def entry(name: str, entry_id: int) -> ResponseReturnValue:
    model = _list(name)
    entry = db.get_or_404(model, entry_id)
    form = entry_form(model)(request.form, obj=entry)
    if form.accepted():
        try:
            lists.rename(entry, name_fr=form.name_fr.data or "", name_en=form.name_en.data or "")
            lists.tell(entry, form.data)
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("“%(name)s” is saved.", name=entry.name_fr))
            return redirect(url_for(".entries", name=name))
    page = render_template(
        "settings/entry.html",
        form=form,
        name=name,
        title=lists.TITLES[name],
        entry=entry,
        used=lists.uses(model).get(entry.id, 0),
    )
    return page, form.status


@bp.post("/lists/<name>/<int:entry_id>/<any(up, down, archive, back, remove):act>")
@needs(May.SETTINGS)
def change(name: str, entry_id: int, act: str) -> ResponseReturnValue:
    """Move an entry, archive it, bring it back, or take out one that nothing uses."""
    pressed()
    entry = db.get_or_404(_list(name), entry_id)
    if act in MOVES:
        lists.move(entry, up=MOVES[act])
    else:
        {"archive": lists.archive, "back": lists.bring_back, "remove": lists.remove}[act](entry)
    db.session.commit()
    return redirect(url_for(".entries", name=name))


@bp.post("/lists/<name>/fill")
@needs(May.SETTINGS)
def fill(name: str) -> ResponseReturnValue:
    """Put the usual entries into an empty list."""
    pressed()
    lists.fill(_list(name))
    db.session.commit()
    return redirect(url_for(".entries", name=name))


def _list(name: str) -> type[NamedChoice]:
    return lists.models().get(name) or abort(404)


@bp.get("/changes")
@needs(May.SETTINGS)
def changes() -> ResponseReturnValue:
    """Who changed what, the latest first."""
    asked = {key: request.args.get(key, "").strip()[:200] for key in ("record", "actor")}
    page = page_of(
        db.session(),
        queries.changes(**asked),
        Order(by=Change.id, key=Change.id, descending=True),
        cursor=request.args.get("cursor"),
    )
    return render_template("settings/changes.html", page=page, asked=asked)


@bp.get("/exports")
@needs(May.SETTINGS)
def exports() -> ResponseReturnValue:
    """Who took which lists out, the latest first."""
    actor = request.args.get("actor", "").strip()[:200]
    page = page_of(
        db.session(),
        queries.exports(actor=actor),
        Order(by=Export.id, key=Export.id, descending=True),
        cursor=request.args.get("cursor"),
    )
    return render_template("settings/exports.html", page=page, actor=actor)

"""Why the association writes: its purposes, which basis each has, who may be written to."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import escape
from sqlalchemy import func, select
from wtforms import SelectChoice

from crm.db import db
from crm.directory import queries as directory
from crm.directory.conditions import PEOPLE
from crm.directory.models import SavedView
from crm.errors import Changed, CrmError
from crm.mail import purposes
from crm.mail.models import Basis, Objection, Permission, WritingPurpose
from crm.mail.words import BASES, PERMISSIONS, language
from crm.mailings import queries
from crm.mailings.forms import PurposeForm
from crm.text import N_
from crm.web.access import needs
from crm.web.forms import pressed
from crm.web.rights import May

bp = Blueprint("purposes", __name__, url_prefix="/settings/purposes")

TEXTS = ("name_fr", "name_en", "explained_fr", "explained_en", "notice_fr", "notice_en")


@bp.get("")
@needs(May.SETTINGS)
def index() -> ResponseReturnValue:
    """All purposes in their order, with who may be written to."""
    objected = select(Objection.purpose, func.count()).group_by(Objection.purpose)
    return render_template(
        "mailings/purposes/index.html",
        purposes=purposes.every(),
        spoken=language(),
        objected=dict(db.session.execute(objected).all()),
        views={view.id: view.name for view in db.session.scalars(_views())},
        waiting=queries.waiting_by_purpose(),
        bases=BASES,
        permissions=PERMISSIONS,
    )


@bp.route("/new", methods=["GET", "POST"])
@needs(May.SETTINGS)
def new() -> ResponseReturnValue:
    form = _form({"basis": Basis.INTEREST.value, "permission": Permission.UNLESS_OBJECTED.value})
    if form.accepted():
        try:
            made = purposes.add(_told(form))
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("“%(name)s” can be written for from now on.", name=made.name(language())))
            return redirect(url_for(".index"))
    return render_template("mailings/purposes/edit.html", form=form, purpose=None), form.status


@bp.route("/<int:purpose_id>", methods=["GET", "POST"])
@needs(May.SETTINGS)
def edit(purpose_id: int) -> ResponseReturnValue:
    purpose = db.get_or_404(WritingPurpose, purpose_id)
    form = _form(_shown(purpose))
    if not purpose.is_refusable:
        # It goes to whoever asked for something: there is nothing to decide.
        del form.permission, form.reach_id
    if form.accepted():
        try:
            purposes.change(purpose, _told(form), seen=form.version.data)
        except CrmError as refusal:
            form.refuse(refusal)
            if isinstance(refusal, Changed):
                form.meet(_shown(db.get_or_404(WritingPurpose, purpose_id)))
        else:
            db.session.commit()
            flash(_("“%(name)s” is saved.", name=purpose.name(language())))
            return redirect(url_for(".index"))
    page = render_template(
        "mailings/purposes/edit.html",
        form=form,
        purpose=purpose,
        waiting=queries.waiting_by_purpose().get(purpose.key, 0),
    )
    return page, form.status


@bp.post("/<int:purpose_id>/<any(up, down, archive, back):act>")
@needs(May.SETTINGS)
def change(purpose_id: int, act: str) -> ResponseReturnValue:
    """Move a purpose, archive it, or bring it back."""
    pressed()
    purpose = db.get_or_404(WritingPurpose, purpose_id)
    if act in ("up", "down"):
        purposes.move(purpose, up=act == "up")
    else:
        {"archive": purposes.archive, "back": purposes.bring_back}[act](purpose)
    db.session.commit()
    return redirect(url_for(".index"))


def _views() -> Any:
    return directory.views.shared(PEOPLE)


def _form(shown: dict[str, Any]) -> PurposeForm:
    form = PurposeForm(request.form, data=shown)
    form.reach_id.choices = [
        SelectChoice("", N_("Everybody")),
        *(SelectChoice(str(view.id), escape(view.name)) for view in db.session.scalars(_views())),
    ]
    known = {choice.value for choice in form.reach_id.choices}
    kept = str(shown.get("reach_id") or "")
    if kept not in known and (view := db.session.get(SavedView, int(kept))) is not None:
        # It is no longer shared: it stays until somebody chooses another one.
        form.reach_id.choices.append(SelectChoice(kept, escape(view.name)))
    return form


def _shown(purpose: WritingPurpose) -> dict[str, Any]:
    return {
        **{name: getattr(purpose, name) for name in TEXTS},
        "basis": purpose.basis.value,
        "permission": purpose.permission.value,
        "reach_id": str(purpose.reach_id or ""),
        "version": purpose.version,
    }


def _told(form: PurposeForm) -> purposes.Told:
    reach = form.reach_id.data if form.reach_id is not None else ""
    permission = form.permission.data if form.permission is not None else Permission.ALWAYS.value
    return {
        "name_fr": form.name_fr.data or "",
        "name_en": form.name_en.data or "",
        "explained_fr": form.explained_fr.data or "",
        "explained_en": form.explained_en.data or "",
        "notice_fr": form.notice_fr.data or "",
        "notice_en": form.notice_en.data or "",
        "basis": Basis(form.basis.data),
        "permission": Permission(permission),
        "reach_id": int(reach) if reach else None,
    }

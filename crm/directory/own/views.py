"""Own fields among the settings: added, renamed, ordered, archived, binned; and the choices of a list."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from crm import clock
from crm.db import db
from crm.directory.own import messages, queries, services
from crm.directory.own.forms import NewFieldForm
from crm.directory.own.models import OwnField, OwnKind
from crm.errors import CrmError
from crm.web.access import needs
from crm.web.forms import NamesForm, pressed, said
from crm.web.pages import offer_undo
from crm.web.rights import May

bp = Blueprint("own_fields", __name__, url_prefix="/settings/fields")

MOVES = {"up": True, "down": False}


@bp.get("")
@needs(May.SETTINGS)
def index() -> ResponseReturnValue:
    return render_template(
        "directory/own/index.html",
        lists=[(of, label, queries.listed(of), queries.uses(of)) for of, label in messages.RECORDS.items()],
        binned=[(field, services.count_lost(field)) for field in queries.binned()],
        messages=messages,
    )


@bp.route("/<any(people, organisations):of>/new", methods=["GET", "POST"])
@needs(May.SETTINGS)
def new(of: str) -> ResponseReturnValue:
    form = NewFieldForm(request.form)
    if form.accepted():
        try:
            field = services.add(
                of=of,
                kind=form.kind.data,
                name_fr=form.name_fr.data or "",
                name_en=form.name_en.data or "",
                choices=(form.choices.data or "").splitlines(),
                by=current_user,
            )
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(
                _(
                    "The field “%(name)s” is there: forms, lists and files have it from now on.",
                    name=messages.name(field),
                )
            )
            return redirect(url_for(".index"))
    return render_template("directory/own/new.html", form=form, of=of, messages=messages), form.status


@bp.route("/<int:field_id>", methods=["GET", "POST"])
@needs(May.SETTINGS)
def edit(field_id: int) -> ResponseReturnValue:
    """Rename the field; beside it, archive it or put it into the bin, and its choices."""
    field = _field(field_id)
    form = NamesForm(request.form, obj=field)
    if form.accepted():
        try:
            services.rename(
                field, name_fr=form.name_fr.data or "", name_en=form.name_en.data or "", by=current_user
            )
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(
                _(
                    "The field is now called “%(name)s”. Views and files go on using it.",
                    name=messages.name(field),
                )
            )
            return redirect(url_for(".index"))
    return _page(field, form, NamesForm(), form.status)


def _page(field: OwnField, form: NamesForm, adding: NamesForm, status: int) -> ResponseReturnValue:
    is_list = field.kind == OwnKind.CHOICE
    page = render_template(
        "directory/own/edit.html",
        field=field,
        form=form,
        adding=adding,
        used=services.count_lost(field),
        uses=queries.choice_uses(field) if is_list else {},
        messages=messages,
    )
    return page, status


@bp.post("/<int:field_id>/<any(up, down, archive, back, bin, restore):act>")
@needs(May.SETTINGS)
def change(field_id: int, act: str) -> ResponseReturnValue:
    """Move the field, archive it, bring it back, put it into the bin or take it out."""
    pressed()
    field = _field(field_id, binned=act == "restore")
    by, name = current_user, messages.name(field)
    if act in MOVES:
        services.move(field, up=MOVES[act], by=by)
    elif act == "bin":
        lost = services.count_lost(field)
        services.bin_field(field, by=by, at=clock.now())
        words = ngettext(
            "The field “%(name)s” is in the bin, with what stood in it for one record.",
            "The field “%(name)s” is in the bin, with what stood in it for %(num)s records.",
            lost, name=name,
        ) if lost else _("The field “%(name)s” is in the bin; nothing stood in it.", name=name)  # fmt: skip
        offer_undo(words, url_for(".change", field_id=field.id, act="restore"))
    elif act == "restore":
        try:
            services.restore(field, by=by)
        except CrmError as refusal:
            db.session.rollback()
            flash(said(refusal), "warning")
        else:
            flash(_("The field “%(name)s” is back, with all that stood in it.", name=name))
    else:
        {"archive": services.archive, "back": services.bring_back}[act](field, by=by)
    db.session.commit()
    return redirect(url_for(".index"))


@bp.post("/<int:field_id>/choices")
@needs(May.SETTINGS)
def add_choice(field_id: int) -> ResponseReturnValue:
    field = _list(field_id)
    form = NamesForm(request.form)
    if form.accepted():
        try:
            services.add_choice(
                field, name_fr=form.name_fr.data or "", name_en=form.name_en.data or "", by=current_user
            )
        except CrmError as refusal:
            form.refuse(refusal)
            field = _list(field_id)
        else:
            db.session.commit()
            flash(_("“%(name)s” is in the list.", name=form.name_fr.data))
            return redirect(url_for(".edit", field_id=field.id))
    return _page(field, NamesForm(obj=field), form, form.status)


@bp.route("/<int:field_id>/choices/<key>", methods=["GET", "POST"])
@needs(May.SETTINGS)
def choice(field_id: int, key: str) -> ResponseReturnValue:
    """Rename one choice: the records that have it keep it."""
    field = _list(field_id)
    chosen: Any = field.choice(key) or abort(404)
    form = NamesForm(request.form, data=chosen)
    if form.accepted():
        try:
            services.rename_choice(
                field, key, name_fr=form.name_fr.data or "", name_en=form.name_en.data or "", by=current_user
            )
        except CrmError as refusal:
            form.refuse(refusal)
            field = _list(field_id)
        else:
            db.session.commit()
            flash(_("“%(name)s” is saved.", name=form.name_fr.data))
            return redirect(url_for(".edit", field_id=field.id))
    used = queries.choice_uses(field).get(key, 0)
    page = render_template(
        "directory/own/choice.html", field=field, choice=chosen, form=form, used=used, messages=messages
    )
    return page, form.status


@bp.post("/<int:field_id>/choices/<key>/<any(up, down, archive, back, remove):act>")
@needs(May.SETTINGS)
def change_choice(field_id: int, key: str, act: str) -> ResponseReturnValue:
    """Move a choice, archive it, offer it again, or take out one that no record has."""
    pressed()
    field = _list(field_id)
    by = current_user
    if field.choice(key) is None:
        abort(404)
    try:
        if act in MOVES:
            services.move_choice(field, key, up=MOVES[act], by=by)
        elif act == "remove":
            services.remove_choice(field, key, by=by)
        else:
            services.archive_choice(field, key, archived=act == "archive", by=by)
    except CrmError as refusal:
        db.session.rollback()
        flash(said(refusal), "warning")
    db.session.commit()
    return redirect(url_for(".edit", field_id=field.id))


def _field(field_id: int, *, binned: bool = False) -> OwnField:
    field = db.get_or_404(OwnField, field_id)
    if field.binned_at is not None and not binned:
        abort(404)
    return field


def _list(field_id: int) -> OwnField:
    field = _field(field_id)
    return field if field.kind == OwnKind.CHOICE else abort(404)

"""The pages of views: building one with its count, keeping it, the list of them."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from crm import clock
from crm.db import count_up_to, db
from crm.directory import lists
from crm.directory.conditions import PEOPLE, NotUnderstood
from crm.directory.conditions.tree import Ask, Group, Unreadable, read, together, write
from crm.directory.filters import BadFilter, Filter
from crm.directory.models import SavedView
from crm.directory.queries import views
from crm.directory.saved import building, services, showing, uses, words
from crm.directory.saved.forms import ViewForm
from crm.errors import Changed, CrmError
from crm.web.access import needs
from crm.web.forms import pressed
from crm.web.pages import offer_undo
from crm.web.rights import May
from crm.web.tables import CEILING

bp = Blueprint("views", __name__, url_prefix="/views")
KIND = "<any(people, organisations):listed>"


@bp.get("/")
@needs(May.READ)
def index() -> ResponseReturnValue:
    """Every view that the reader may use, with what it asks for."""
    found = db.session.scalars(views.open_to(current_user)).all()
    defaults = {kind: views.default_of(current_user, kind) for kind in lists.LISTS}
    rows = [
        {
            "view": view,
            "at": url_for(f"{view.kind}.index", view=view.id),
            "sentence": words.sentence(showing.kept_tree(view), view.kind),
            "may_change": services.may_change(view, current_user),
            "is_default": defaults[view.kind] == view,
            "broken": showing.look(Filter(view=str(view.id)), view.kind).broken,
        }
        for view in found
    ]
    return render_template("directory/saved/index.html", rows=rows)


@bp.get(f"/{KIND}/build")
@needs(May.READ)
def build(listed: str) -> ResponseReturnValue:
    """Conditions with their count: from a view, from a list, or from the page's own fields."""
    view = _asked_view(listed)
    tree = building.tree_of(request.args, listed) if "how" in request.args else _tree_from_list(listed)
    if not tree.parts:
        tree = Group(tree.how, (Ask(""),))
    complete, waiting = building.complete(tree, listed)
    return render_template(
        "directory/saved/build.html",
        kind=listed,
        view=view,
        can_change=view is not None and services.may_change(view, current_user),
        lines=building.lines_of(tree, listed),
        waiting=waiting,
        ceiling=CEILING,
        **_outcome(complete, listed),
    )


def _asked_view(kind: str) -> SavedView | None:
    filter = Filter(view=request.args.get("of", request.args.get("view", "")))
    if not filter.view:
        return None
    views.check_reader(filter, kind, current_user)
    return views.chosen(filter, kind)


def _tree_from_list(kind: str) -> Group:
    """What the list that was left asks for: its view, its conditions and its bar."""
    filter = Filter.read(request.args.items(multi=True))
    return together(showing.tree_of(filter, kind), views.as_tree(filter.bar, kind))


def _outcome(tree: Group, kind: str) -> dict[str, Any]:
    """Who is meant, in words and in number; nobody while something is not understood."""
    where = write(tree)
    facts: dict[str, Any] = {"where": where, "count": None, "broken": ""}
    facts["sentence"] = words.sentence(tree, kind)
    if where:
        try:
            rows = lists.LISTS[kind].select(Filter(where=where), day=clock.day(clock.now()))
            facts["count"] = count_up_to(db.session(), rows, CEILING)
        except BadFilter:
            facts["broken"] = _("A condition is not understood: nobody is meant until it is mended.")
    return facts


@bp.route(f"/{KIND}/new", methods=["GET", "POST"])
@needs(May.WRITE)
def new(listed: str) -> ResponseReturnValue:
    """Keep the conditions of the address under a name."""
    form = ViewForm(request.form, data=_asked())
    tree = _read(form.where.data)
    if form.accepted():
        try:
            view = services.save(
                kind=listed,
                name=form.name.data or "",
                description=form.description.data or "",
                is_shared=bool(form.is_shared.data),
                tree=tree,
                columns=(form.columns.data or "").split(),
                sort=form.sort.data or "",
                by=current_user._get_current_object(),
                at=clock.now(),
            )
        except CrmError as refusal:
            form.refuse(_said_in_words(refusal))
        else:
            return _kept(view, form)
    return _form_page(form, listed, tree, None)


@bp.route("/<int:view_id>/edit", methods=["GET", "POST"])
@needs(May.WRITE)
def edit(view_id: int) -> ResponseReturnValue:
    """Change the name, the sharing, or the conditions when the address has others."""
    view = _open_view(view_id)
    form = ViewForm(request.form, data=_shown(view))
    tree = _read(form.where.data) if form.where.data else showing.kept_tree(view)
    if form.accepted():
        try:
            services.change(
                view,
                name=form.name.data or "",
                description=form.description.data or "",
                is_shared=bool(form.is_shared.data),
                tree=tree,
                seen=form.version.number,
                by=current_user._get_current_object(),
                at=clock.now(),
            )
        except CrmError as refusal:
            form.refuse(_said_in_words(refusal))
            view = _open_view(view_id)
            if isinstance(refusal, Changed):
                form.version.data = str(view.version)
        else:
            return _kept(view, form)
    return _form_page(form, view.kind, tree, view)


def _asked() -> dict[str, Any]:
    columns = request.args.getlist("columns")
    return {
        "where": request.args.get("where", ""),
        "columns": " ".join(columns),
        "sort": request.args.get("sort", ""),
    }


def _shown(view: SavedView) -> dict[str, Any]:
    default = views.default_of(current_user, view.kind)
    return {
        "name": view.name,
        "description": view.description,
        "is_shared": view.is_shared,
        "is_default": default == view,
        "where": request.args.get("where", ""),
        "version": view.version,
    }


def _read(where: str | None) -> Group:
    try:
        return read(where or "")
    except Unreadable:
        return Group()


def _said_in_words(refusal: CrmError) -> CrmError:
    """A condition is named by its label in the reader's words."""
    if isinstance(refusal, NotUnderstood):
        refusal.text, refusal.facts = words.refusal(refusal).replace("%", "%%"), {}
    return refusal


def _kept(view: SavedView, form: ViewForm) -> ResponseReturnValue:
    account = current_user._get_current_object()
    if form.is_default.data:
        services.make_default(view, of=account)
    elif views.default_of(account, view.kind) == view:
        services.leave_default(view.kind, of=account)
    db.session.commit()
    flash(_("The view “%(name)s” is kept.", name=view.name))
    return redirect(url_for(f"{view.kind}.index", view=view.id))


def _form_page(form: ViewForm, kind: str, tree: Group, view: SavedView | None) -> ResponseReturnValue:
    page = render_template(
        "directory/saved/edit.html",
        form=form,
        kind=kind,
        view=view,
        used=uses.of(view) if view else [],
        build_at=url_for(".build", listed=kind, where=write(tree), of=view.id if view else None),
        ceiling=CEILING,
        **_outcome(tree, kind),
    )
    return page, form.status


@bp.post("/<int:view_id>/duplicate")
@needs(May.WRITE)
def duplicate(view_id: int) -> ResponseReturnValue:
    pressed()
    view = _open_view(view_id)
    name = _("%(name)s (copy)", name=view.name)
    copy = services.duplicate(view, name=name, by=current_user._get_current_object(), at=clock.now())
    db.session.commit()
    flash(_("“%(name)s” is yours alone: change it as you like.", name=copy.name))
    return redirect(url_for(".edit", view_id=copy.id))


@bp.post("/<int:view_id>/remove")
@needs(May.WRITE)
def remove(view_id: int) -> ResponseReturnValue:
    pressed()
    view = _open_view(view_id)
    services.remove(view, by=current_user._get_current_object(), at=clock.now())
    db.session.commit()
    offer_undo(_("The view “%(name)s” is removed.", name=view.name), url_for(".restore", view_id=view.id))
    return redirect(url_for(".index"))


@bp.post("/<int:view_id>/restore")
@needs(May.WRITE)
def restore(view_id: int) -> ResponseReturnValue:
    pressed()
    view = db.get_or_404(SavedView, view_id)
    if not views.is_open_to(view, current_user):
        abort(404)
    services.restore(view, by=current_user._get_current_object())
    db.session.commit()
    flash(_("The view “%(name)s” is back.", name=view.name))
    return redirect(url_for(".index"))


@bp.post("/<int:view_id>/default")
@needs(May.READ)
def make_default(view_id: int) -> ResponseReturnValue:
    pressed()
    view = _open_view(view_id)
    services.make_default(view, of=current_user._get_current_object())
    db.session.commit()
    words_of = {PEOPLE: _("People now opens with “%(name)s”.", name=view.name)}
    flash(words_of.get(view.kind) or _("Organisations now opens with “%(name)s”.", name=view.name))
    return redirect(url_for(".index"))


@bp.post(f"/{KIND}/leave-default")
@needs(May.READ)
def leave_default(listed: str) -> ResponseReturnValue:
    pressed()
    services.leave_default(listed, of=current_user._get_current_object())
    db.session.commit()
    flash(_("The list opens with everybody again."))
    return redirect(url_for(".index"))


def _open_view(view_id: int) -> SavedView:
    """The kept view, for those who may use it; for others there is none."""
    view = db.get_or_404(SavedView, view_id)
    if view.binned_at is not None or not views.is_open_to(view, current_user):
        abort(404)
    return view

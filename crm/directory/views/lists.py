"""What the two lists share: the page, its filter bar and chips, the file, the acts on ticked rows."""

import io
from collections.abc import Iterator
from typing import Any

from flask import (
    Response,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import escape
from sqlalchemy import false, func, select
from wtforms import SelectChoice

from crm import clock
from crm.accounts.models import Account
from crm.db import db, reads_only
from crm.directory import lists, messages, normal, queries
from crm.directory.bulk import kinds as bulk
from crm.directory.conditions import PEOPLE
from crm.directory.filters import NOBODY, BadFilter, Filter
from crm.directory.forms import ExportForm, FilterForm, SelectedForm
from crm.directory.lists import ListOf
from crm.directory.models import Import, Organisation
from crm.directory.queries import views
from crm.directory.saved import showing
from crm.territories import queries as territories
from crm.text import N_, fold
from crm.web import exports, records
from crm.web.pages import say
from crm.web.rights import allows
from crm.web.tables import here, page_of

VIEWS_OFFERED = 30
# What the lists of people and of organisations ask alike.
_OF_ROLES = frozenset({"kind", "territory", "category", "followed"})


def read_filter(kind: str = PEOPLE) -> Filter:
    """The filter of this address. A private view is found by its owner alone. Raises ViewGone."""
    filter = Filter.read(request.args.items(multi=True))
    views.check_reader(filter, kind, current_user)
    return filter


def own_filter(querystring: str) -> Filter:
    """The people of that filter, which this reader may use. Raises BadFilter, also for the bin."""
    filter = Filter.of(querystring)
    if filter.in_bin:
        raise BadFilter(part="bin")
    views.check_reader(filter, PEOPLE, current_user)
    return filter


def index(of: ListOf) -> ResponseReturnValue:
    """One page of the list that the address asks for."""
    if request.args.get("territory_name") and not request.args.get("territory"):
        return _with_territory(request.args["territory_name"])
    default, offered = views.on_offer(current_user, of.key, most=VIEWS_OFFERED)
    if not request.args and default is not None:
        return redirect(url_for(".index", view=default.id))
    filter = Filter.read(request.args.items(multi=True))
    look, today = showing.look(filter, of.key), clock.day(clock.now())
    sort = request.args.get("sort", "") or (look.view.sort if look.view else "")
    every = of.every_column()
    columns = lists.shown(every, request.args.getlist("columns") or (look.view.columns if look.view else ()))
    shown = {column.key for column in columns}
    # A view that means nothing any more means nobody, and the page says so.
    meant = of.select(Filter(), day=today).where(false()) if look.broken else of.select(filter, day=today)
    chosen = meant.with_only_columns(*of.page_columns)
    page = page_of(
        db.session(),
        chosen,
        of.order(sort),
        cursor=request.args.get("cursor"),
        # What a view means may change between two looks.
        named=None if filter.view else (of.key, filter.querystring(), today),
    )
    if not page.rows and request.args.get("cursor"):
        # What stood there is gone since the link was made.
        return redirect(here())
    rows = of.filled(db.session(), page.rows, day=today, wants=lists.wants(columns))
    return render_template(
        "directory/list.html",
        of=of,
        page=page,
        rows=rows,
        filter=filter,
        sort=sort or "name",
        shown=shown,
        written=[column for column in columns if column.text],
        labels={column.key: say(column.label) for column in columns},
        heads=[{"label": say(c.label), "sort": c.sort, "end": c.is_number} for c in columns],
        choices=[{"name": c.key, "label": say(c.label), "shown": c.key in shown} for c in every],
        form=filter_form(filter),
        chips=chips(filter, of.key),
        look=look,
        messages=messages,
        phone=normal.shown_phone,
        **_ways_on(of, filter),
        **showing.ways(filter, of.key, look, default, offered),
    )


def _ways_on(of: ListOf, filter: Filter) -> dict[str, Any]:
    """Where the acts of the list lead, with its filter."""
    args = _args(filter)
    return {
        "selected_at": url_for(".selected", **args),
        "export_at": url_for(".export", **args),
        "bulk_acts": [
            {"key": kind.key, "label": say(kind.label), "icon": kind.icon}
            for kind in bulk.of_list(of.key, in_bin=filter.in_bin)
            if allows(current_user.right, kind.may)
        ],
        "people_of": url_for("people.index", **{name: args[name] for name in args if name in _OF_ROLES}),
        "importing_at": url_for("imports.new") if "imports.new" in current_app.view_functions else "",
        "acts": _registered(f"{of.key}-list", filter),
        "ways": _registered(f"{of.key}-list-more", filter),
    }


def _registered(kind: str, filter: Filter) -> list[dict[str, str]]:
    """What other domains offer for the list, to those who may."""
    return [
        {
            "key": act.key,
            "label": say(act.label),
            "icon": act.icon,
            "href": act.address(filter.querystring()),
        }
        for act in records.acts(kind)
        if allows(current_user.right, act.may)
    ]


def _with_territory(typed: str) -> ResponseReturnValue:
    """The same list with the territory that was typed and not chosen: the likeliest one."""
    found = territories.suggest(typed, limit=1)
    if not found:
        flash(_("No territory is called “%(name)s”. Choose one of the proposals.", name=typed), "warning")
        return redirect(here(territory_name=None))
    return redirect(here(territory=found[0].territory.id, territory_name=None))


def filter_form(filter: Filter) -> FilterForm:
    """The bar with what the filter asks for filled in."""
    form = FilterForm(
        data={
            "q": filter.q,
            "kind": filter.kinds[0] if filter.kinds else "",
            "territory": filter.territory,
            "territory_name": _territory_name(filter),
            "category": filter.category or "",
            "tag": filter.tags[0] if filter.tags else "",
            "followed": filter.followed,
            "address": filter.address,
            "language": filter.language,
        }
    )
    offered: dict[str, list[SelectChoice]] = {"kind": [], "tag": [], "follower": []}
    for part, value, name, _place in db.session.execute(
        queries.filter_choices(in_english=messages.is_english())
    ):
        # What people named is shown as it is.
        offered[part].append(SelectChoice(value, escape(name)))
    everything = SelectChoice("", N_("All"))
    form.kind.choices = [everything, *offered["kind"]]
    form.tag.choices = [everything, *sorted(offered["tag"], key=lambda choice: fold(choice.label))]
    form.followed.choices = [everything, SelectChoice(NOBODY, N_("Nobody")), *offered["follower"]]
    return form


def _territory_name(filter: Filter) -> str:
    territory = queries.territory_named(filter.territory) if filter.territory else None
    return territory.name if territory else ""


def chips(filter: Filter, kind: str = PEOPLE) -> list[dict[str, str]]:
    """What the filter asks for, each with the address of the list without it."""
    kinds = (
        {kind.slug: messages.kind_name(kind) for kind in db.session.scalars(queries.kinds())}
        if filter.kinds
        else {}
    )
    told: list[tuple[str, str, Any]] = [
        (_("Search"), filter.q, {"q": None}),
        *((_("Kind"), kinds.get(k, k), {"kind": [o for o in filter.kinds if o != k]}) for k in filter.kinds),
        (_("Territory"), _territory_name(filter) or filter.territory,
         {"territory": None, "territory_name": None}),
        (_("Category"), messages.category(filter.category), {"category": None}),
        *((_("Tag"), t, {"tag": [o for o in filter.tags if o != t]}) for t in filter.tags),
        (_("Followed by"), _follower(filter.followed), {"followed": None}),
        (_("E-mail address"), {"yes": _("yes"), "no": _("no")}.get(filter.address, ""), {"address": None}),
        (_("Language"), messages.language(filter.language) if filter.language else "", {"language": None}),
        (_("Organisation"), _organisation_name(filter), {"organisation": None}),
        (_("Import"), _import_title(filter), {"import": None}),
        (_("Chosen one by one"), str(len(filter.chosen) or ""), {"chosen": None}),
        (_("In the bin"), _("yes") if filter.in_bin else "", {"bin": None}),
    ]  # fmt: skip
    of_views = [{"label": label, "remove": remove} for label, remove in showing.chips(filter, kind)]
    return of_views + [
        {"label": _("%(what)s: %(value)s", what=what, value=value), "remove": here(**without)}
        for what, value, without in told
        if value
    ]


def _follower(followed: str) -> str:
    if not followed or followed == NOBODY:
        return _("nobody") if followed else ""
    account = db.session.get(Account, int(followed))
    return account.name if account else followed


def _organisation_name(filter: Filter) -> str:
    organisation = db.session.get(Organisation, filter.organisation) if filter.organisation else None
    return organisation.name if organisation else ""


def _import_title(filter: Filter) -> str:
    record = db.session.get(Import, filter.of_import) if filter.of_import else None
    return record.title if record else str(filter.of_import or "")


def export(of: ListOf) -> ResponseReturnValue:
    """Choose columns and form of the file, then take it: the same filter as the page."""
    filter = read_filter(of.key)
    rows = of.select(filter, day=clock.day(clock.now()))
    count = db.session.scalar(
        select(func.count()).select_from(rows.with_only_columns(of.model.id).subquery())
    )
    columns = of.every_file_column()
    form = ExportForm(request.form, data={"columns": [column.key for column in columns]})
    form.columns.choices = [SelectChoice(column.key, column.label) for column in columns]
    if request.method == "POST":
        if form.validate():
            return _file(of, filter, form, count or 0)
        form.status = 422
    return (
        render_template(
            "directory/export.html",
            of=of,
            form=form,
            count=count,
            chips=chips(filter, of.key),
            back=url_for(".index", **_args(filter)),
        ),
        form.status,
    )


def _file(of: ListOf, filter: Filter, form: ExportForm, count: int) -> Response:
    """The file as it is made; that it was taken, and for what, is on record before the first row leaves."""
    now, format, keys = clock.now(), form.format.data, form.columns.data
    exports.log(
        what=of.key,
        chosen=filter.querystring(),
        format=format,
        rows=count,
        purpose=form.purpose.data or "",
        by=current_user.email,
        at=now,
    )
    db.session.commit()
    # What follows only reads: a long file must not keep others from writing.
    reads_only(True)
    columns = of.in_file(keys)
    labels = lists.headings(columns)
    rows = of.file_rows(db.session(), filter, columns, day=clock.day(now))
    title = {"people": _("People"), "organisations": _("Organisations")}[of.key]
    name = f"{clock.day(now).isoformat()}-{of.key}.{format}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    if format == exports.XLSX:
        book = exports.xlsx_file(columns, labels, rows, title=title, author=current_user.name)
        return Response(read_file(book), mimetype=exports.MEDIA_TYPES[format], headers=headers)
    chunks = stream_with_context(exports.csv_chunks(columns, labels, rows))
    return Response(chunks, mimetype=exports.MEDIA_TYPES[format], headers=headers)


def read_file(book: io.BufferedIOBase) -> Iterator[bytes]:
    """The file in parts; it is gone once it was read."""
    with book:
        while part := book.read(65_536):
            yield part


def selected(of: ListOf) -> ResponseReturnValue:
    """Go on with the ticked rows, or with everything that the filter means: nothing is done here yet."""
    form = SelectedForm(request.form)
    filter = read_filter(of.key)
    if not form.chosen.data and not form.everything.data:
        flash(_("Tick at least one row first."), "warning")
        return redirect(url_for(".index", **_args(filter)))
    if not form.everything.data:
        filter = filter.only(form.chosen.data or [])
    key = form.act.data or ""
    if key == "export":
        return redirect(url_for(".export", **_args(filter)))
    further = {act.key: act for act in records.acts(f"{of.key}-list")}
    if key in further:
        return redirect(further[key].address(filter.querystring()))
    if bulk.called(key) is None:
        abort(400)
    return redirect(url_for("bulk.new", of=of.key, act=key, **_args(filter)))


def _args(filter: Filter) -> dict[str, Any]:
    """The filter for `url_for`: names that stand several times have a list."""
    args: dict[str, Any] = {}
    for name, value in filter.pairs():
        args.setdefault(name, []).append(value)
    return args

"""The history of a record, setting one change back, and the bin."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy import func, select

from crm import clock
from crm.db import db
from crm.errors import CrmError
from crm.history import Change
from crm.keeping import kinds, queries, services, telling
from crm.keeping.kinds import Kind
from crm.text import N_
from crm.web.access import needs
from crm.web.forms import ActForm, pressed, said
from crm.web.pages import offer_undo
from crm.web.rights import May
from crm.web.tables import page_of

bp = Blueprint("keeping", __name__)

PAGE = 30
FIRST_WAY, BACK = "stay", "back"


class Undecided(CrmError):
    text = N_("Some of it was changed again since: choose for each field what is to be.")


def _kind(table: str) -> Kind:
    return kinds.known(table) or abort(404)


@bp.get("/history/<kind>/<int:key>")
@needs(May.READ)
def history(kind: str, key: int) -> ResponseReturnValue:
    """Who changed what of the record, the latest first."""
    of = _kind(kind)
    record = db.get_or_404(of.model, key)
    return render_template(
        "keeping/history.html",
        kind=of,
        name=of.called(record),
        address=of.address(key),
        content=of_record(record),
    )


def of_record(record: Any) -> str:
    """The same as a tab of the record's own page."""
    kind = _kind(record.__tablename__)
    page = page_of(
        db.session(),
        queries.changes(kind, record.id),
        queries.latest_first(),
        cursor=request.args.get("cursor"),
        size=PAGE,
    )
    lines = telling.lines(page.rows, kind, record.id, are_last=page.next is None)
    return render_template("keeping/changes.html", lines=lines, page=page)


@bp.route("/history/changes/<int:change_id>", methods=["GET", "POST"])
@needs(May.WRITE)
def revert(change_id: int) -> ResponseReturnValue:
    """One change, what has become of it since, and the way back."""
    change, who = queries.change(change_id) or abort(404)
    kind = _kind(change.record.partition(":")[0])
    form, refusal = ActForm(request.form), ""
    if form.accepted():
        try:
            record = services.revert(change, names=_chosen(change), by=current_user.email, at=clock.now())
        except CrmError as refused:
            form.refuse(refused)
            refusal = said(refused)
        else:
            return _reverted(kind, record)
    return render_template(
        "keeping/revert.html",
        line=telling.line(change, who),
        kind=kind,
        fields=_fields(change, kind),
        name=_name(change, kind),
        address=_address(change, kind),
        change_id=change_id,
        form=form,
        refusal=refusal,
    ), form.status


def _chosen(change: Change) -> set[str]:
    """Which fields go back: those nobody touched since, and those so chosen. Raises Undecided."""
    chosen = set()
    for step in services.steps(change):
        way = request.form.get(f"way-{step.name}", BACK if step.is_free else "")
        if way not in (FIRST_WAY, BACK):
            raise Undecided
        if way == BACK:
            chosen.add(step.name)
    return chosen


def _reverted(kind: Kind, record: Any) -> ResponseReturnValue:
    made = db.session.scalar(select(func.max(Change.id)).where(Change.record == f"{kind.table}:{record.id}"))
    name, address = kind.called(record), kind.address(record.id)
    db.session.commit()
    offer_undo(_("“%(name)s” is as it was before.", name=name), url_for(".revert", change_id=made))
    return redirect(address)


def _fields(change: Change, kind: Kind) -> list[dict[str, Any]]:
    """Each field that can go back, with its present value where somebody changed it since."""
    told = {one.name: one for one in telling.said(change, kind)}
    return [
        {
            "name": step.name,
            "label": told[step.name].label,
            "before": _as_set(kind, step.name, step.before, step.after),
            "now": telling.value_of(kind, step.name, step.now),
            "is_free": step.is_free,
        }
        for step in services.steps(change)
        if step.name in told
    ]


def _as_set(kind: Kind, name: str, before: Any, after: Any) -> str:
    """What going back means for the field; of a list, what leaves it and what comes back."""
    if not isinstance(before, list):
        return telling.value_of(kind, name, before)
    back, off = (telling.value_of(kind, name, items) for items in (before, after))
    words = (_("back: %(names)s", names=back) if back else "", _("off: %(names)s", names=off) if off else "")
    return " · ".join(filter(None, words))


def _name(change: Change, kind: Kind) -> str:
    record = kinds.found(change.record)
    return kind.called(record) if record is not None else change.record


def _address(change: Change, kind: Kind) -> str:
    return kind.address(int(change.record.partition(":")[2]))


@bp.get("/bin")
@needs(May.READ)
def bin() -> ResponseReturnValue:
    """What lies in the bin, one kind of record at a time, the last one put there first."""
    every = kinds.with_bin()
    kind = next((one for one in every if one.table == request.args.get("kind")), every[0])
    words = request.args.get("q", "").strip()[:200]
    page = page_of(
        db.session(),
        queries.binned(kind, words),
        queries.binned_last_first(kind),
        cursor=request.args.get("cursor"),
    )
    records = [row[0] for row in page.rows]
    return render_template(
        "keeping/bin.html",
        kind=kind,
        every=every,
        words=words,
        page=page,
        records=records,
        by=queries.binned_by(kind, [record.id for record in records]),
    )


@bp.post("/bin/<kind>")
@needs(May.WRITE)
def restore(kind: str) -> ResponseReturnValue:
    """Take one or several records out of the bin; what stands in the way of one leaves the others alone."""
    of = _kind(kind)
    pressed()
    keys = [int(key) for key in request.form.getlist("chosen") if key.isdecimal() and len(key) < 10]
    back, at = 0, clock.now()
    for record in db.session.scalars(select(of.model).where(of.model.id.in_(keys))):
        try:
            with db.session.begin_nested():
                services.restore(of, record, by=current_user._get_current_object(), at=at)
            back += 1
        except CrmError as refusal:
            flash(said(refusal), "warning")
    db.session.commit()
    if back:
        flash(ngettext("%(num)s record is back.", "%(num)s records are back.", back))
    elif not keys:
        flash(_("Tick at least one row first."), "warning")
    return redirect(url_for(".bin", kind=kind))

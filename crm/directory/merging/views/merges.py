"""Two records side by side, the merge of them, and the way back."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select

from crm import clock
from crm.db import db
from crm.directory import messages
from crm.directory import services as directory
from crm.directory.merging import cards, fields, following, queries, refusals, services, words
from crm.directory.merging.fields import FIRST_ADDRESS, Record, Side
from crm.directory.merging.forms import MergeForm, OtherForm
from crm.directory.merging.models import Merge
from crm.directory.merging.views.pairs import bp
from crm.directory.models import Person
from crm.errors import Changed, CrmError
from crm.web.access import needs
from crm.web.forms import pressed, said
from crm.web.pages import offer_undo, say
from crm.web.rights import May
from crm.web.tables import Order, page_of

PAGE = 50


@bp.route("/<any(people, organisations):kind>/<int:kept_id>", methods=["GET", "POST"])
@needs(May.WRITE)
def other(kind: str, kept_id: int) -> ResponseReturnValue:
    """Choose the record that is the same as this one."""
    record = _found(kind, kept_id)
    form = OtherForm(request.form)
    if form.accepted():
        try:
            chosen = _chosen(kind, form)
            if chosen.id == record.id:
                raise refusals.SameRecord
        except CrmError as refusal:
            refusal.field = "other_name"
            form.refuse(refusal)
            record = _found(kind, kept_id)
        else:
            return redirect(url_for(".compare", kind=kind, kept_id=record.id, gone_id=chosen.id))
    return render_template(
        "directory/merging/other.html",
        kind=kind,
        record=record,
        name=services.called(record),
        back=_address(record),
        form=form,
    ), form.status


def _chosen(kind: str, form: OtherForm) -> Record:
    key, typed = form.other.data or "", form.other_name.data or ""
    if kind == "people":
        return directory.person_chosen(key, typed=typed)
    found = directory.organisation_chosen(key, typed=typed, by=current_user, at=clock.now())
    if found is None:
        raise directory.UnknownOrganisation(name=typed)
    return found


@bp.route("/<any(people, organisations):kind>/<int:kept_id>/<int:gone_id>", methods=["GET", "POST"])
@needs(May.WRITE)
def compare(kind: str, kept_id: int, gone_id: int) -> ResponseReturnValue:
    """The two side by side, field by field; POST takes the second into the first."""
    kept, gone = _found(kind, kept_id), _found(kind, gone_id)
    if request.method == "GET" and (stopped := _cannot(kept, gone)):
        return stopped
    form = MergeForm(request.form, data={"kept_version": kept.version, "gone_version": gone.version})
    sides = _sides()
    if form.accepted():
        try:
            made = _merge(kept, gone, form, sides)
        except refusals.AlreadyMerged as refusal:
            db.session.rollback()
            flash(said(refusal), "warning")
            return redirect(_address(following.kept(_found(kind, kept_id))))
        except CrmError as refusal:
            form.refuse(refusal)
            kept, gone = _found(kind, kept_id), _found(kind, gone_id)
            if isinstance(refusal, Changed):
                form.kept_version.data, form.gone_version.data = kept.version, gone.version
        else:
            return made
    return _page(kind, kept, gone, form, sides), form.status


def _merge(kept: Record, gone: Record, form: MergeForm, sides: dict[str, Side]) -> ResponseReturnValue:
    made = services.merge(
        kept,
        gone,
        sides=sides,
        kept_version=form.kept_version.number,
        gone_version=form.gone_version.number,
        by=current_user,
        at=clock.now(),
    )
    key, names = made.id, made.names
    address = _address(kept)
    db.session.commit()
    offer_undo(
        _("“%(gone)s” was merged into “%(kept)s”.", gone=names[1], kept=names[0]),
        url_for(".undo", merge_id=key),
    )
    return redirect(address)


def _sides() -> dict[str, Side]:
    sent = {
        name.removeprefix("side-"): value for name, value in request.form.items() if name.startswith("side-")
    }
    return {name: Side(value) for name, value in sent.items() if value in list(Side)}


def _cannot(kept: Any, gone: Any) -> ResponseReturnValue | None:
    """Where to go when one of the two was merged meanwhile, is in the bin, or both are one."""
    if kept.id == gone.id:
        flash(said(refusals.SameRecord()), "warning")
        return redirect(_address(following.kept(kept)))
    for record in (kept, gone):
        if record.merged_into_id is not None:
            into = following.kept(record)
            flash(
                _("“%(gone)s” was merged into this record already.", gone=services.called(record)), "warning"
            )
            return redirect(_address(into))
        if record.binned_at is not None:
            flash(said(refusals.InBin(name=services.called(record))), "warning")
            return redirect(_address(record))
    return None


def _page(kind: str, kept: Record, gone: Record, form: MergeForm, sides: dict[str, Side]) -> str:
    session = db.session()
    told = [_line(field, kept, gone, sides) for field in fields.of(kept)]
    first = _first_addresses(kept, gone, sides)
    return render_template(
        "directory/merging/compare.html",
        kind=kind,
        kept=kept,
        gone=gone,
        names=(services.called(kept), services.called(gone)),
        form=form,
        cards=cards.of(session, kind, (kept.id, gone.id), day=clock.day(clock.now())),
        differing=[line for line in told if line["differs"]] + first,
        same=[line for line in told if not line["differs"] and line["kept"]],
        moved=queries.what_moves(session, kept, gone),
        carried=services.objections_carried(kept, gone),
        refuses=messages.refuses,
        pair=queries.pair_of(session, kind, kept.id, gone.id),
    )


def _line(field: fields.Field, kept: Record, gone: Record, sides: dict[str, Side]) -> dict[str, Any]:
    shown = {Side.KEPT: words.shown(field, kept), Side.GONE: words.shown(field, gone)}
    return {
        "key": field.key,
        "label": say(field.label),
        "differs": field.differs(kept, gone),
        "kept": shown[Side.KEPT],
        "sides": [
            {"value": side.value, "shown": shown.get(side, _("Both, one after the other"))}
            for side in field.sides(kept, gone)
        ],
        "chosen": sides.get(field.key, field.proposed(kept, gone)).value,
    }


def _first_addresses(kept: Record, gone: Record, sides: dict[str, Side]) -> list[dict[str, Any]]:
    """Which of two first addresses is written to, when each record has its own."""
    if not kept.addresses or not gone.addresses:
        return []
    mine, theirs = (record.addresses[0].address.email for record in (kept, gone))
    if mine == theirs:
        return []
    return [
        {
            "key": FIRST_ADDRESS,
            "label": _("Address we write to (the other one stays too)"),
            "sides": [{"value": Side.KEPT.value, "shown": mine}, {"value": Side.GONE.value, "shown": theirs}],
            "chosen": sides.get(FIRST_ADDRESS, Side.KEPT).value,
        }
    ]


# Merges that were made


@bp.get("/merges")
@needs(May.READ)
def merges() -> ResponseReturnValue:
    """The merges, the latest first."""
    made: Any = select(Merge.id, Merge.kind, Merge.names, Merge.at, Merge.by, Merge.undone_at)
    page = page_of(
        db.session(),
        made,
        Order(by=Merge.at, key=Merge.id, descending=True),
        cursor=request.args.get("cursor"),
    )
    return render_template("directory/merging/merges.html", page=page)


@bp.get("/merges/<int:merge_id>")
@needs(May.READ)
def merge(merge_id: int) -> ResponseReturnValue:
    """What one merge did, and what undoing it would do."""
    made = db.get_or_404(Merge, merge_id)
    kept = _found(made.kind, made.kept_id)
    is_erased = isinstance(kept, Person) and kept.erased_at is not None
    later = db.session.scalar(services.later_merge(made)) if made.undone_at is None else None
    return render_template(
        "directory/merging/merge.html",
        made=made,
        kept_at=_address(kept),
        gone_at=_address(_found(made.kind, made.gone_id)),
        moved=queries.by_words(made.counts),
        is_erased=is_erased,
        since=queries.since(db.session(), made) if made.undone_at is None and not is_erased else [],
        later=later,
        left=words.left(made.left or []),
    )


@bp.post("/merges/<int:merge_id>/undo")
@needs(May.WRITE)
def undo(merge_id: int) -> ResponseReturnValue:
    made = db.get_or_404(Merge, merge_id)
    pressed()
    try:
        services.undo(made, by=current_user, at=clock.now())
    except CrmError as refusal:
        db.session.rollback()
        flash(said(refusal), "warning")
        return redirect(url_for(".merge", merge_id=merge_id))
    names = made.names
    db.session.commit()
    flash(
        _("“%(gone)s” and “%(kept)s” are two records again.", gone=names[1], kept=names[0]),
    )
    return redirect(url_for(".merge", merge_id=merge_id))


def box(record: Record) -> str:
    """On the page of a record: what was merged into it, with the way back."""
    made = db.session.scalars(queries.merges_into(record).limit(5)).all()
    return render_template("directory/merging/box.html", merges=made) if made else ""


def _found(kind: str, key: int) -> Any:
    model: Any = queries.MODELS[kind]
    record = db.session.get(model, key)
    if record is None:
        abort(404)
    if isinstance(record, Person) and record.erased_at is not None and request.endpoint != f"{bp.name}.merge":
        abort(410)
    return record


def _address(record: Record) -> str:
    if isinstance(record, Person):
        return url_for("people.show", person_id=record.id)
    return url_for("organisations.show", organisation_id=record.id)

"""Acts on a selection or on a whole list: seen before, pressed, told afterwards, taken back."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import escape
from sqlalchemy import select
from wtforms import HiddenField, SelectChoice, SelectField, StringField

from crm import clock
from crm.accounts.models import Account
from crm.db import db
from crm.directory import lists
from crm.directory.bulk import kinds, messages, services, tasks
from crm.directory.bulk.kinds import Kind
from crm.directory.bulk.models import BulkAct, BulkState, RowState
from crm.directory.filters import BadFilter, Filter
from crm.directory.queries import views
from crm.errors import CrmError
from crm.jobs import wake
from crm.text import N_
from crm.web.access import needs
from crm.web.forms import PageForm, pressed, said
from crm.web.pages import say
from crm.web.rights import May, allows
from crm.web.tables import Order, page_of

bp = Blueprint("bulk", __name__, url_prefix="/bulk")

STATES = {
    BulkState.ASKED: (N_("Waiting"), "wait"),
    BulkState.RUNNING: (N_("Being done"), "wait"),
    BulkState.DONE: (N_("Done"), "good"),
    BulkState.STOPPED: (N_("Stopped"), "bad"),
    BulkState.UNDO_ASKED: (N_("Waiting to be taken back"), "wait"),
    BulkState.UNDOING: (N_("Being taken back"), "wait"),
    BulkState.UNDONE: (N_("Taken back"), "plain"),
}
_PLUMBING = frozenset({"what", "seen", "csrf_token", "form_key"})


class PressForm(PageForm):
    """The button: with what, and which records the page was about."""

    what = HiddenField()
    seen = HiddenField()


@bp.get("")
@needs(May.WRITE)
def index() -> ResponseReturnValue:
    """What was done to many records, the latest first."""
    page = page_of(
        db.session(),
        select(BulkAct),
        Order(by=BulkAct.id, key=BulkAct.id, descending=True),
        cursor=request.args.get("cursor"),
    )
    acts = [row[0] for row in page.rows]
    return render_template(
        "directory/bulk/index.html",
        page=page,
        acts=acts,
        title=messages.title,
        state=state,
        names=_names(acts),
    )


@bp.route("/<any(people, organisations):of>/<act>", methods=["GET", "POST"])
@needs(May.WRITE)
def new(of: str, act: str) -> ResponseReturnValue:
    """What the act would do to the selection in the address; pressed, it does."""
    kind = _kind(of, act)
    try:
        chosen = Filter.of(urlencode(_chosen()))
        views.check_reader(chosen, of, current_user)
    except BadFilter as refusal:
        flash(said(refusal), "warning")
        return redirect(url_for(f"{of}.index"))
    form = PressForm(request.form, data={"what": request.args.get("what", "")})
    if form.accepted():
        try:
            started = _start(kind, of, chosen, form)
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            return _go(started)
    return _preview(kind, of, chosen, form)


def _chosen() -> list[tuple[str, str]]:
    """The selection in the address, without what the act itself asks."""
    pairs = parse_qsl(request.query_string.decode("utf-8", "replace"))
    return [(name, value) for name, value in pairs if name not in _PLUMBING]


def _start(kind: Kind, of: str, chosen: Filter, form: PressForm) -> BulkAct:
    now = clock.now()
    today = clock.day(now)
    return services.start(
        kind,
        of,
        lists.LISTS[of].select(chosen, day=today),
        str(form.what.data or ""),
        chosen=chosen.querystring(),
        seen=str(form.seen.data or ""),
        by=current_user,
        at=now,
        day=today,
    )


def _go(act: BulkAct) -> ResponseReturnValue:
    """Do what was asked now when it is short, else have a worker do it: the page says how it goes."""
    key, rows = act.id, act.total
    db.session.commit()
    if rows <= services.MOST_AT_ONCE:
        tasks.do(key)
    else:
        wake("bulk")
    return redirect(url_for(".show", act_id=key))


def _preview(kind: Kind, of: str, chosen: Filter, form: PressForm) -> ResponseReturnValue:
    today, what = clock.day(clock.now()), str(form.what.data or "")
    rows = lists.LISTS[of].select(chosen, day=today)
    seen, facts, choice = None, {"name": ""}, _choice(kind, of, what)
    if what or not kind.asks:
        try:
            facts = kind.facts(of, what)
            seen = services.preview(kind, of, rows, facts, day=today)
            form.seen.data = seen.mark
        except CrmError as refusal:
            choice.what.errors = [said(refusal)]
    page = render_template(
        "directory/bulk/new.html",
        of=of,
        kind=kind,
        form=form,
        choice=choice,
        chosen=_chosen(),
        meant=None if seen else services.meant(of, rows),
        seen=seen,
        title=(_(kind.title) % facts) if seen else say(kind.label).rstrip("…"),
        reasons=kind.reasons,
        offered=kind.offered(of) if kind.typed else [],
        back=f"{url_for(f'{of}.index')}?{chosen_of_list(chosen)}",
    )
    return page, 422 if choice.what.errors else form.status


def chosen_of_list(chosen: Filter) -> str:
    """The list behind the selection: without the rows that were ticked."""
    return chosen.only(()).querystring()


def _choice(kind: Kind, of: str, what: str) -> Any:
    """The one thing that the act asks for; it goes into the address."""

    class ChoiceForm(PageForm):
        pass

    if kind.typed:
        ChoiceForm.what = StringField(kind.asks)
    else:
        offered = kind.offered(of) if kind.asks else []
        ChoiceForm.what = SelectField(
            kind.asks or "-",
            choices=[
                SelectChoice("", N_("Choose")),
                *(
                    SelectChoice(value, name if value == "nobody" else escape(name))
                    for value, name in offered
                ),
            ],
            validate_choice=False,
        )
    form = ChoiceForm(data={"what": what})
    form.what.errors = []
    return form


@bp.get("/<int:act_id>")
@needs(May.WRITE)
def show(act_id: int) -> ResponseReturnValue:
    """What became of the act: what was done, what was left and why; how to take it back."""
    act = db.get_or_404(BulkAct, act_id)
    standing = services.standing(act)
    kind = kinds.called(act.act)
    return render_template(
        "directory/bulk/show.html",
        act=act,
        kind=kind,
        title=messages.title(act),
        state=state(act),
        standing=standing,
        reasons=kind.reasons if kind else {},
        left=services.named(act, RowState.LEFT) if standing.get(RowState.LEFT) else [],
        kept=services.named(act, RowState.KEPT) if standing.get(RowState.KEPT) else [],
        changed=services.named(act, RowState.UNDONE if act.state == BulkState.UNDONE else RowState.DONE),
        undoable=act.state in services.UNDOABLE,
        at_work=act.state in services.AT_WORK,
        names=_names([act]),
        back=f"{url_for(f'{act.of}.index')}?{_list_of(act)}",
    )


def _list_of(act: BulkAct) -> str:
    try:
        return chosen_of_list(Filter.of(act.chosen))
    except BadFilter:
        return ""


@bp.post("/<int:act_id>/undo")
@needs(May.WRITE)
def undo(act_id: int) -> ResponseReturnValue:
    pressed()
    act = db.get_or_404(BulkAct, act_id)
    if (kind := kinds.called(act.act)) is not None and not allows(current_user.right, kind.may):
        abort(403)
    try:
        services.ask_undo(act, by=current_user, at=clock.now())
    except CrmError as refusal:
        db.session.rollback()
        flash(said(refusal), "warning")
        return redirect(url_for(".show", act_id=act_id))
    return _go(act)


@bp.post("/<int:act_id>/stop")
@needs(May.WRITE)
def stop(act_id: int) -> ResponseReturnValue:
    pressed()
    act = db.get_or_404(BulkAct, act_id)
    services.stop(act, by=current_user, at=clock.now())
    db.session.commit()
    return redirect(url_for(".show", act_id=act_id))


def state(act: BulkAct) -> dict[str, str]:
    words, tone = STATES[act.state]
    return {"words": say(words), "tone": tone}


def _names(acts: list[BulkAct]) -> dict[str, str]:
    """How the authors are called, by their address."""
    emails = {email for act in acts for email in (act.created_by, act.undone_by) if email}
    rows = select(Account.email, Account.name).where(Account.email.in_(emails))
    return {email: name for email, name in db.session.execute(rows)}


def _kind(of: str, key: str) -> Kind:
    kind = kinds.called(key)
    if kind is None or of not in kind.of:
        abort(404)
    if not allows(current_user.right, kind.may):
        abort(403)
    return kind

"""The board by stage, and the same as a list and as a file."""

from datetime import date
from typing import Any

from flask import Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import func, select

from crm import clock
from crm.db import db, reads_only
from crm.relations.partnerships import queries, words
from crm.relations.views.blueprint import bp
from crm.relations.views.follow_ups import today
from crm.relations.views.partnerships.filters import asked, chips, filter_form, same
from crm.text import N_
from crm.web import exports, tables
from crm.web.access import needs
from crm.web.exports import Column
from crm.web.forms import TakingForm
from crm.web.pages import say
from crm.web.rights import May

COLUMNS = (
    Column("organisation", N_("Organisation"), lambda card: card.partnership.organisation.name),
    Column("stage", N_("Stage"), lambda card: words.stage_name(card.partnership.stage)),
    Column("since", N_("At this stage since"), lambda card: _day(card.partnership.moved_at)),
    Column("owner", N_("Followed by"), lambda card: _name(card.partnership.owner)),
    Column("rhythm", N_("Longest silence, in days"), lambda card: card.partnership.rhythm),
    Column("last", N_("Last exchange"), lambda card: _day(card.last)),
    Column("late", N_("Days too late"), lambda card: card.late if card.is_cold else None),
    Column("next", N_("Next step"), lambda card: card.next_step.what if card.next_step else None),
    Column("next_due", N_("Due on"), lambda card: card.next_step.due_on if card.next_step else None),
    Column("agreements", N_("Agreements"), lambda card: ", ".join(one.title for one in card.agreements)),
    Column("aim", N_("What we want to do together"), lambda card: card.partnership.aim),
)


def _day(at: Any) -> date | None:
    return clock.day(at) if at else None


def _name(account: Any) -> str:
    return account.name if account else ""


@bp.get("/partnerships")
@needs(May.READ)
def board() -> ResponseReturnValue:
    """The board by stage."""
    meant, now = asked(), clock.now()
    form = filter_form(meant)
    columns = queries.board(meant, at=now, today=today())
    return render_template(
        "relations/partnerships/board.html",
        columns=columns,
        number=sum(column.number for column in columns),
        stages=list(db.session.scalars(queries.stages())),
        form=form,
        asked=meant,
        chips=chips(form),
        words=words,
        today=today(),
        same=same,
    )


@bp.get("/partnerships/list")
@needs(May.READ)
def partnerships() -> ResponseReturnValue:
    """The same as a list; `?bin=yes` shows those that are followed no more."""
    return _list(TakingForm()), 200


def _list(taking: TakingForm) -> str:
    meant, now, sort = asked(), clock.now(), request.args.get("sort", "")
    form = filter_form(meant)
    rows = queries.partnerships(meant, at=now, today=today())
    page = tables.page_of(db.session(), rows, queries.order(sort, rows), cursor=request.args.get("cursor"))
    return render_template(
        "relations/partnerships/list.html",
        page=page,
        cards=queries.cards(page.rows, today=today()),
        sort=sort or "name",
        form=form,
        asked=meant,
        chips=chips(form),
        words=words,
        export_at=same(".export_partnerships"),
        taking=taking,
        same=same,
    )


@bp.post("/partnerships/export")
@needs(May.EXPORT)
def export_partnerships() -> ResponseReturnValue:
    """The list that the address asks for, as a file that opens in a spreadsheet."""
    form = TakingForm(request.form)
    # Not `accepted()`: the same file may be taken again from the same page.
    if not form.validate():
        return _list(form), 422
    now, sort = clock.now(), request.args.get("sort", "")
    rows = queries.partnerships(asked(), at=now, today=today())
    order = queries.order(sort, rows)
    number = db.session.scalar(select(func.count()).select_from(rows.subquery())) or 0
    query = request.query_string.decode("utf-8", "replace")
    exports.log(
        what="partnerships",
        chosen=query,
        format=exports.CSV,
        rows=number,
        purpose=form.purpose.data or "",
        by=current_user.email,
        at=now,
    )
    db.session.commit()
    reads_only(True)
    by = order.by.desc() if order.descending else order.by.asc()
    cards = queries.cards(db.session.execute(rows.order_by(by, order.key)).all(), today=today())
    chunks = exports.csv_chunks(COLUMNS, [say(column.label) for column in COLUMNS], cards)
    name = f"{today().isoformat()}-partnerships.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(stream_with_context(chunks), mimetype=exports.MEDIA_TYPES[exports.CSV], headers=headers)

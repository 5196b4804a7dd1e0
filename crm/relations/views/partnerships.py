"""Partnerships: the board by stage, the list, and each of them opened, moved, told anew, binned."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Response, abort, flash, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import func, select
from wtforms import SelectChoice

from crm import clock
from crm.db import db, reads_only
from crm.directory import messages as directory_words
from crm.directory import queries as directory
from crm.directory import services as records
from crm.directory.models import Organisation
from crm.errors import Changed, CrmError
from crm.relations import queries as log
from crm.relations.forms import key_of
from crm.relations.partnerships import queries, services, words
from crm.relations.partnerships.forms import BoardFilterForm, NewPartnershipForm, PartnershipForm
from crm.relations.partnerships.models import Partnership, PartnershipStage
from crm.relations.partnerships.queries import Asked, Card
from crm.relations.views import telling
from crm.relations.views.blueprint import bp
from crm.relations.views.follow_ups import today
from crm.territories import queries as territories
from crm.text import N_
from crm.web import exports, tables
from crm.web.access import needs, own_path
from crm.web.exports import Column
from crm.web.forms import TakingForm, pressed, said
from crm.web.pages import offer_undo, say
from crm.web.rights import May

STILL = (30, 60, 90, 180, 365)
NOBODY = "nobody"
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


def asked() -> Asked:
    """What the address asks for; what cannot be read counts as not asked."""
    owner, still = request.args.get("owner", ""), key_of(request.args.get("still"))
    return Asked(
        owner_id=key_of(owner),
        nobody=owner == NOBODY,
        kind=request.args.get("kind", "")[:80],
        territory=_territory(request.args.get("territory", "")[:80]),
        stage=request.args.get("stage", "")[:80],
        still=still if still in STILL else None,
        in_bin=request.args.get("bin") == "yes",
    )


def _territory(key: str) -> str:
    """The territory in the address; without one, the likeliest of the name that was typed."""
    typed = request.args.get("territory_name", "")[:200]
    if key_of(key) or not typed:
        return key if key_of(key) else ""
    found = territories.suggest(typed, limit=1)
    return str(found[0].territory.id) if found else ""


def _filter_form(meant: Asked) -> BoardFilterForm:
    territory = directory.territory_named(meant.territory) if meant.territory else None
    form = BoardFilterForm(
        data={
            "owner": NOBODY if meant.nobody else str(meant.owner_id or ""),
            "kind": meant.kind,
            "territory": meant.territory,
            "territory_name": territory.name if territory else "",
            "still": str(meant.still or ""),
            "stage": meant.stage,
        }
    )
    everything = SelectChoice("", N_("All"))
    accounts = db.session.scalars(log.accounts())
    form.owner.choices = [
        everything,
        SelectChoice(NOBODY, N_("Nobody")),
        *(SelectChoice(str(account.id), account.name) for account in accounts),
    ]
    kinds = db.session.scalars(directory.kinds())
    form.kind.choices = [everything, *(SelectChoice(k.slug, directory_words.kind_name(k)) for k in kinds)]
    periods = (SelectChoice(str(days), _("for %(days)s days", days=days)) for days in STILL)
    form.still.choices = [SelectChoice("", N_("Does not matter")), *periods]
    stages = db.session.scalars(queries.stages())
    form.stage.choices = [everything, *(SelectChoice(s.slug, words.stage_name(s)) for s in stages)]
    return form


def _chips(form: BoardFilterForm) -> list[dict[str, str]]:
    """The filters in use, each with the address of the page without it."""
    told = []
    for field in form:
        if not field.data or field.name == "territory":
            continue
        labels = {choice.value: choice.label for choice in getattr(field, "choices", None) or []}
        value = say(labels.get(field.data, field.data))
        label = _("%(what)s: %(value)s", what=say(field.label.text), value=value)
        names = ("territory", "territory_name") if field.name == "territory_name" else (field.name,)
        told.append({"label": label, "remove": tables.here(**dict.fromkeys(names))})
    return told


def _same(endpoint: str, **changes: str) -> str:
    """Another view of what this address asks for."""
    # Not by url_for alone: a stranger's `?_external=1` would be taken for an instruction.
    query = {k: v for k, v in request.args.to_dict().items() if k not in ("cursor", *changes)} | changes
    return f"{url_for(endpoint)}?{urlencode(query)}" if query else url_for(endpoint)


@bp.get("/partnerships")
@needs(May.READ)
def board() -> ResponseReturnValue:
    """The board by stage."""
    meant, now = asked(), clock.now()
    form = _filter_form(meant)
    columns = queries.board(meant, at=now, today=today())
    return render_template(
        "relations/partnerships/board.html",
        columns=columns,
        number=sum(column.number for column in columns),
        stages=list(db.session.scalars(queries.stages())),
        form=form,
        asked=meant,
        chips=_chips(form),
        words=words,
        today=today(),
        same=_same,
    )


@bp.get("/partnerships/list")
@needs(May.READ)
def partnerships() -> ResponseReturnValue:
    """The same as a list; `?bin=yes` shows those that are followed no more."""
    return _list(TakingForm()), 200


def _list(taking: TakingForm) -> str:
    meant, now, sort = asked(), clock.now(), request.args.get("sort", "")
    form = _filter_form(meant)
    rows = queries.partnerships(meant, at=now, today=today())
    page = tables.page_of(db.session(), rows, queries.order(sort, rows), cursor=request.args.get("cursor"))
    return render_template(
        "relations/partnerships/list.html",
        page=page,
        cards=queries.cards(page.rows, today=today()),
        sort=sort or "name",
        form=form,
        asked=meant,
        chips=_chips(form),
        words=words,
        export_at=_same(".export_partnerships"),
        taking=taking,
        same=_same,
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


def found(partnership_id: int) -> Partnership:
    return db.session.get(Partnership, partnership_id) or abort(404)


def _fill(form: PartnershipForm, partnership: Partnership | None = None) -> None:
    kept = [partnership.owner_id] if partnership and partnership.owner_id else []
    accounts = db.session.scalars(log.accounts(keep=kept))
    form.owner.choices = [
        SelectChoice("", N_("Nobody yet")),
        *(SelectChoice(account.id, account.name) for account in accounts),
    ]
    stages = db.session.scalars(queries.stages(keep=partnership.stage_id if partnership else None))
    form.stage.choices = [SelectChoice(stage.id, words.stage_name(stage)) for stage in stages]


@bp.route("/partnerships/new", methods=["GET", "POST"])
@needs(May.WRITE)
def new_partnership() -> ResponseReturnValue:
    """`?organisation=` names the one whose page one comes from."""
    key = key_of(request.args.get("organisation"))
    organisation = db.session.get(Organisation, key) if key else None
    known = queries.of_organisation(organisation.id) if organisation else None
    if known is not None:
        return redirect(url_for(".partnership", partnership_id=known.id))
    form = NewPartnershipForm(
        request.form,
        data={
            "owner": current_user.id,
            "organisation": str(organisation.id) if organisation else "",
            "organisation_name": organisation.name if organisation else "",
        },
    )
    _fill(form)
    if form.accepted():
        try:
            partnership = _open(form)
        except CrmError as refusal:
            form.refuse(refusal)
            _fill(form)
        else:
            db.session.commit()
            flash(_("%(organisation)s is a partner from now on.", organisation=partnership.organisation.name))
            return redirect(url_for(".partnership", partnership_id=partnership.id))
    return render_template("relations/partnerships/new.html", form=form), form.status


def _open(form: NewPartnershipForm) -> Partnership:
    try:
        organisation = records.organisation_chosen(
            form.organisation.data or "",
            typed=form.organisation_name.data or "",
            by=current_user,
            at=clock.now(),
        )
    except CrmError as unknown:
        unknown.field = "organisation_name"
        raise
    if organisation is None:
        abort(400)
    return services.open_with(
        organisation,
        stage=db.session.get_one(PartnershipStage, form.stage.data),
        owner=telling.account(form.owner.data),
        rhythm_days=form.rhythm_days.data,
        aim=form.aim.data or "",
        by=current_user,
        at=clock.now(),
    )


@bp.get("/partnerships/<int:partnership_id>")
@needs(May.READ)
def partnership(partnership_id: int) -> ResponseReturnValue:
    one = found(partnership_id)
    now = clock.now()
    return render_template(
        "relations/partnerships/show.html",
        partnership=one,
        card=queries.card_of(one, at=now, today=today()),
        moves=queries.moves(one),
        stages=list(db.session.scalars(queries.stages())),
        words=words,
        today=today(),
    )


@bp.route("/partnerships/<int:partnership_id>/edit", methods=["GET", "POST"])
@needs(May.WRITE)
def edit_partnership(partnership_id: int) -> ResponseReturnValue:
    one = found(partnership_id)
    form = PartnershipForm(request.form, data=_recorded(one))
    _fill(form, one)
    if form.accepted():
        try:
            _change(form, one)
        except CrmError as refusal:
            form.refuse(refusal)
            one = found(partnership_id)
            _fill(form, one)
            if isinstance(refusal, Changed):
                form.meet(_recorded(one))
        else:
            db.session.commit()
            flash(_("Saved."))
            return redirect(url_for(".partnership", partnership_id=partnership_id))
    return render_template("relations/partnerships/edit.html", form=form, partnership=one), form.status


def _recorded(one: Partnership) -> dict[str, Any]:
    """What is written down, as the form shows it."""
    return {
        "stage": one.stage_id,
        "owner": one.owner_id,
        "rhythm_days": one.rhythm_days,
        "aim": one.aim,
        "version": one.version,
    }


def _change(form: PartnershipForm, one: Partnership) -> None:
    services.change(
        one,
        stage=db.session.get_one(PartnershipStage, form.stage.data),
        owner=telling.account(form.owner.data),
        rhythm_days=form.rhythm_days.data,
        aim=form.aim.data or "",
        version=key_of(form.version.data) or 0,
        by=current_user,
        at=clock.now(),
    )


@bp.post("/partnerships/<int:partnership_id>/move")
@needs(May.WRITE)
def move(partnership_id: int) -> ResponseReturnValue:
    """Bring a card to the stage that was pressed; somebody else's move meanwhile is told, not undone."""
    pressed()
    one = found(partnership_id)
    stage = db.session.get(PartnershipStage, key_of(request.values.get("stage")) or 0) or abort(400)
    before, name = one.stage_id, one.organisation.name
    try:
        moved = services.move(
            one, stage, version=key_of(request.values.get("version")) or 0, by=current_user, at=clock.now()
        )
    except CrmError as refusal:
        db.session.rollback()
        flash(said(refusal), "warning")
        return redirect(_at_the_card(partnership_id))
    version = one.version
    db.session.commit()
    if moved:
        offer_undo(
            _("%(organisation)s is now at “%(stage)s”.", organisation=name, stage=words.stage_name(stage)),
            url_for(".move", partnership_id=partnership_id, stage=before, version=version, back=_back()),
        )
    return redirect(_at_the_card(partnership_id))


def _at_the_card(partnership_id: int) -> str:
    """The page that was left, with the keyboard on the card: it is focused as the target of the address."""
    return f"{_back().partition('#')[0]}#partnership-{partnership_id}"


def _back() -> str:
    return own_path(request.args.get("back")) or url_for("relations.board")


@bp.post("/partnerships/<int:partnership_id>/bin")
@needs(May.WRITE)
def bin_partnership(partnership_id: int) -> ResponseReturnValue:
    pressed()
    one = found(partnership_id)
    services.bin(one, by=current_user, at=clock.now())
    name = one.organisation.name
    db.session.commit()
    offer_undo(
        _("The partnership with %(organisation)s is in the bin.", organisation=name),
        url_for(".restore_partnership", partnership_id=partnership_id),
    )
    return redirect(url_for(".board"))


@bp.post("/partnerships/<int:partnership_id>/restore")
@needs(May.WRITE)
def restore_partnership(partnership_id: int) -> ResponseReturnValue:
    pressed()
    one = found(partnership_id)
    services.restore(one, by=current_user, at=clock.now())
    db.session.commit()
    flash(
        _("The partnership with %(organisation)s is back on the board.", organisation=one.organisation.name)
    )
    return redirect(url_for(".partnership", partnership_id=partnership_id))


def _card(organisation: Organisation) -> Card | None:
    one = queries.of_organisation(organisation.id)
    return queries.card_of(one, at=clock.now(), today=today()) if one else None


def box(organisation: Organisation) -> str:
    """Where the relation stands, beside the organisation; nothing for one that is not followed."""
    card = _card(organisation)
    if card is None:
        return ""
    stages = list(db.session.scalars(queries.stages()))
    return render_template(
        "relations/partnerships/box.html", card=card, stages=stages, words=words, today=today()
    )


def mark(organisation: Organisation) -> str:
    """The stage as a word in the organisation's first line."""
    one = queries.of_organisation(organisation.id)
    return render_template("relations/partnerships/mark.html", partnership=one, words=words) if one else ""


def follow_act(organisation: Organisation) -> str:
    """Where “partnership” leads: to its page, or to the form that opens one."""
    return url_for("relations.new_partnership", organisation=organisation.id)

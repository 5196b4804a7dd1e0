"""To whom a mailing goes: put together from parts and counted, with everyone left out listed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import Select, func, select

from crm import clock
from crm.db import count_up_to, db, reads_only
from crm.directory import queries as directory
from crm.directory.conditions import PEOPLE
from crm.directory.filters import key_in
from crm.directory.models import Person
from crm.directory.views import lists
from crm.errors import CrmError
from crm.events.models import Event
from crm.governance import queries as governance
from crm.mail.words import language
from crm.mailings import queries
from crm.mailings.audiences import parts, reckoning, services, words
from crm.mailings.audiences.models import AudiencePart, Fate, How, PartKind
from crm.mailings.audiences.reckoning import Count
from crm.mailings.forms import AudienceForm, PartForm
from crm.mailings.models import Mailing, MailingState
from crm.mailings.views.bp import bp
from crm.text import N_
from crm.web import exports
from crm.web.access import needs
from crm.web.forms import pressed, said
from crm.web.pages import say
from crm.web.rights import May
from crm.web.tables import Order, page_of

EXCLUDE = "exclude"


@bp.get("/to")
@needs(May.WRITE)
def choose() -> ResponseReturnValue:
    """What to write to the people of a filtered list: a new mailing, or one of the drafts."""
    audience = lists.read_filter().querystring()
    people = directory.people_filtered(audience, day=clock.day(clock.now()))
    number = count_up_to(db.session(), people, ceiling=1_000_000)
    return render_template("mailings/choose.html", audience=audience, number=number, drafts=queries.drafts())


@bp.post("/<int:mailing_id>/audience")
@needs(May.WRITE)
def audience(mailing_id: int) -> ResponseReturnValue:
    """Let the draft go to the people of a list too, or leave them out."""
    mailing = db.get_or_404(Mailing, mailing_id)
    form = AudienceForm(request.form)
    if not form.accepted():
        abort(422)
    chosen = lists.own_filter(form.audience.data or "").querystring()
    return _added(mailing, parts.of_list(chosen), is_excluded=request.form.get("side") == EXCLUDE)


@bp.get("/<int:mailing_id>/to-whom")
@needs(May.READ)
def to_whom(mailing_id: int) -> ResponseReturnValue:
    """The parts of the audience, what each of them counts, and what may be added."""
    return _page(db.get_or_404(Mailing, mailing_id))


@bp.post("/<int:mailing_id>/parts")
@needs(May.WRITE)
def add_part(mailing_id: int) -> ResponseReturnValue:
    mailing = db.get_or_404(Mailing, mailing_id)
    form = PartForm(request.form)
    if not form.accepted():
        return _page(mailing, refusal=said(services.WrongPart()))
    kind = PartKind(form.kind.data)
    part = AudiencePart(
        kind=kind,
        key=key_in(form.key.data or ""),
        how=How(form.how.data) if form.how.data else None,
        filter="",
    )
    if (part.key is None) is not (kind is PartKind.EVERYONE):
        return _page(mailing, refusal=said(services.WrongPart()))
    return _added(mailing, part, is_excluded=form.side.data == EXCLUDE)


def _added(mailing: Mailing, part: AudiencePart, *, is_excluded: bool) -> ResponseReturnValue:
    account = current_user._get_current_object()
    try:
        part = services.add(mailing, part, is_excluded=is_excluded, by=account, at=clock.now())
    except CrmError as refusal:
        db.session.rollback()
        return _page(db.get_or_404(Mailing, mailing.id), refusal=said(refusal))
    db.session.commit()
    name = words.called(part)
    flash(_("Left out: %(part)s.", part=name) if is_excluded else _("Written to: %(part)s.", part=name))
    return redirect(url_for(".to_whom", mailing_id=mailing.id))


@bp.post("/<int:mailing_id>/parts/<int:part_id>/drop")
@needs(May.WRITE)
def drop_part(mailing_id: int, part_id: int) -> ResponseReturnValue:
    pressed()
    mailing = db.get_or_404(Mailing, mailing_id)
    part = next((one for one in mailing.parts if one.id == part_id), None) or abort(404)
    services.drop(mailing, part, at=clock.now())
    db.session.commit()
    return redirect(url_for(".to_whom", mailing_id=mailing.id))


# The page


@dataclass(frozen=True)
class Line:
    """One part as pages show it: `number` are its people, or those whom it leaves out."""

    part: AudiencePart
    label: str
    address: str
    number: int | None
    problem: str = ""


def counted(mailing: Mailing) -> tuple[Count, str]:
    """The audience in numbers, as it is now or was when the mailing left; and why it cannot be counted."""
    if mailing.left_at is not None:
        return reckoning.kept(mailing), ""
    try:
        return reckoning.counted(mailing, day=clock.day(clock.now())), ""
    except CrmError as refusal:
        # Nobody, until it is mended; the page says so.
        return Count(), said(refusal)


def lines(mailing: Mailing, count: Count) -> list[Line]:
    return [_line(mailing, part, count) for part in mailing.parts]


def _line(mailing: Mailing, part: AudiencePart, count: Count) -> Line:
    label, listed = words.shown(part, language()), parts.querystring(part)
    address = url_for("people.index") + (f"?{listed}" if listed else "")
    try:
        if mailing.left_at is not None:
            return Line(part, label, address, count.parts.get(part.id, 0) if part.is_excluded else None)
        number = count.parts.get(part.id, 0) if part.is_excluded else _size(part)
        parts.check(part)
    except CrmError as refusal:
        return Line(part, part.title or label, address, None, said(refusal))
    return Line(part, label, address, number)


def _size(part: AudiencePart) -> int:
    return reckoning.size(part, day=clock.day(clock.now()))


def _page(mailing: Mailing, refusal: str = "") -> ResponseReturnValue:
    count, missing = counted(mailing)
    page = render_template(
        "mailings/to_whom.html",
        mailing=mailing,
        count=count,
        missing=missing,
        refusal=refusal,
        lines=lines(mailing, count),
        why=words.WHY,
        how=words.HOW,
        of_events=parts.OF_EVENTS,
        of_mailings=parts.OF_MAILINGS,
        form=PartForm(),
        is_open=mailing.state is MailingState.DRAFT,
        **_offered(mailing),
    )
    return page, 422 if refusal else 200


def _offered(mailing: Mailing) -> dict[str, list[tuple[int, str]]]:
    """What can be chosen, as keys and names."""
    if mailing.state is not MailingState.DRAFT:
        return {"views": [], "events": [], "bodies": [], "mailings": [], "tags": []}
    events = select(Event.id, Event.title, Event.starts_at).order_by(Event.starts_at.desc()).limit(500)
    sent = queries.departed().limit(300)
    return {
        "views": [(one.id, one.name) for one in db.session.scalars(_views())],
        "events": [
            (key, f"{title} ({clock.day(starts):%d/%m/%Y})")
            for key, title, starts in db.session.execute(events)
        ],
        "bodies": [(one.id, one.name) for one in db.session.scalars(governance.bodies())],
        "mailings": [
            (one.id, f"{one.subject} ({clock.day(one.left_at):%d/%m/%Y})")
            for one in db.session.scalars(sent)
            if one.left_at
        ],
        "tags": [(one.id, one.name) for one in db.session.scalars(directory.tags())],
    }


def _views() -> Select[Any]:
    return directory.views.open_to(current_user._get_current_object(), PEOPLE)


# Everyone who is left out


@bp.get("/<int:mailing_id>/left-out")
@needs(May.READ)
def left_out(mailing_id: int) -> ResponseReturnValue:
    """The people of the audience who are not written to, all or for one reason."""
    mailing = db.get_or_404(Mailing, mailing_id)
    fate, part = _asked(mailing)
    count, missing = counted(mailing)
    page = None
    if not missing:
        rows = reckoning.left_out(mailing, day=_today(), fate=fate, part=part)
        order = Order(by=Person.sort, key=Person.id)
        page = page_of(db.session(), rows, order, cursor=request.args.get("cursor"))
    return render_template(
        "mailings/left_out.html",
        mailing=mailing,
        page=page,
        count=count,
        missing=missing,
        fate=fate,
        part=part,
        why=words.WHY,
        called=_called(mailing),
    )


def _today() -> date:
    return clock.day(clock.now())


def _asked(mailing: Mailing) -> tuple[Fate | None, AudiencePart | None]:
    why, key = request.args.get("why", ""), key_in(request.args.get("part", ""))
    part = next((one for one in mailing.parts if one.id == key), None)
    return Fate(why) if why in list(Fate) else None, part


def _called(mailing: Mailing) -> dict[int, str]:
    return {part.id: words.shown(part, language()) for part in mailing.parts}


COLUMNS = (
    exports.Column("family_name", N_("Family name"), lambda row: row.family_name),
    exports.Column("given_name", N_("Given name"), lambda row: row.given_name),
    exports.Column("email", N_("Address"), lambda row: row.email),
)


@bp.post("/<int:mailing_id>/left-out/<any(csv, xlsx):form>")
@needs(May.EXPORT)
def left_out_file(mailing_id: int, form: str) -> ResponseReturnValue:
    """The same list as a file; that it was taken is on record before the first row leaves."""
    pressed()
    mailing = db.get_or_404(Mailing, mailing_id)
    fate, part = _asked(mailing)
    rows = reckoning.left_out(mailing, day=_today(), fate=fate, part=part)
    number = db.session.scalar(select(func.count()).select_from(rows.order_by(None).subquery())) or 0
    exports.log(
        what=f"mailings:{mailing.id}/left-out",
        chosen=request.query_string.decode()[:200],
        format=form,
        rows=number,
        by=current_user.email,
        at=clock.now(),
    )
    called, title = _called(mailing), _("Left out")
    columns = [
        *COLUMNS,
        exports.Column("why", N_("Reason"), lambda row: say(words.WHY[Fate(row.fate)])),
        exports.Column("detail", N_("In detail"), lambda row: _detail(row, called)),
    ]
    labels = [say(column.label) for column in columns]
    name = f"{_today().isoformat()}-{mailing.id}-left-out.{form}"
    db.session.commit()
    # What follows only reads: a long file must not keep others from writing.
    reads_only(True)
    read = _streamed(rows.order_by(Person.sort, Person.id))
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    if form == exports.XLSX:
        book = exports.xlsx_file(columns, labels, read, title=title, author=current_user.name)
        return Response(lists.read_file(book), mimetype=exports.MEDIA_TYPES[form], headers=headers)
    chunks = stream_with_context(exports.csv_chunks(columns, labels, read))
    return Response(chunks, mimetype=exports.MEDIA_TYPES[form], headers=headers)


def _streamed(rows: Select[Any]) -> Iterator[Any]:
    yield from db.session.execute(rows.execution_options(yield_per=500))


def _detail(row: Any, called: dict[int, str]) -> str:
    """Which part leaves them out, or who reads the message instead."""
    if row.instead_id is not None:
        return f"{row.instead_given} {row.instead_family}".strip()
    return called.get(row.part_id or 0, "")

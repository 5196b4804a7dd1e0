"""What readers of a kit declare: each a POST that can be undone, and nothing that a GET could do."""

from urllib.parse import urlencode

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm import clock
from crm.db import db
from crm.errors import CrmError
from crm.kits.acting import finding, services, words
from crm.kits.acting.finding import Visit
from crm.kits.acting.models import ActKind, KitReader, Reply
from crm.kits.models import Kit
from crm.kits.parliament import seats
from crm.kits.parliament.models import Parliamentarian
from crm.kits.views.public import bp, found
from crm.text import clean
from crm.web import networks
from crm.web.access import public
from crm.web.forms import pressed, said
from crm.web.robots import Door

DOOR = Door("kits", most_per_network=400)
CLICKS = Door("kit-clicks", most_per_network=2_000)


@bp.post("/<slug>/wrote")
@public
def wrote(slug: str) -> ResponseReturnValue:
    """I wrote to this one."""
    kit, visit, one = _asked(slug)
    try:
        DOOR.count(network=networks.here(), at=clock.now())
        reader = _reader(kit, visit)
        services.wrote(kit, reader, one, at=clock.now())
        if seats.is_one(request.form.get("constituency")):
            services.keep_place(reader, request.form["constituency"])
    except CrmError as refusal:
        return _refused(slug, visit, refusal)
    if visit.person is not None and reader.person_id is None:
        # The person's own row keeps but the day: no reminder comes after the act.
        own = services.reader_of(kit, visit.person, at=clock.now())
        own.acted_at = own.acted_at or clock.now()
    db.session.commit()
    flash(_("Thank you: your letter to %(name)s is counted. You can take it back below.", name=one.name))
    return redirect(_home(slug, visit, reader, one))


@bp.post("/<slug>/replied")
@public
def replied(slug: str) -> ResponseReturnValue:
    """An answer came from this one, or none did."""
    kit, visit, one = _asked(slug)
    reply = request.form.get("reply", "")
    if visit.reader is None or reply not in list(Reply):
        abort(400)
    try:
        DOOR.count(network=networks.here(), at=clock.now())
        services.replied(
            kit, visit.reader, one, Reply(reply), words=clean(request.form.get("words")), at=clock.now()
        )
    except CrmError as refusal:
        return _refused(slug, visit, refusal)
    db.session.commit()
    flash(_("Thank you: what %(name)s answered is noted.", name=one.name))
    return redirect(_home(slug, visit, visit.reader, one))


@bp.post("/<slug>/undo")
@public
def undo(slug: str) -> ResponseReturnValue:
    """Take back what was declared about this one."""
    _kit, visit, one = _asked(slug)
    kind = request.form.get("kind", "")
    if visit.reader is None or kind not in (ActKind.WROTE, ActKind.REPLIED):
        abort(400)
    services.undo(visit.reader, one, ActKind(kind), at=clock.now())
    db.session.commit()
    flash(_("It is taken back."))
    return redirect(_home(slug, visit, visit.reader, one))


@bp.post("/<slug>/not-me")
@public
def not_me(slug: str) -> ResponseReturnValue:
    """The link was forwarded: what follows is counted under nobody."""
    pressed()
    found(slug)
    flash(_("Then nothing you do here is tied to that name."))
    return redirect(url_for(".show", slug=slug))


@bp.post("/<slug>/seen")
@public
def seen(slug: str) -> ResponseReturnValue:
    """The browser tells that the page was opened, or by which button a letter was: approximate, by script."""
    pressed()
    kit = found(slug)
    visit = _visit(kit)
    channel = request.form.get("channel", "")
    if channel:
        one = db.session.get(Parliamentarian, _key()) or abort(404)
        if channel not in words.CHANNELS:
            abort(400)
        CLICKS.count(network=networks.here(), at=clock.now())
        services.clicked(kit, one, channel)
    elif visit.person is not None:
        services.opened(services.reader_of(kit, visit.person, at=clock.now()), at=clock.now())
    db.session.commit()
    return "", 204


def _asked(slug: str) -> tuple[Kit, Visit, Parliamentarian]:
    pressed()
    kit = found(slug)
    return kit, _visit(kit), db.session.get(Parliamentarian, _key()) or abort(404)


def _key() -> int:
    given = request.form.get("parliamentarian", "")
    return int(given) if given.isdecimal() and len(given) < 10 else abort(400)


def _visit(kit: Kit) -> Visit:
    token = request.form.get("token", "")
    return finding.visit(kit, token) if token else Visit()


def _reader(kit: Kit, visit: Visit) -> KitReader:
    """Whose act it is: the person's own only with a word that says so."""
    keeps_name = request.form.get("keeps_name") == "yes"
    if visit.person is not None and keeps_name:
        reader = services.reader_of(kit, visit.person, at=clock.now())
        reader.keeps_name, reader.organisation = True, visit.organisation
        return reader
    if visit.reader is not None and (visit.person is None or visit.reader.keeps_name):
        return visit.reader
    return services.reader_of(kit, None, at=clock.now())


def _home(slug: str, visit: Visit, reader: KitReader, one: Parliamentarian) -> str:
    """Back to where the act can be undone: under the reader's own token."""
    token = visit.token if reader.person_id is not None else reader.token
    where = urlencode(finding.asked(request.form).where)
    address = url_for(".mine", slug=slug, token=token)
    return f"{address}?{where}#p{one.id}" if where else f"{address}#p{one.id}"


def _refused(slug: str, visit: Visit, refusal: CrmError) -> ResponseReturnValue:
    db.session.rollback()
    flash(said(refusal), "warning")
    address = url_for(".mine", slug=slug, token=visit.token) if visit.token else url_for(".show", slug=slug)
    return redirect(address)

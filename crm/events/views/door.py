"""The door on the day: a page for phones, for accounts that may mark attendance and, by a link of the day,
for helpers who have none and see nothing else.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from crm import clock, history
from crm.db import db, reads_only
from crm.errors import CrmError
from crm.events.assemblies import queries as assemblies
from crm.events.assemblies.words import sentence
from crm.events.checkin import queries, services, words
from crm.events.checkin.forms import HelperForm, NoteForm, WalkInForm
from crm.events.checkin.models import Act, Door, Outcome
from crm.events.checkin.services import Answered, Asked
from crm.events.models import Event, Mode
from crm.events.services.visitors import Visitor
from crm.events.views.agenda import bp, found, one_of
from crm.text import N_
from crm.web import i18n, security
from crm.web.access import needs, public
from crm.web.errors import page as error_page
from crm.web.forms import said
from crm.web.rights import May

door_bp = Blueprint("door", __name__)
LATE_NOTES = timedelta(hours=24)  # what a phone noted while the door was open may come this long after


class NotTheDay(CrmError):
    text = N_("This link opens on %(day)s, and is good for that day alone.")
    status = 403


class DayOver(CrmError):
    text = N_("This door closed at %(hour)s: what was noted until then is sent within a day.")
    status = 410


class TakenBack(CrmError):
    text = N_("This link was taken back: it opens nothing any more.")
    status = 410


Shut = NotTheDay | DayOver | TakenBack


@dataclass(frozen=True)
class Post:
    """Where somebody stands: the event, who notes, and the door of those who have no account."""

    event: Event
    by: str
    door: Door | None = None

    def address(self, of: str) -> str:
        """Of the page (`show`), of what it asks again and again (`state`), of where it sends (`note`)."""
        if self.door is not None:
            return url_for(f"door.{of}", token=self.door.token)
        return url_for(f"events.door_{of}", event_id=self.event.id)


# Accounts


@bp.get("/<int:event_id>/check-in")
@needs(May.WRITE)
def door_show(event_id: int) -> ResponseReturnValue:
    return _page(_own_post(event_id))


@bp.get("/<int:event_id>/check-in/state")
@needs(May.WRITE)
def door_state(event_id: int) -> ResponseReturnValue:
    return _state(_own_post(event_id))


@bp.post("/<int:event_id>/check-in")
@needs(May.WRITE)
def door_note(event_id: int) -> ResponseReturnValue:
    return _note(_own_post(event_id))


def _own_post(event_id: int) -> Post:
    return Post(found(event_id), current_user.email)


# Helpers


@door_bp.get("/c/worker.js")
@public
def worker() -> ResponseReturnValue:
    """The script that keeps such a page on its phone for the day; its address bounds what it sees."""
    script = Path(str(current_app.static_folder)) / "js" / "door-worker.js"
    response = Response(script.read_text("utf-8"), mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


@door_bp.get("/c/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    door = _door(token)
    if refusal := _closed(door, clock.now()):
        return _closed_page(door, refusal)
    if not session.get("helper") or request.args.get("helper") == "change":
        return render_template("events/door_name.html", door=door, form=HelperForm())
    security.allow_worker()
    response = make_response(_page(_post(door)))
    # By it the worker knows the page, and until when it may be kept.
    response.headers["Door-Closes"] = str(_milliseconds(queries.hours(door)[1]))
    return response


@door_bp.post("/c/<token>/name")
@public
def name(token: str) -> ResponseReturnValue:
    door = _door(token)
    if refusal := _closed(door, clock.now()):
        return _closed_page(door, refusal)
    form = HelperForm(request.form)
    if form.accepted():
        session["helper"] = form.helper.data
        db.session.commit()
        return redirect(url_for(".show", token=token))
    return render_template("events/door_name.html", door=door, form=form), form.status


@door_bp.get("/c/<token>/state")
@public
def state(token: str) -> ResponseReturnValue:
    door = _door(token)
    if refusal := _closed(door, clock.now()):
        return jsonify(error=said(refusal)), refusal.status
    if not session.get("helper"):
        abort(403)
    return _state(_post(door))


@door_bp.post("/c/<token>")
@public
def note(token: str) -> ResponseReturnValue:
    door = _door(token)
    history.act_as(db.session(), f"door:{door.id}")
    return _note(_post(door))


def _door(token: str) -> Door:
    return queries.door(token) or abort(404)


def _post(door: Door) -> Post:
    helper = str(session.get("helper") or "")
    return Post(door.event, f"{helper} · {door.name}" if helper else door.name, door)


def _closed(door: Door, moment: datetime) -> Shut | None:
    """Why the door is not open at that moment, or None."""
    opens, closes = queries.hours(door)
    if door.revoked_at is not None:
        return TakenBack()
    if moment < opens:
        return NotTheDay(day=i18n.day(opens, door.event.zone))
    return _over(door) if moment >= closes else None


def _over(door: Door) -> DayOver:
    return DayOver(hour=i18n.hour(queries.hours(door)[1], door.event.zone))


def _closed_page(door: Door, refusal: Shut) -> ResponseReturnValue:
    """Why the link opens nothing, and what to do; what its phone has not sent yet leaves from there."""
    opens, closes = queries.hours(door)
    page = render_template(
        "events/door_closed.html",
        door=door,
        opens=opens,
        closes=closes,
        is_early=isinstance(refusal, NotTheDay),
        is_taking=isinstance(refusal, DayOver) and _too_late(door, clock.now()) is None,
        form=NoteForm(),
    )
    return page, refusal.status


# What both do


def _page(post: Post, answered: Answered | None = None, form: WalkInForm | None = None) -> str:
    security.allow_camera()
    at = clock.now()
    day = queries.today(post.event, at)
    typed = request.args.get("q", "")[:200]
    rows = queries.found(post.event, day, typed) if typed else []
    return render_template(
        "events/door.html",
        post=post,
        event=post.event,
        door=post.door,
        form=form or WalkInForm(),
        typed=typed,
        rows=rows,
        by=words.names(row.by for row in rows),
        is_strange=bool(typed) and not rows,
        counters=queries.counters(post.event, day),
        quorum=quorum(post.event),
        answered=answered,
        said=words.SAID,
        scripted=words.for_scripts(),
        closes=_milliseconds(queries.hours(post.door)[1]) if post.door else 0,
        answered_by=words.names([answered.by]) if answered else {},
    )


def _state(post: Post) -> ResponseReturnValue:
    """Everybody, or those of whom something changed since the moment that the device was last told."""
    at = clock.now()
    day = queries.today(post.event, at)
    since = request.args.get("since", "")
    if since.isascii() and since.isdigit() and len(since) < 15:
        moment = datetime.fromtimestamp(int(since) / 1000, UTC)
        rows = queries.changed_since(post.event, day, moment)
    else:
        rows = queries.rows(post.event, day)
    names = words.names({row.by for row in rows})
    people = [
        [
            row.badge, row.given_name, row.family_name, row.organisation, row.seat,
            row.mode == Mode.ONLINE, _milliseconds(row.since), names.get(row.by, row.by),
        ]
        for row in rows
    ]  # fmt: skip
    told = {"at": _milliseconds(at), "people": people, "counters": asdict(queries.counters(post.event, day))}
    return jsonify(told | {"quorum": quorum(post.event)})


def quorum(event: Event) -> str:
    """Where the assembly stands, in a sentence; nothing for an event that is none."""
    assembly = assemblies.of(event)
    return sentence(assemblies.quorum(assembly)) if assembly is not None else ""


def _milliseconds(moment: datetime | None) -> int:
    return int(moment.timestamp() * 1000) if moment else 0


def _note(post: Post) -> ResponseReturnValue:
    """Do what a device asks, once; scripts are answered in JSON, forms with the page."""
    act = one_of(Act, request.form.get("act"))
    form = WalkInForm(request.form) if act == Act.WALK_IN else NoteForm(request.form)
    # Not `accepted()`: the nonce says whether it was sent before, and the first answer is given again.
    if act is None:
        abort(400)
    at = clock.now()
    # A page without script is sent when its button is pressed: it has waited for nothing.
    waited = form.seconds_waited if _wants_json() else 0
    moment = at - timedelta(seconds=min(waited, services.LONGEST_QUEUE.total_seconds()))
    if post.door is not None and (refusal := _closed(post.door, moment) or _too_late(post.door, at)):
        if _wants_json():
            return jsonify(error=said(refusal)), refusal.status
        return _closed_page(post.door, refusal)
    if not form.validate():
        return abort(400) if form["csrf_token"].errors else _refused(post, form, "")
    asked = Asked(act, form.key, post.by, moment, post.door)
    try:
        answered = _done(post.event, form, asked, at)
    except CrmError as refusal:
        form.refuse(refusal)
        status = 429 if isinstance(refusal, services.TooMany) else 422
        return _refused(post, form, said(refusal), status)
    db.session.commit()
    # What is left only reads: it waits for no other door, and keeps none waiting.
    reads_only(True)
    if _wants_json():
        return jsonify(_told(post, answered, at))
    return _page(post, answered)


def _too_late(door: Door, at: datetime) -> Shut | None:
    return _over(door) if at >= queries.hours(door)[1] + LATE_NOTES else None


def _done(event: Event, form: NoteForm, asked: Asked, at: datetime) -> Answered:
    if isinstance(form, WalkInForm):
        visitor = Visitor(
            given_name=form.given_name.data or "",
            family_name=form.family_name.data or "",
            email=form.email.data or "",
            organisation=form.organisation.data or "",
        )
        return services.walk_in(event, visitor, asked, mode=Mode.ONSITE, at=at)
    badge = queries.badge_in(str(form.badge.data or ""))
    return services.note(event, badge, asked, at=at) if badge else Answered(Outcome.UNKNOWN)


def _wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _refused(post: Post, form: NoteForm, sentence: str, status: int = 422) -> ResponseReturnValue:
    if _wants_json():
        wrong = sentence or next(iter(form.errors.values()), [""])[0]
        return jsonify(error=_(wrong) if wrong else ""), status
    if isinstance(form, WalkInForm):
        return _page(post, form=form), status
    return error_page(status, sentence)


def _told(post: Post, answered: Answered, at: datetime) -> dict[str, Any]:
    one = answered.registration
    told: dict[str, Any] = {"outcome": answered.outcome}
    if one is not None:
        told |= {
            "badge": one.badge,
            "given": one.given_name,
            "family": one.family_name,
            "organisation": one.organisation_name,
            "seat": one.seat,
            "online": one.mode == Mode.ONLINE,
            "since": _milliseconds(answered.since),
            "by": words.names([answered.by]).get(answered.by, answered.by),
        }
    told["counters"] = asdict(queries.counters(post.event, queries.today(post.event, at)))
    return told

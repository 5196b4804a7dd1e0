"""The pages for anyone: an event, the answer to an invitation, one's own registration, the agenda.

They need neither an account nor JavaScript, name people and events by tokens and slugs only, and
say the same to everyone whether or not an address is known.
"""

import hashlib
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from sqlalchemy import or_

from crm import clock, jobs
from crm.db import db
from crm.directory import queries as directory
from crm.errors import CrmError
from crm.events import ical, messages, words
from crm.events.forms import AnswerForm
from crm.events.models import Answer, Event, EventState, Format, Mode, Registration, Seat, Visibility
from crm.events.queries import agenda as events
from crm.events.queries import attendance, audience
from crm.events.questions import answering
from crm.events.services import inviting, seats
from crm.events.services.visitors import OFFICIAL
from crm.settings import queries as settings
from crm.territories import queries as territories
from crm.text import N_
from crm.web import i18n, links, networks
from crm.web.access import public
from crm.web.errors import page as error_page
from crm.web.forms import leads_to, said
from crm.web.robots import Crowded, Window

bp = Blueprint("agenda", __name__)
PROPOSALS = Window("organisations", most_per_network=1_200)  # a proposal is asked for at each pause in typing
FEED_AGE = 300  # seconds a reader may keep the feed before asking again


@bp.context_processor
def _words() -> dict[str, Any]:
    return {"words": words}


def spoken() -> str:
    """The language of the page."""
    return str(get_locale() or "fr")


def full_sides(event: Event) -> list[Mode]:
    """Of an event that is on site and online: where a stranger would wait."""
    return [mode for mode in Mode if not seats.has_room(event, mode)] if event.format == Format.HYBRID else []


def public_event(slug: str) -> Event:
    """The event of that slug when strangers may know of it; 404 else, also for drafts."""
    event = events.by_slug(slug)
    if event is None or event.state == EventState.DRAFT:
        abort(404)
    return event


def _mode(form: Any) -> Mode | None:
    return Mode(form.mode.data) if "mode" in form and form.mode.data else None


def authority(code: str | None) -> str:
    """The proposal `commune:49007` as the directory takes it; strangers name no other key."""
    if not code or code.partition(":")[0] not in OFFICIAL:
        return ""
    territory = directory.territory_named(code)
    return f"territory:{territory.id}" if territory is not None else ""


@bp.get("/e/<slug>/organisations")
@public
def organisations(slug: str) -> ResponseReturnValue:
    """What the organisation field proposes: names of the directory, and official authorities."""
    public_event(slug)
    try:
        PROPOSALS.count(network=networks.here(), at=clock.now())
    except Crowded:
        return jsonify([]), 429
    typed = request.args.get("q", "")[:100].strip()
    if len(typed) < 3:
        return jsonify([])
    known = [
        {"value": "", "label": found.name, "detail": found.city}
        for found in directory.suggest_organisations(typed, limit=5)
    ]
    names = {entry["label"] for entry in known}
    official = [
        {
            "value": f"{found.territory.kind}:{found.territory.code}",
            "label": found.territory.name,
            "detail": found.department or found.region or "",
        }
        for kind in OFFICIAL
        for found in territories.suggest(typed, kind=kind, limit=4)
    ]
    return jsonify([*known, *(entry for entry in official if entry["label"] not in names)])


@bp.get("/e/<slug>.ics")
@public
def download(slug: str) -> ResponseReturnValue:
    event = public_event(slug)
    if event.visibility == Visibility.INVITATION:
        abort(404)
    return calendar(event, ical.publish(messages.entry(event, spoken(), is_public=True)))


def calendar(event: Event, content: bytes) -> Response:
    name = f"{event.starts_wall:%Y-%m-%d}-{event.slug}.ics"
    answer = Response(content, content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@bp.route("/i/<token>", methods=["GET", "POST"])
@public
def invitation(token: str) -> ResponseReturnValue:
    invitation = audience.by_token(token)
    if invitation is None:
        return error_page(404, said(links.BadLink()))
    speak(invitation.language)
    if invitation.person.erased_at is not None:
        abort(410)
    event, at = invitation.event, clock.now()
    form = AnswerForm(request.form, is_hybrid=event.format == Format.HYBRID)
    if form.accepted():
        try:
            given = Answer(form.answer.data) if form.answer.data in ("accepted", "declined") else None
            if given is None:
                raise NoAnswer
            inviting.answer(invitation, given, mode=_mode(form), at=at)
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            answered = leads_to(url_for(".invitation", token=token, answered="1"))
            db.session.commit()
            jobs.wake()
            return redirect(answered)
    registration = seats.of_person(event, invitation.person)
    if registration is not None and request.method == "GET" and "mode" in form:
        form.mode.data = registration.mode.value
    return (
        render_template(
            "events/invitation.html",
            invitation=invitation,
            event=event,
            registration=registration,
            place=place(registration),
            missing=missing(registration),
            full_sides=full_sides(event),
            form=form,
            can_answer=event.starts_at > at
            and event.state not in (EventState.CANCELLED, EventState.POSTPONED, EventState.HELD),
            is_full=not seats.has_room(event),
        ),
        form.status,
    )


class NoAnswer(CrmError):
    text = N_("Choose one of the two answers.")


def missing(registration: Registration | None) -> int:
    """How many questions wait for an answer of whoever is coming."""
    if registration is None or registration.seat == Seat.WITHDRAWN:
        return 0
    if registration.event.is_over(clock.now()) or registration.event.state == EventState.CANCELLED:
        return 0
    return len(answering.unanswered(registration))


def place(registration: Registration | None) -> int:
    """Which place in the queue it is; 0 for whoever does not wait."""
    if registration is None or registration.seat != Seat.WAITING:
        return 0
    return attendance.place_in_queue(registration)


def speak(language: str) -> None:
    """Pages behind a link speak the language of the message, until the reader chooses another."""
    if "language" not in session and "lang" not in request.args and language in i18n.LANGUAGES:
        session["language"] = language


@bp.get("/agenda")
@public
def index() -> ResponseReturnValue:
    coming = events.published(at=clock.now()).where(
        or_(Event.ends_at > clock.now(), Event.state == EventState.POSTPONED)
    )
    shown = [event for event in db.session.scalars(coming.limit(200)) if event.state != EventState.CANCELLED]
    return render_template("events/public_agenda.html", events=shown)


@bp.get("/agenda.ics")
@public
def feed() -> ResponseReturnValue:
    """The public events as a calendar to subscribe to; asked again with its ETag, nothing is rendered."""
    at = clock.now()
    association = settings.association()
    facts = (*events.freshness(at=at), association.name, current_app.config["BASE_URL"], ical.PRODID)
    tag = hashlib.sha256(repr(facts).encode()).hexdigest()[:32]
    answer = Response(content_type="text/calendar; charset=utf-8")
    answer.set_etag(tag)
    answer.cache_control.public = True
    answer.cache_control.max_age = FEED_AGE
    if tag in request.if_none_match:
        answer.status_code = 304
        return answer
    answer.set_data(_rendered(tag, association.name, at))
    return answer


def _rendered(tag: str, name: str, at: Any) -> bytes:
    """The feed of that tag; the last one made in this process is kept."""
    kept: tuple[str, bytes] = current_app.extensions.get("events.feed", ("", b""))
    if kept[0] != tag:
        shown = db.session.scalars(events.published(at=at))
        entries = (messages.entry(e, e.language, is_public=True, house=name) for e in shown)
        content = ical.feed(name, entries)
        kept = current_app.extensions["events.feed"] = (tag, content)
    return kept[1]

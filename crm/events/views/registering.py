"""Registering: the public page of an event, and the secret links that open one to whoever has them.

It needs neither account nor JavaScript, and keeps all that was typed when something is refused.
"""

from datetime import datetime

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock, jobs
from crm.db import db
from crm.errors import CrmError
from crm.events import robots
from crm.events.admission import queries as admission_queries
from crm.events.admission import services as admission
from crm.events.admission.models import PrivateLink
from crm.events.admission.queries import Door
from crm.events.forms import ColleagueForm, RegistrationForm, registration_form
from crm.events.models import Event, EventState, Format, Mode, Registration, Seat
from crm.events.programme import queries as programme
from crm.events.questions import answering, messages
from crm.events.questions import queries as questions
from crm.events.questions.models import Asks, Question
from crm.events.resources import services as resources
from crm.events.resources.words import KINDS
from crm.events.series import queries as in_series
from crm.events.series import registering as whole
from crm.events.services import seats, visitors
from crm.events.services.visitors import Visitor
from crm.events.views.public import authority, bp, full_sides, public_event, spoken
from crm.text import N_
from crm.web import files, links, networks
from crm.web.access import public
from crm.web.errors import page as error_page
from crm.web.forms import said


class OfColleague(CrmError):
    text = N_("%(name)s: %(why)s")


@bp.route("/e/<slug>", methods=["GET", "POST"])
@public
def event(slug: str) -> ResponseReturnValue:
    found = admission_queries.at_door(slug)
    if found is None or found.event.state == EventState.DRAFT:
        abort(404)
    return _page(found)


@bp.route("/l/<token>", methods=["GET", "POST"])
@public
def private(token: str) -> ResponseReturnValue:
    link = admission.by_token(token)
    event = db.session.get(Event, link.event_id) if link is not None else None
    if link is None or event is None or event.state == EventState.DRAFT:
        return error_page(404, said(links.BadLink()))
    try:
        admission.check_link(link, event)
    except admission.LinkRevoked as revoked:
        return error_page(410, said(revoked))
    return _page(Door(event, in_series.of(event), has_questions=True), link)


def _page(door: Door, link: PrivateLink | None = None) -> ResponseReturnValue:
    event, at = door.event, clock.now()
    asked = questions.asked(event) if door.has_questions else []
    form = registration_form(event, asked)(request.form, is_hybrid=event.format == Format.HYBRID)
    refusal = _refusal(door, link, at)
    if request.method == "GET":
        form.shown.data = robots.stamp(event)
    elif refusal is not None:
        return error_page(422, said(refusal))
    elif request.form.get("more"):
        form.add_colleague()
    elif form.accepted(claims=False):
        try:
            came = _register(event, form, link, at)
        except robots.Robot:
            db.session.commit()
            return redirect(url_for(".thanks", slug=event.slug))
        except CrmError as refused:
            form.refuse(refused)
            form.status = 429 if isinstance(refused, robots.TooMany) else form.status
            if event.is_list_closed and link is None and not isinstance(refused, robots.HELD_BACK):
                robots.count_try(event, network=networks.here(), at=at)
        else:
            # Whoever was registered before reads what a newcomer would read.
            is_full = any(_reads_full(event, registration, at) for registration in came)
            several = len(came) if len(came) > 1 else None
            full = (_mode(form) or "1") if is_full else None
            thanks = form.led_to(
                url_for(".thanks", slug=event.slug, full=full, people=several),
                is_new=any(registration.asked_at == at for registration in came),
            )
            db.session.commit()
            jobs.wake()
            return redirect(thanks)
    return (
        render_template(
            "events/public_event.html",
            event=event,
            form=form,
            link=link,
            now=at,
            questions=asked,
            messages=messages,
            series=door.series,
            programme=programme.public_parts(event),
            resources=resources.shown(event, to_registered=False, at=at),
            resource_kinds=KINDS,
            refusal=said(refusal) if refusal else None,
            is_full=not seats.has_room(event),
            full_sides=full_sides(event),
        ),
        form.status,
    )


def _refusal(door: Door, link: PrivateLink | None, at: datetime) -> CrmError | None:
    """Why nobody can register here now, or None."""
    try:
        seats.check_open(door.event, at)
        admission.check_door(door.event, link=link, at=at)
        if link is None:
            whole.check(door.series)
    except CrmError as refusal:
        return refusal
    return None


def _reads_full(event: Event, registration: Registration, at: datetime) -> bool:
    if event.needs_approval:
        # A newcomer asks, whatever there is: the answer says the rest.
        return False
    is_new = registration.asked_at == at
    return registration.seat == Seat.WAITING if is_new else not seats.has_room(event, registration.mode)


def _register(
    event: Event, form: RegistrationForm, link: PrivateLink | None, at: datetime
) -> list[Registration]:
    """Register whoever filled the form in, and those whom they brought; all of them, or nobody."""
    others = form.colleagues()
    emails = [line.email.data or "" for line in others]
    network = networks.here()
    robots.check(event, form, others=emails, network=network, at=at)
    if event.is_list_closed and link is None:
        robots.check_tries(event, network=network, at=at)
        # All of them before anything else, so that no other refusal tells who is on the list.
        admission.check_listed(event, [form.email.data or "", *emails])
    if emails:
        visitors.make_way_for([form.email.data or "", *emails], at=at)
    kept: dict[Question, files.Stored] = {}
    try:
        for question, upload in form.uploads().items():
            kept[question] = files.keep(upload)
        one = seats.ask(event, _visitor(form), mode=_mode(form), language=spoken(), link=link, at=at)
        if one.asked_at == at:
            _answer(one, {**form.answers, **kept}, at)
        else:
            # A stranger who knows name and address changes nothing of what is there.
            files.discard(*(file.stored_as for file in kept.values()))
        return [one, *(_bring(event, form, line, link, at) for line in others)]
    except (CrmError, OSError):
        files.discard(*(file.stored_as for file in kept.values()))
        raise


def _bring(
    event: Event, form: RegistrationForm, line: ColleagueForm, link: PrivateLink | None, at: datetime
) -> Registration:
    try:
        registration = seats.ask(
            event, _visitor(form, line), mode=_mode(line), language=spoken(), link=link, at=at
        )
    except CrmError as refusal:
        name = f"{line.given_name.data} {line.family_name.data}"
        raise OfColleague(name=name, why=said(refusal)) from None
    if registration.asked_at == at:
        _answer(registration, line.answers, at)
    return registration


def _answer(registration: Registration, answers: dict[Question, answering.Said | None], at: datetime) -> None:
    answering.give(registration, answers, language=spoken(), by="public", at=at)


def _mode(form: RegistrationForm | ColleagueForm) -> Mode | None:
    return Mode(form.mode.data) if "mode" in form and form.mode.data else None


def _visitor(form: RegistrationForm, line: ColleagueForm | None = None) -> Visitor:
    who = form if line is None else line
    return Visitor(
        given_name=who.given_name.data or "",
        family_name=who.family_name.data or "",
        email=who.email.data or "",
        organisation=form.organisation.data or "",
        chosen=authority(form.organisation_key.data),
    )


@bp.get("/e/<slug>/thanks")
@public
def thanks(slug: str) -> ResponseReturnValue:
    event = public_event(slug)
    people = request.args.get("people", "")
    return render_template(
        "events/thanks.html",
        event=event,
        was_full="full" in request.args,
        side=request.args.get("full", ""),
        people=int(people) if people.isdecimal() and len(people) < 3 else 1,
        has_consents=any(question.kind in (Asks.CONSENT, Asks.FILE) for question in questions.asked(event)),
    )

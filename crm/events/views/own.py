"""One's own registration, behind the link that was mailed: seen by GET, acted on by POST, without script."""

from collections.abc import Callable
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from crm import clock, jobs
from crm.db import db
from crm.errors import CrmError
from crm.events import ical, messages, words
from crm.events.models import Approval, Event, EventState, Format, Mode, Registration, Seat
from crm.events.own import erasing, holdings, queries, services
from crm.events.own.forms import ModeForm
from crm.events.places import services as places
from crm.events.queries import attendance
from crm.events.questions import queries as questions
from crm.events.services import seats
from crm.events.views.certificates import own_papers
from crm.events.views.public import bp, calendar, full_sides, missing, place, speak, spoken
from crm.mail import services as outbox
from crm.web import links
from crm.web.access import public
from crm.web.errors import page as error_page
from crm.web.forms import ActForm, PageForm, said
from crm.web.i18n import moment


def _found(token: str) -> Registration | None:
    registration = attendance.by_token(token)
    if registration is not None:
        speak(registration.language)
    return registration


def _unknown() -> ResponseReturnValue:
    return error_page(404, said(links.BadLink()))


@bp.get("/r/<token>")
@public
def registration(token: str) -> ResponseReturnValue:
    registration = _found(token)
    return _unknown() if registration is None else _page(registration)


def _page(
    registration: Registration, *, form: PageForm | None = None, mode: ModeForm | None = None
) -> ResponseReturnValue:
    event, at = registration.event, clock.now()
    form = form or ActForm()
    mode = mode or ModeForm(data={"mode": registration.mode.value})
    can_change = _can_change(registration, at)
    page = render_template(
        "events/registration.html",
        registration=registration,
        event=event,
        place=place(registration),
        is_late=registration.offer_ends_at is not None and registration.offer_ends_at <= at,
        can_withdraw=can_change
        and registration.seat != Seat.OFFERED
        and (registration.seat != Seat.CONFIRMED or seats.withdraw_until(event) > at),
        withdraw_until=_shown_deadline(event),
        somebody_waits=queries.somebody_waits(registration),
        can_change_mode=can_change
        and registration.seat != Seat.OFFERED
        and event.format == Format.HYBRID
        and not services.has_begun(event, at),
        can_return=_can_return(registration, at),
        full_sides=[side for side in full_sides(event) if side != registration.mode],
        pages=holdings.pages(registration),
        **own_papers(registration),
        asks=bool(questions.asked(event)) and registration.seat != Seat.WITHDRAWN,
        missing=missing(registration),
        is_over=event.is_over(at),
        form=form,
        mode_form=mode,
    )
    return page, max(form.status, mode.status)


def _shown_deadline(event: Event) -> datetime | None:
    has_one = event.withdraw_hours is not None and event.state != EventState.POSTPONED
    return seats.withdraw_until(event) if has_one else None


def _can_change(registration: Registration, at: datetime) -> bool:
    event = registration.event
    over = event.is_over(at) or event.state == EventState.CANCELLED
    return registration.seat != Seat.WITHDRAWN and not over and registration.erased_at is None


def _can_return(registration: Registration, at: datetime) -> bool:
    """Whether somebody who withdrew, or let an offer pass, may ask for a place again from here."""
    gone = registration.seat == Seat.WITHDRAWN and registration.person is not None
    if not gone or registration.erasure_asked_at or registration.approval == Approval.REFUSED:
        return False
    try:
        seats.check_open(registration.event, at)
    except CrmError:
        return False
    return True


def _act(
    token: str, act: Callable[[Registration, datetime], object], form: ModeForm | None = None
) -> ResponseReturnValue:
    """Do what a button of the page asks, and show the page again; a refusal is said on it.

    The `form` is that of how one takes part; the others are of their button alone.
    """
    registration = _found(token)
    if registration is None:
        return _unknown()
    sent: PageForm = form or ActForm(request.form)
    if sent.accepted():
        try:
            act(registration, clock.now())
            if registration.address is not None:
                outbox.touched(registration.address, at=clock.now())
        except CrmError as refusal:
            sent.refuse(refusal)
        else:
            db.session.commit()
            jobs.wake()
            return redirect(url_for(".registration", token=token))
    return _page(registration, mode=form) if form else _page(registration, form=sent)


@bp.post("/r/<token>/withdraw")
@public
def withdraw(token: str) -> ResponseReturnValue:
    return _act(token, lambda own, at: seats.withdraw(own, by="public", at=at))


@bp.post("/r/<token>/offer")
@public
def answer_offer(token: str) -> ResponseReturnValue:
    """Take the place that is offered, or leave it to somebody else."""
    return _act(token, _decline if request.form.get("answer") == "declined" else _accept)


def _accept(registration: Registration, at: datetime) -> None:
    if places.accept(registration, at=at):
        flash(_("The place is yours; a message with the entry for your calendar is on its way."))


def _decline(registration: Registration, at: datetime) -> None:
    if registration.seat == Seat.OFFERED:
        seats.withdraw(registration, by="public", at=at)


@bp.post("/r/<token>/again")
@public
def come_back(token: str) -> ResponseReturnValue:
    return _act(token, lambda own, at: services.come_back(own, at=at))


@bp.post("/r/<token>/mode")
@public
def change_mode(token: str) -> ResponseReturnValue:
    form = ModeForm(request.form)
    return _act(token, lambda own, at: services.change_mode(own, Mode(form.mode.data), at=at), form)


@bp.get("/r/<token>.ics")
@public
def own_entry(token: str) -> ResponseReturnValue:
    registration = _found(token)
    if registration is None or registration.seat != Seat.CONFIRMED:
        return _unknown()
    event = registration.event
    entry = messages.entry(event, registration.language, mode=registration.mode)
    return calendar(event, ical.publish(entry))


@bp.get("/r/<token>/data")
@public
def own_data(token: str) -> ResponseReturnValue:
    """All that is kept about this registration, and the way to have it erased."""
    registration = _found(token)
    return _unknown() if registration is None else _data(registration, ActForm())


def _data(registration: Registration, form: PageForm) -> ResponseReturnValue:
    event = registration.event
    asked_at = registration.erasure_asked_at
    page = render_template(
        "events/own_data.html",
        registration=registration,
        event=event,
        kept=_kept(registration, event),
        written=queries.messages(registration),
        kinds=words.MESSAGES,
        erased_on=asked_at + erasing.AFTER if asked_at else None,
        gives_seat_back=registration.seat != Seat.WITHDRAWN and _can_change(registration, clock.now()),
        days=erasing.AFTER.days,
        form=form,
    )
    return page, form.status


def _kept(registration: Registration, event: Event) -> list[tuple[str, str]]:
    facts = [
        (_("Given name"), registration.given_name),
        (_("Family name"), registration.family_name),
        (_("E-mail address"), registration.address.email if registration.address else ""),
        (_("Organisation"), registration.organisation_name),
        (_("Function"), registration.function),
        (_("Takes part"), _(words.MODES[registration.mode])),
        (_("Seat"), _(words.SEATS[registration.seat])),
        (_("Registered on"), moment(registration.asked_at, event.zone)),
        (_("Withdrawn on"), moment(registration.withdrawn_at, event.zone)),
        (_("Attendance"), _(words.ATTENDANCE[registration.attendance])),
        (_("Language of our messages"), _("English") if registration.language == "en" else _("French")),
    ]
    return [*((label, value) for label, value in facts if value), *holdings.told(registration, spoken())]


@bp.post("/r/<token>/erase")
@public
def erase(token: str) -> ResponseReturnValue:
    """Ask that all of it be erased; it is, some days later."""
    return _about_data(token, lambda own: erasing.ask(own, at=clock.now()))


@bp.post("/r/<token>/keep")
@public
def keep(token: str) -> ResponseReturnValue:
    """Take the wish to have it erased back."""
    return _about_data(token, erasing.keep)


def _about_data(token: str, act: Callable[[Registration], object]) -> ResponseReturnValue:
    registration = _found(token)
    if registration is None:
        return _unknown()
    form = ActForm(request.form)
    if form.accepted():
        try:
            act(registration)
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            jobs.wake()
            return redirect(url_for(".own_data", token=token))
    return _data(registration, form)

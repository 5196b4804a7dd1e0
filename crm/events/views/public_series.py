"""A series for anyone: its dates, its calendar, one registration for all of it."""

import hashlib

from flask import Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import clock, jobs
from crm.db import db
from crm.errors import CrmError
from crm.events import ical, messages, robots
from crm.events.forms import RegistrationForm
from crm.events.models import Format, Mode, Seat, Visibility
from crm.events.series import messages as letters
from crm.events.series import queries, registering
from crm.events.series.models import Series
from crm.events.services.visitors import Visitor
from crm.events.views.public import FEED_AGE, authority, bp, speak, spoken
from crm.web import links, networks
from crm.web.access import public
from crm.web.errors import page as error_page
from crm.web.forms import ActForm, said


def _public_series(slug: str) -> Series:
    """The series of that slug when strangers may see an event of it; 404 else."""
    found = queries.by_slug(slug)
    if found is None or db.session.scalar(queries.shown(found).limit(1)) is None:
        abort(404)
    return found


@bp.route("/s/<slug>", methods=["GET", "POST"])
@public
def series(slug: str) -> ResponseReturnValue:
    shown, at = _public_series(slug), clock.now()
    opened = queries.open_ones(shown, at=at) if shown.is_joint else []
    is_closed, network = any(one.is_list_closed for one in opened), networks.here()
    form = RegistrationForm(request.form, is_hybrid=any(one.format is Format.HYBRID for one in opened))
    if request.method == "GET":
        form.shown.data = robots.stamp(shown)
    elif not opened:
        refusal = registering.NothingOpen if shown.is_joint else registering.NotJoint
        return error_page(422, said(refusal(series=shown.title)))
    elif form.accepted(claims=False):
        try:
            robots.check(shown, form, network=network, at=at)
            if is_closed:
                robots.check_tries(shown, network=network, at=at)
            came = registering.register(shown, _visitor(form), mode=_mode(form), language=spoken(), at=at)
        except robots.Robot:
            db.session.commit()
            return redirect(url_for(".series_thanks", slug=slug))
        except CrmError as refused:
            form.refuse(refused)
            form.status = 429 if isinstance(refused, robots.TooMany) else form.status
            if is_closed and not isinstance(refused, robots.HELD_BACK):
                robots.count_try(shown, network=network, at=at)
        else:
            thanks = form.led_to(url_for(".series_thanks", slug=slug), is_new=came.asked_at == at)
            db.session.commit()
            jobs.wake()
            return redirect(thanks)
    events = list(db.session.scalars(queries.shown(shown).limit(600)))
    coming = [one for one in events if not one.is_over(at)]
    return (
        render_template(
            "events/series/public.html",
            series=shown,
            coming=coming,
            past=[one for one in reversed(events) if one not in coming][:50],
            is_public=all(one.visibility is Visibility.PUBLIC for one in events),
            opened=len(opened),
            is_mixed=len({one.format for one in opened}) > 1,
            form=form if opened else None,
        ),
        form.status,
    )


def _mode(form: RegistrationForm) -> Mode | None:
    return Mode(form.mode.data) if "mode" in form and form.mode.data else None


def _visitor(form: RegistrationForm) -> Visitor:
    return Visitor(
        given_name=form.given_name.data or "",
        family_name=form.family_name.data or "",
        email=form.email.data or "",
        organisation=form.organisation.data or "",
        chosen=authority(form.organisation_key.data),
    )


@bp.get("/s/<slug>/thanks")
@public
def series_thanks(slug: str) -> ResponseReturnValue:
    return render_template("events/series/thanks.html", series=_public_series(slug))


@bp.get("/s/<slug>.ics")
@public
def series_feed(slug: str) -> ResponseReturnValue:
    """The events of the series as a calendar to subscribe to; the same ETag renders nothing."""
    shown = _public_series(slug)
    tag = hashlib.sha256(repr((*queries.freshness(shown), ical.PRODID)).encode()).hexdigest()[:32]
    answer = Response(content_type="text/calendar; charset=utf-8")
    answer.set_etag(tag)
    answer.cache_control.public = True
    answer.cache_control.max_age = FEED_AGE
    if tag in request.if_none_match:
        answer.status_code = 304
        return answer
    entries = (
        messages.entry(one, one.language, is_public=True) for one in db.session.scalars(queries.shown(shown))
    )
    answer.set_data(ical.feed(shown.title, entries))
    return answer


@bp.get("/r/series/<token>")
@public
def series_registration(token: str) -> ResponseReturnValue:
    registration = queries.registration_by_token(token)
    if registration is None:
        return error_page(404, said(links.BadLink()))
    speak(registration.language)
    if registration.person.erased_at is not None:
        abort(410)
    return render_template(
        "events/series/registration.html",
        registration=registration,
        series=registration.series,
        seats=queries.seats_of(registration),
    )


@bp.get("/r/series/<token>.ics")
@public
def series_entries(token: str) -> ResponseReturnValue:
    """The entries of the seats that the person has, to download or to subscribe to."""
    registration = queries.registration_by_token(token)
    if registration is None:
        return error_page(404, said(links.BadLink()))
    if registration.person.erased_at is not None:
        abort(410)
    kept = [seat for seat in queries.seats_of(registration) if seat.seat is Seat.CONFIRMED]
    content = letters.calendar(registration, kept, language=registration.language)
    answer = Response(content, content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{registration.series.slug}.ics"'
    return answer


@bp.post("/r/series/<token>/withdraw")
@public
def withdraw_series(token: str) -> ResponseReturnValue:
    registration = queries.registration_by_token(token)
    if registration is None:
        return error_page(404, said(links.BadLink()))
    form = ActForm(request.form)
    if form.accepted():
        registering.withdraw(registration, at=clock.now())
        db.session.commit()
        jobs.wake()
    return redirect(url_for(".series_registration", token=token))

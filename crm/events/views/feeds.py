"""Calendars of one's own: their secret addresses, and what programs read there."""

import hashlib

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_login import current_user

from crm import clock
from crm.db import db
from crm.events import ical, messages
from crm.events.feeds import queries, services
from crm.events.feeds.models import Scope
from crm.events.views import public
from crm.events.views.agenda import bp
from crm.settings import queries as settings
from crm.web import links
from crm.web.access import needs
from crm.web.access import public as open_to_anyone
from crm.web.errors import page as error_page
from crm.web.forms import pressed, said
from crm.web.rights import May, allows

SCOPES = tuple(Scope)


@bp.get("/calendars")
@needs(May.READ)
def calendars() -> ResponseReturnValue:
    """My two calendars, each with its address once I asked for it; and the public agenda."""
    return render_template("events/calendars.html", feeds=services.of(current_user), scopes=SCOPES)


@bp.post("/calendars/<any(agenda, mine):scope>/<any(give, revoke):act>")
@needs(May.READ)
def change_calendar(scope: str, act: str) -> ResponseReturnValue:
    """Make the address, make it anew when the former got about, or take it back."""
    pressed()
    if act == "revoke":
        services.revoke(current_user, Scope(scope))
        told = _("The address answers no more.")
    else:
        was_there = Scope(scope) in services.of(current_user)
        services.give(current_user, Scope(scope), at=clock.now())
        ready, anew = (
            _("Your address is ready."),
            _("Your new address works at once; the former one no more."),
        )
        told = anew if was_there else ready
    db.session.commit()
    flash(told)
    return redirect(url_for(".calendars"))


@public.bp.get("/calendar/<token>.ics")
@open_to_anyone
def subscribed(token: str) -> ResponseReturnValue:
    """A calendar of one's own, for whoever knows its address; unchanged, nothing is rendered."""
    feed = queries.by_token(token)
    if feed is None or not allows(feed.account.right, May.READ):
        return error_page(404, said(links.BadLink()))
    at, house = clock.now(), settings.association().name
    facts = (*queries.freshness(feed, at=at), feed.token, feed.account.language, house, ical.PRODID)
    tag = hashlib.sha256(repr((*facts, current_app.config["BASE_URL"])).encode()).hexdigest()[:32]
    answer = Response(content_type="text/calendar; charset=utf-8")
    answer.set_etag(tag)
    answer.cache_control.private = True
    answer.cache_control.max_age = public.FEED_AGE
    if tag in request.if_none_match:
        answer.status_code = 304
        return answer
    with force_locale(feed.account.language):
        name = house if feed.scope is Scope.AGENDA else _("%(house)s: my events", house=house)
    entries = (
        messages.entry(event, feed.account.language, house=house)
        for event in db.session.scalars(queries.entries(feed, at=at))
    )
    answer.set_data(ical.feed(name, entries, with_links=True))
    return answer

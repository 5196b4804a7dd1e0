"""Inviting an audience to an event, and following the answers."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy import Select

from crm import clock, jobs
from crm.db import db
from crm.directory import queries as directory
from crm.directory.filters import Filter
from crm.directory.models import Person
from crm.directory.views import lists
from crm.errors import CrmError
from crm.events.forms import UNASKED, InviteForm
from crm.events.models import Event, EventState, Invitation
from crm.events.queries import agenda as events
from crm.events.queries import audience
from crm.events.queries.audience import Excluded, Standing
from crm.events.replies import queries as replies
from crm.events.services import inviting, nudging, preparing
from crm.events.views.agenda import bp, chips, found, office, one_of
from crm.events.views.filters import InvitationFilters
from crm.mail import queries as outbox
from crm.territories import queries as territories
from crm.web import tables
from crm.web.access import needs
from crm.web.rights import May

NAMED = 20  # people left out whose names the page shows, for each reason


@bp.get("/<int:event_id>/invitations")
@needs(May.READ)
def invitations(event_id: int) -> ResponseReturnValue:
    event = found(event_id)
    filters = InvitationFilters(request.args)
    standing = one_of(Standing, filters.answer.data)
    page = tables.page_of(
        db.session(),  # type: ignore[arg-type]
        audience.invited(event, words=(filters.q.data or "")[:200], standing=standing),
        tables.Order(Person.sort, Invitation.id),
        cursor=request.args.get("cursor"),
    )
    came_back, uninvited = audience.numbers(event, Standing.BOUNCED, Standing.UNINVITED)
    return render_template(
        "events/invitations.html",
        event=event,
        page=page,
        filters=filters,
        chips=chips(filters),
        figures=events.figures(event),
        can_change=event.state == EventState.OPEN and event.starts_at > clock.now(),
        came_back=came_back,
        uninvited=uninvited,
        nudgeable=_nudgeable(event),
        prepared=preparing.number(event, at=clock.now()),
        said=replies.last_of(event, [row.person_id for row in page.rows]),
        waiting=replies.waiting_number(event),
        deliveries=audience.deliveries(event),
        dispatches=outbox.dispatches_about(f"events:{event.id}"),
    )


def _nudgeable(event: Event) -> int:
    """How many people can be asked again now."""
    at = clock.now()
    if event.state not in (EventState.OPEN, EventState.CLOSED) or event.starts_at <= at:
        return 0
    return nudging.counted(event, at=at).get(None, 0)


@bp.route("/<int:event_id>/invite", methods=["GET", "POST"])
@needs(May.SEND)
def invite(event_id: int) -> ResponseReturnValue:
    """Who of the chosen people will be invited, and why not the others; the button invites them."""
    event = found(event_id)
    at = clock.now()
    if request.args.get("territory_name") and not request.args.get("territory"):
        return _with_territory(request.args["territory_name"])
    filter = lists.read_filter()
    unasked = UNASKED if filter.querystring() else 0
    asking = _asking()
    form = InviteForm(request.form)
    if form.accepted():
        agreed = max(unasked, form.sure.data or 0)
        try:
            count = inviting.invite(
                event,
                _people(filter, at),
                asking=asking,
                at_most=agreed,
                by=current_user.email,
                at=at,
            )
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            jobs.wake()
            flash(
                ngettext(
                    "%(num)s person is invited; the message is on its way.",
                    "%(num)s people are invited; the messages are on their way.",
                    count,
                )
            )
            return redirect(url_for(".invitations", event_id=event_id))
    everyone = _people(filter, at)
    considered = audience.considered(event, everyone, day=clock.day(at, office()), asking=asking)
    counts = audience.counted(considered)
    names = audience.named(considered, most=NAMED) if len(counts) > 1 or None not in counts else {}
    return (
        render_template(
            "events/invite.html",
            event=event,
            form=form,
            bar_form=lists.filter_form(filter),
            chips=lists.chips(filter),
            sendable=counts.get(None, 0),
            must_confirm=counts.get(None, 0) > unasked,
            total=sum(counts.values()),
            left_out=[(why, counts[why], names[why]) for why in Excluded if counts.get(why)],
            choosable=audience.CHOOSABLE,
            asking=asking,
            own=_own(event_id, filter, asking),
            can_invite=event.state == EventState.OPEN and event.ends_at > at,
            people_url=f"{url_for('people.index')}?{filter.querystring()}",
            querystring=filter.querystring(),
        ),
        form.status,
    )


def _asking() -> tuple[Excluded, ...]:
    """The reasons that whoever invites unticked: `?ticked=1&leave=…` names those that still hold."""
    if not request.args.get("ticked"):
        return ()
    kept = request.args.getlist("leave")
    return tuple(why for why in audience.CHOOSABLE if why.value not in kept)


def _own(event_id: int, filter: Filter, asking: tuple[Excluded, ...]) -> str:
    """This page's address with its list and its ticks, for the button to come back to."""
    address = f"{url_for('.invite', event_id=event_id)}?{filter.querystring()}"
    if not asking:
        return address.rstrip("?")
    kept = [("leave", why.value) for why in audience.CHOOSABLE if why not in asking]
    return f"{address}&{urlencode([('ticked', '1'), *kept])}"


def _with_territory(typed: str) -> ResponseReturnValue:
    """The same page with the likeliest territory when one was typed and none chosen."""
    likeliest = territories.suggest(typed, limit=1)
    if not likeliest:
        flash(_("No territory is called “%(name)s”. Choose one of the proposals.", name=typed), "warning")
        return redirect(tables.here(territory_name=None))
    return redirect(tables.here(territory=likeliest[0].territory.id, territory_name=None))


def _people(filter: Filter, at: datetime) -> Select[Any]:
    return directory.people_filtered(filter.querystring(), day=clock.day(at, office()))


@bp.get("/invite")
@needs(May.SEND)
def choose() -> ResponseReturnValue:
    """Which of the open events a filtered list of people is invited to."""
    filter = lists.read_filter()
    chosen = events.Chosen(state=EventState.OPEN)
    rows = events.listed(chosen, at=clock.now(), zone=office()).order_by(Event.starts_at).limit(200)
    return render_template(
        "events/choose.html",
        events=list(db.session.scalars(rows)),
        querystring=filter.querystring(),
    )

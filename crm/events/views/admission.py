"""Who may register: hours, closed list, secret links, approval; and the requests that wait for an answer."""

from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from crm import clock, jobs
from crm.db import db
from crm.errors import Changed, CrmError
from crm.events.admission import services
from crm.events.admission.forms import AdmissionForm, LinkForm, RefusalForm
from crm.events.admission.models import PrivateLink
from crm.events.models import Event, Registration, Seat
from crm.events.queries import agenda as events
from crm.events.questions import messages
from crm.events.questions import queries as questions
from crm.events.services import approving
from crm.events.views.agenda import bp, found
from crm.web import tables
from crm.web.access import needs
from crm.web.forms import pressed
from crm.web.rights import May


@bp.route("/<int:event_id>/admission", methods=["GET", "POST"])
@needs(May.WRITE)
def admission(event_id: int) -> ResponseReturnValue:
    event = found(event_id)
    form = AdmissionForm(request.form, data=_shown(event))
    if form.accepted():
        try:
            _save(event, form)
        except CrmError as refusal:
            form.refuse(refusal)
            if isinstance(refusal, Changed):
                form.meet(_shown(found(event_id)))
        else:
            db.session.commit()
            flash(_("Saved: the public page says so."))
            return redirect(url_for(".admission", event_id=event_id))
    return _page(event_id, form, LinkForm()), form.status


def _save(event: Event, form: AdmissionForm) -> None:
    by, at = current_user.email, clock.now()
    seen = str(form.seen.data)
    services.set_up(
        event,
        opens_wall=form.opens.data,
        closes_wall=form.closes.data,
        needs_approval=form.needs_approval.data,
        is_list_closed=form.is_list_closed.data,
        takes_groups=form.takes_groups.data,
        seen=int(seen) if seen.isdecimal() else None,
        by=by,
        at=at,
    )
    lines = (form.listed.data or "").splitlines()
    if lines != services.listed(event):
        services.write_list(event, lines, by=by, at=at)


def _page(event_id: int, form: AdmissionForm, adding: LinkForm) -> str:
    event = found(event_id)
    return render_template(
        "events/admission/index.html",
        event=event,
        figures=events.figures(event),
        form=form,
        adding=adding,
        links=services.links(event),
        uses=services.uses(event),
        base_url=current_app.config["BASE_URL"],
    )


def _shown(event: Event) -> dict[str, Any]:
    return {
        "opens": event.opens_wall,
        "closes": event.closes_wall,
        "needs_approval": event.needs_approval,
        "is_list_closed": event.is_list_closed,
        "listed": "\n".join(services.listed(event)),
        "takes_groups": event.takes_groups,
        "seen": event.version,
    }


@bp.post("/<int:event_id>/links")
@needs(May.WRITE)
def open_link(event_id: int) -> ResponseReturnValue:
    event = found(event_id)
    adding = LinkForm(request.form)
    if adding.accepted():
        try:
            services.open_link(event, adding.name.data or "", by=current_user.email, at=clock.now())
        except CrmError as refusal:
            adding.refuse(refusal)
        else:
            db.session.commit()
            flash(_("The link is ready: whoever has it can register."))
            return redirect(url_for(".admission", event_id=event_id))
    return _page(event_id, AdmissionForm(data=_shown(found(event_id)), shows=True), adding), adding.status


@bp.post("/<int:event_id>/links/<int:link_id>/revoke")
@needs(May.WRITE)
def revoke_link(event_id: int, link_id: int) -> ResponseReturnValue:
    pressed()
    link = db.get_or_404(PrivateLink, link_id)
    if link.event_id != event_id:
        abort(404)
    services.revoke(link, by=current_user.email, at=clock.now())
    db.session.commit()
    flash(_("The link for “%(name)s” opens nothing any more.", name=link.name))
    return redirect(url_for(".admission", event_id=event_id))


# Requests


@bp.route("/<int:event_id>/requests", methods=["GET", "POST"])
@needs(May.WRITE)
def requests(event_id: int) -> ResponseReturnValue:
    """Who asked to come, in order of arrival; `act` says yes or no to those `chosen`."""
    event = found(event_id)
    form = RefusalForm(request.form)
    if form.accepted():
        keys = [int(key) for key in request.form.getlist("chosen") if key.isdecimal() and len(key) < 10]
        act = request.form.get("act")
        try:
            words = _decide(event, keys, str(act), form.words.data or "")
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            jobs.wake()
            flash(words)
            return redirect(url_for(".requests", event_id=event_id))
    return _requests(found(event_id), form), form.status


def _decide(event: Event, keys: list[int], act: str, words: str) -> str:
    by, at = current_user.email, clock.now()
    if act == "approve":
        seated = approving.approve(event, keys, by=by, at=at)
        waiting = sum(registration.seat == Seat.WAITING for registration in seated)
        told = ngettext("%(num)s request is accepted.", "%(num)s requests are accepted.", len(seated))
        if waiting:
            told += " " + ngettext(
                "Every seat is taken: %(num)s person waits.",
                "Every seat is taken: %(num)s people wait.",
                waiting,
            )
        return str(told)
    if act == "refuse":
        refused = approving.refuse(event, keys, words=words, by=by, at=at)
        return str(ngettext("%(num)s request is refused.", "%(num)s requests are refused.", len(refused)))
    return str(abort(400))


def _requests(event: Event, form: RefusalForm) -> str:
    page = tables.page_of(
        db.session(),  # type: ignore[arg-type]
        approving.requests(event).order_by(None).with_only_columns(Registration),
        tables.Order(Registration.asked_at, Registration.id),
        cursor=request.args.get("cursor"),
    )
    rows = [row[0] for row in page.rows]
    asked = questions.listed(event)
    return render_template(
        "events/admission/requests.html",
        event=event,
        figures=events.figures(event),
        page=page,
        rows=rows,
        form=form,
        questions=asked,
        answers=questions.answers_for([row.id for row in rows]),
        messages=messages,
    )

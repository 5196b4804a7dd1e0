"""A mailing on its way: what it needs to leave, how far it is, what becomes of each message."""

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from crm import clock, jobs
from crm.db import db
from crm.errors import CrmError
from crm.jobs import queries as workers
from crm.mail import progress, purposes
from crm.mail import queries as outbox
from crm.mail import services as sending
from crm.mail.models import Delivery, DeliveryState, Dispatch
from crm.mail.progress import Pace, Progress
from crm.mail.words import STATES, purpose_names
from crm.mailings import checks, figures, services, words
from crm.mailings.approvals import services as approvals
from crm.mailings.forms import ScheduleForm
from crm.mailings.models import Mailing, MailingState
from crm.mailings.queries import WHY
from crm.mailings.views import approving, audience
from crm.mailings.views.bp import bp, office
from crm.web.access import needs
from crm.web.forms import ActForm, said
from crm.web.rights import May
from crm.web.tables import Order, page_of


@bp.get("/<int:mailing_id>")
@needs(May.READ)
def show(mailing_id: int) -> ResponseReturnValue:
    """One mailing: to whom, why not to the others, where it is."""
    mailing = db.get_or_404(Mailing, mailing_id)
    is_open = mailing.state in (MailingState.DRAFT, MailingState.SCHEDULED)
    missing = _missing(mailing) if is_open else ""
    count, broken = audience.counted(mailing)
    to_mend = []
    if is_open and not broken:
        to_mend = checks.of(mailing, count, at=clock.now(), day=clock.day(clock.now()))
    return render_template(
        "mailings/show.html",
        mailing=mailing,
        count=count,
        missing=broken or missing,
        lines=audience.lines(mailing, count),
        is_open=is_open,
        progress=(known := progress.of(mailing.dispatch_id)),
        pace=_pace(mailing, known),
        told=figures.of(mailing),
        is_alive=workers.is_alive(clock.now()),
        channels=outbox.channels(),
        state_words=words.STATES,
        purposes=purpose_names(),
        delivery_states=STATES,
        why=WHY,
        zone=office().key,
        approval=approving.facts(mailing) if is_open else None,
        fingerprint=approvals.fingerprint(mailing) if is_open else "",
        to_mend=to_mend,
    )


def _missing(mailing: Mailing, *, is_to_leave: bool = False) -> str:
    """What keeps it from leaving as it stands, as a sentence; nothing when it is ready.

    On its own page it is a step of its own to choose the people, and to have it approved.
    """
    try:
        services.check_ready(mailing)
        if mailing.is_aimed or is_to_leave:
            services.check_aim(mailing)
        else:
            purposes.usable(mailing.purpose)
        if is_to_leave:
            approvals.check(mailing)
    except CrmError as refusal:
        return said(refusal)
    return ""


@bp.get("/<int:mailing_id>/progress")
@needs(May.READ)
def moving(mailing_id: int) -> ResponseReturnValue:
    """How far it is, alone: the page asks for it again while it lasts."""
    mailing = db.get_or_404(Mailing, mailing_id)
    if mailing.dispatch_id is None:
        abort(404)
    known = progress.of(mailing.dispatch_id)
    return render_template(
        "mailings/progress.html", mailing=mailing, progress=known, pace=_pace(mailing, known)
    )


def _pace(mailing: Mailing, known: Progress | None) -> Pace | None:
    """How fast it leaves and how long it takes yet, while it does."""
    if known is None or mailing.dispatch_id is None or not known.waiting:
        return None
    limit = current_app.config["MAIL_PER_MINUTE"]
    return progress.pace(known, mailing.dispatch_id, limit=limit, at=clock.now())


@bp.post("/<int:mailing_id>/send")
@needs(May.SEND)
def send(mailing_id: int) -> ResponseReturnValue:
    """Let it leave now."""
    mailing = db.get_or_404(Mailing, mailing_id)
    if not ActForm(request.form).accepted():
        abort(422)
    number = services.leave(
        mailing, by=current_user.email, seen=request.form.get("fingerprint", ""), at=clock.now()
    )
    db.session.commit()
    jobs.wake()
    flash(ngettext("%(num)s message leaves now.", "%(num)s messages leave now.", number))
    return redirect(url_for(".show", mailing_id=mailing.id))


@bp.route("/<int:mailing_id>/schedule", methods=["GET", "POST"])
@needs(May.SEND)
def schedule(mailing_id: int) -> ResponseReturnValue:
    """Let it leave by itself, at an hour of the association's zone."""
    mailing = db.get_or_404(Mailing, mailing_id)
    if request.method == "GET" and mailing.state is not MailingState.DRAFT:
        return redirect(url_for(".show", mailing_id=mailing.id))
    form = ScheduleForm(request.form, data={"fingerprint": approvals.fingerprint(mailing)})
    if form.accepted():
        try:
            leaves_at = clock.instant(form.leaves_at.data, office())
            services.schedule(mailing, leaves_at=leaves_at, seen=form.fingerprint.data or "", at=clock.now())
        except CrmError as refusal:
            refusal.field = refusal.field or (
                "leaves_at" if isinstance(refusal, clock.SkippedHour | clock.UnlikelyYear) else None
            )
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("“%(mailing)s” is scheduled.", mailing=mailing.subject))
            if clock.comes_twice(form.leaves_at.data, office()):
                shown = f"{form.leaves_at.data:%H:%M}"
                flash(
                    _("That night clocks show %(hour)s twice: the first of the two is meant.", hour=shown),
                    "warning",
                )
            return redirect(url_for(".show", mailing_id=mailing.id))
    page = render_template(
        "mailings/schedule.html",
        mailing=mailing,
        form=form,
        zone=office().key,
        missing=_missing(mailing, is_to_leave=True) if request.method == "GET" else "",
    )
    return page, form.status


@bp.post("/<int:mailing_id>/unschedule")
@needs(May.SEND)
def unschedule(mailing_id: int) -> ResponseReturnValue:
    """Make it a draft again."""
    mailing = db.get_or_404(Mailing, mailing_id)
    if not ActForm(request.form).accepted():
        abort(422)
    services.unschedule(mailing, at=clock.now())
    db.session.commit()
    flash(_("“%(mailing)s” is a draft again.", mailing=mailing.subject))
    return redirect(url_for(".show", mailing_id=mailing.id))


@bp.post("/<int:mailing_id>/pause")
@needs(May.SEND)
def pause(mailing_id: int) -> ResponseReturnValue:
    mailing = db.get_or_404(Mailing, mailing_id)
    if not ActForm(request.form).accepted():
        abort(422)
    services.hold(mailing)
    db.session.commit()
    flash(_("Nothing more leaves until you resume it."))
    return redirect(url_for(".show", mailing_id=mailing.id))


@bp.post("/<int:mailing_id>/resume")
@needs(May.SEND)
def resume(mailing_id: int) -> ResponseReturnValue:
    mailing = db.get_or_404(Mailing, mailing_id)
    if not ActForm(request.form).accepted():
        abort(422)
    services.go_on(mailing)
    db.session.commit()
    jobs.wake()
    flash(_("It goes on."))
    return redirect(url_for(".show", mailing_id=mailing.id))


@bp.post("/<int:mailing_id>/cancel")
@needs(May.SEND)
def cancel(mailing_id: int) -> ResponseReturnValue:
    """Call back what has not left."""
    mailing = db.get_or_404(Mailing, mailing_id)
    if not ActForm(request.form).accepted():
        abort(422)
    number = services.call_off(mailing, at=clock.now())
    db.session.commit()
    flash(ngettext("%(num)s message was called back.", "%(num)s messages were called back.", number))
    return redirect(url_for(".show", mailing_id=mailing.id))


@bp.post("/<int:mailing_id>/resend/<state>")
@needs(May.SEND)
def resend(mailing_id: int, state: str) -> ResponseReturnValue:
    """Send again what is uncertain, or what failed, because a person says so."""
    mailing = db.get_or_404(Mailing, mailing_id)
    if state not in (DeliveryState.UNCERTAIN, DeliveryState.FAILED) or mailing.dispatch is None:
        abort(404)
    if not ActForm(request.form).accepted():
        abort(422)
    states = frozenset({DeliveryState(state)})
    number = sending.resend(mailing.dispatch, at=clock.now(), states=states)
    db.session.commit()
    jobs.wake()
    flash(ngettext("%(num)s message is sent again.", "%(num)s messages are sent again.", number))
    return redirect(url_for(".show", mailing_id=mailing.id))


@bp.get("/<int:mailing_id>/messages")
@needs(May.READ)
def recipients(mailing_id: int) -> ResponseReturnValue:
    """What became of each message."""
    mailing = db.get_or_404(Mailing, mailing_id)
    dispatch: Dispatch = mailing.dispatch or abort(404)
    asked = request.args.get("state", "")
    state = DeliveryState(asked) if asked in list(DeliveryState) else None
    order = Order(by=Delivery.id, key=Delivery.id)  # type: ignore[arg-type]
    rows = outbox.deliveries(dispatch.id, state=state)
    return render_template(
        "mailings/recipients.html",
        mailing=mailing,
        page=page_of(db.session(), rows, order, cursor=request.args.get("cursor")),
        counts=outbox.counts(dispatch.id),
        chosen=state,
        states=STATES,
    )

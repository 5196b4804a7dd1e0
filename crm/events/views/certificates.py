"""Certificates: given by the house, fetched by the person, checked by anybody."""

from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from crm import clock, jobs
from crm.db import db
from crm.errors import CrmError
from crm.events.certificates import queries, services, words
from crm.events.certificates.forms import NumberForm, TermsForm
from crm.events.certificates.models import Certificate
from crm.events.models import Attendance, EventState, Mode, Registration, Seat
from crm.events.papers import codes
from crm.events.queries import agenda as events
from crm.events.queries import attendance
from crm.events.views.agenda import bp, found
from crm.settings import queries as settings
from crm.web import links, pdf
from crm.web.access import needs, public
from crm.web.errors import page as error_page
from crm.web.forms import pressed, said
from crm.web.rights import May

certificates_bp = Blueprint("certificates", __name__)


# By the house


@bp.route("/<int:event_id>/certificates", methods=["GET", "POST"])
@needs(May.SEND)
def certificates(event_id: int) -> ResponseReturnValue:
    """Say how many hours are certified and who signs; then give everybody who was there theirs."""
    event = found(event_id)
    terms = queries.terms(event)
    minutes = terms.minutes if terms else queries.usual_minutes(event)
    shown: dict[str, Any] = {"hours": (Decimal(minutes) / 60).quantize(Decimal("0.01")).normalize()}
    if terms:
        shown |= {"signer_name": terms.signer_name, "signer_function": terms.signer_function}
    form = TermsForm(request.form, data=shown)
    if form.accepted():
        try:
            services.agree(
                event,
                minutes=int(form.hours.data * 60),
                signer_name=form.signer_name.data or "",
                signer_function=form.signer_function.data or "",
                by=current_user.email,
                at=clock.now(),
            )
        except CrmError as refusal:
            form.refuse(refusal)
        else:
            db.session.commit()
            flash(_("Those who were there find their certificate on their own page once the event is over."))
            return redirect(url_for(".certificates", event_id=event_id))
    figures = events.figures(event)
    return (
        render_template(
            "events/certificates.html",
            event=event,
            form=form,
            terms=terms,
            figures=figures,
            given=queries.given(event),
            is_over=event.is_over(clock.now()) and event.state != EventState.CANCELLED,
        ),
        form.status,
    )


@bp.post("/<int:event_id>/certificates/send")
@needs(May.SEND)
def send_certificates(event_id: int) -> ResponseReturnValue:
    event = found(event_id)
    pressed()
    back = redirect(url_for(".certificates", event_id=event_id))
    try:
        count = services.issue_all(event, by=current_user.email, at=clock.now())
    except CrmError as refusal:
        db.session.rollback()
        flash(said(refusal), "warning")
        return back
    db.session.commit()
    jobs.wake()
    flash(
        ngettext(
            "%(num)s person is told by mail that the certificate is there.",
            "%(num)s people are told by mail that their certificate is there.",
            count,
        )
    )
    return back


@bp.get("/<int:event_id>/registrations/<int:registration_id>/certificate.pdf")
@needs(May.READ)
def certificate_of(event_id: int, registration_id: int) -> ResponseReturnValue:
    return _file(_given(event_id, registration_id))


@bp.post("/<int:event_id>/registrations/<int:registration_id>/certificate/withdraw")
@needs(May.SEND)
def withdraw_certificate(event_id: int, registration_id: int) -> ResponseReturnValue:
    certificate = _given(event_id, registration_id)
    pressed()
    services.withdraw(certificate, by=current_user.email, at=clock.now())
    db.session.commit()
    flash(_("The certificate is taken back: whoever checks its number is told so."))
    return redirect(url_for(".registration", event_id=event_id, registration_id=registration_id))


def _given(event_id: int, registration_id: int) -> Certificate:
    registration = db.session.get(Registration, registration_id)
    if registration is None or registration.event_id != event_id:
        abort(404)
    given = queries.of(registration)
    return given if given is not None and not queries.is_erased(given) else abort(404)


# By the person


def own_papers(registration: Registration) -> dict[str, Any]:
    """What somebody's own page shows of the day: the code for the door before, the certificate after."""
    event, at = registration.event, clock.now()
    certificate = queries.of(registration)
    is_over = event.is_over(at)
    came = registration.attendance == Attendance.PRESENT
    awaited = (
        registration.seat == Seat.CONFIRMED
        and registration.mode == Mode.ONSITE
        and not is_over
        and event.state not in (EventState.CANCELLED, EventState.HELD)
    )
    return {
        "code": codes.svg(registration.badge) if awaited and registration.badge else "",
        "certificate": certificate if certificate is not None and queries.is_good(certificate) else None,
        "may_have_certificate": came
        and is_over
        and registration.erased_at is None
        and certificate is None
        and queries.terms(event) is not None,
    }


@certificates_bp.post("/r/<token>/certificate")
@public
def issue(token: str) -> ResponseReturnValue:
    """The person asks for theirs: it gets its number, and comes as a file."""
    registration = attendance.by_token(token)
    if registration is None:
        return error_page(404, said(links.BadLink()))
    pressed()
    services.issue(registration, by="public", at=clock.now())
    db.session.commit()
    return redirect(url_for(".fetch", token=token))


@certificates_bp.get("/r/<token>/certificate.pdf")
@public
def fetch(token: str) -> ResponseReturnValue:
    registration = attendance.by_token(token)
    certificate = queries.of(registration) if registration is not None else None
    if certificate is None or not queries.is_good(certificate):
        return error_page(404, said(links.BadLink()))
    return _file(certificate)


def _file(certificate: Certificate) -> Response:
    return Response(
        words.made(certificate, house=settings.association().name),
        mimetype=pdf.MEDIA_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{words.file_name(certificate)}"'},
    )


# By anybody


@certificates_bp.get("/certificates")
@public
def check() -> ResponseReturnValue:
    """Type a number, and read whether it is one of ours."""
    if typed := request.args.get("number", ""):
        number = queries.written(typed)
        if number:
            return redirect(url_for(".show", number=number))
    return render_template(
        "events/certificate.html",
        form=NumberForm(data={"number": typed}),
        typed=typed,
        certificate=None,
        is_good=False,
        when="",
        length="",
    ), 404 if typed else 200


@certificates_bp.get("/certificates/<number>")
@public
def show(number: str) -> ResponseReturnValue:
    """Whether the certificate holds, and the little that lets the reader compare it with the paper."""
    certificate = queries.by_number(number)
    form = NumberForm(data={"number": number})
    return render_template(
        "events/certificate.html",
        form=form,
        typed=number,
        certificate=certificate,
        is_good=certificate is not None and queries.is_good(certificate),
        is_erased=certificate is not None and queries.is_erased(certificate),
        when=words.when(certificate) if certificate is not None else "",
        length=words.length(certificate.minutes) if certificate is not None else "",
    ), 200 if certificate is not None else 404

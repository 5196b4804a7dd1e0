"""What certificates, calendars and messages keep of somebody's registration, told and taken away with it."""

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, or_, select, update

from crm import clock
from crm.db import db
from crm.events.certificates import queries as certificates
from crm.events.certificates.models import Certificate
from crm.events.certificates.services import KIND as CERTIFICATE
from crm.events.evaluation.services import MAIL as EVALUATION
from crm.events.models import Registration
from crm.events.own import holdings
from crm.events.reminders.models import Reminder
from crm.events.reminders.services import KIND as REMINDER
from crm.events.replies import again
from crm.events.replies.models import CalendarReply, ReplyState
from crm.history import Change, named
from crm.mail.models import Delivery, DeliveryState

NAMES = ("name", "function", "organisation_name")
SAID = ("attendee", "attendee_name", "sender", "subject", "comment", "calendar", "reason")


def install() -> None:
    holdings.enter("certificates", told=_certificate, forget=_forget_certificate)
    holdings.enter("replies", told=_replies, forget=_forget_replies)
    holdings.enter("deliveries", told=lambda registration, language: (), forget=_forget_deliveries)


def _certificate(registration: Registration, language: str) -> list[tuple[str, str]]:
    given = certificates.of(registration)
    if given is None:
        return []
    with force_locale(language):
        return [(_("Certificate number"), f"{given.number} · {given.name}")]


def _forget_certificate(registration: Registration) -> None:
    """The number stays, so that nobody is told that we never gave it; it says nothing any more."""
    given = certificates.of(registration)
    if given is None:
        return
    # Not through the session: the history would keep what goes.
    db.session.execute(
        update(Certificate).where(Certificate.id == given.id).values(dict.fromkeys(NAMES, "")),
        execution_options={"synchronize_session": False},
    )
    for change in db.session.scalars(select(Change).where(Change.record == named(given))):
        change.values = {
            name: ["•", "•"] if name in NAMES else values for name, values in change.values.items()
        }
    db.session.expire(given)


def _are_theirs(registration: Registration) -> ColumnElement[bool]:
    """The answers of their calendar to this event, also those that were matched with nobody."""
    event, email = registration.event, registration.address.email if registration.address else ""
    here = or_(CalendarReply.event_id == event.id, CalendarReply.calendar.contains(event.uid))
    unmatched = CalendarReply.person_id.is_(None)
    by_address = or_(CalendarReply.attendee == email, CalendarReply.sender == email)
    theirs = [and_(unmatched, by_address)] if email else []
    if registration.person_id is not None:
        theirs.append(CalendarReply.person_id == registration.person_id)
    return and_(here, or_(False, *theirs))


def _replies(registration: Registration, language: str) -> list[tuple[str, str]]:
    rows = db.session.scalars(
        select(CalendarReply).where(_are_theirs(registration)).order_by(CalendarReply.id)
    )
    label = "Réponse d’un calendrier" if language == "fr" else "Answer of a calendar"
    return [
        (
            label,
            ", ".join(filter(None, (one.attendee_name, one.attendee or one.sender, one.answer, one.comment))),
        )
        for one in rows
    ]


def _forget_replies(registration: Registration) -> None:
    """That a calendar answered stays; whoever it was cannot be decided about any more."""
    rows = update(CalendarReply).where(_are_theirs(registration))
    quietly = {"synchronize_session": False}
    waiting = rows.where(CalendarReply.state == ReplyState.WAITING)
    db.session.execute(
        waiting.values(state=ReplyState.DISMISSED, decided_at=clock.now(), decided_by="public"),
        execution_options=quietly,
    )
    gone = dict.fromkeys(SAID, "")
    db.session.execute(
        rows.values(**gone, facts={}, proposed={}, person_id=None, version=CalendarReply.version + 1),
        execution_options=quietly,
    )
    db.session.expire_all()


def _forget_deliveries(registration: Registration) -> None:
    """Messages about certificate and evaluation, reminders, entries sent again; what waits never leaves."""
    own = and_(Delivery.kind.in_((CERTIFICATE, EVALUATION)), Delivery.subject_id == registration.id)
    reminders = select(Reminder.id).where(Reminder.event_id == registration.event_id)
    reminded = and_(
        Delivery.kind == REMINDER,
        Delivery.subject_id.in_(reminders),
        Delivery.person_id.is_not(None),
        Delivery.person_id == registration.person_id,
    )
    rows = update(Delivery).where(or_(own, reminded, again.are_of(registration)))
    quietly = {"synchronize_session": False}
    waiting = rows.where(Delivery.state == DeliveryState.QUEUED)
    db.session.execute(waiting.values(state=DeliveryState.CANCELLED), execution_options=quietly)
    db.session.execute(rows.values(person_id=None, facts={}), execution_options=quietly)
    db.session.expire_all()

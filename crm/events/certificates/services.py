"""Giving certificates of attendance, and taking one back."""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from crm.db import db
from crm.errors import CrmError
from crm.events import days
from crm.events.certificates import queries
from crm.events.certificates.models import Certificate, CertificateTerms
from crm.events.models import Attendance, Event, EventState, Format, Mode, Registration
from crm.mail import services as outbox
from crm.mail.models import Purpose
from crm.text import N_, clean

KIND = "certificate"
LONGEST = 60 * 24 * 30


class NoTerms(CrmError):
    text = N_("This event gives no certificates yet: say first how many hours it lasted.")


class NotOver(CrmError):
    text = N_("“%(event)s” is not over: certificates are given once it has ended.")


class WasNotThere(CrmError):
    text = N_("Certificates are for those who were marked as present.")


class OddHours(CrmError):
    text = N_("Enter how many hours the whole event lasted, for example 5.5.")
    field = "hours"


class MoreThanItLasted(CrmError):
    text = N_("The event lasted %(hours)s hours from its beginning to its end: certify that much at most.")
    field = "hours"


def agree(
    event: Event, *, minutes: int, signer_name: str, signer_function: str, by: str, at: datetime
) -> CertificateTerms:
    """Say what certificates of the event certify; those that were given stay as they are. Raises OddHours."""
    if not 0 < minutes <= LONGEST:
        raise OddHours
    if minutes > (most := queries.most_minutes(event)):
        raise MoreThanItLasted(hours=f"{most / 60:g}")
    terms = queries.terms(event)
    if terms is None:
        terms = CertificateTerms(event=event, opened_at=at, opened_by=by)
        db.session.add(terms)
    terms.minutes = minutes
    terms.signer_name, terms.signer_function = clean(signer_name), clean(signer_function)
    db.session.flush()
    return terms


def issue(registration: Registration, *, by: str, at: datetime) -> Certificate:
    """The person's certificate, made when there is none yet. Raises NoTerms, NotOver, WasNotThere."""
    event = registration.event
    terms = _terms(event, at)
    # Held, so that two clicks do not make two numbers.
    db.session.refresh(registration, with_for_update=True)
    if registration.attendance != Attendance.PRESENT or registration.erased_at is not None:
        raise WasNotThere
    known = queries.of(registration)
    if known is not None:
        return known
    days_passed = queries.days_there(event).get(registration.id)
    made = _certificate(registration, terms, days_passed, by=by, at=at)
    db.session.add(made)
    db.session.flush()
    return made


def issue_all(event: Event, *, by: str, at: datetime) -> int:
    """Give everybody who was there a certificate, and write to those whom nobody wrote about it; how many.

    Raises NoTerms, NotOver.
    """
    terms = _terms(event, at)
    have = select(Certificate.registration_id)
    missing = (
        queries.entitled(event)
        .where(Registration.id.not_in(have))
        .options(joinedload(Registration.person))
        .with_for_update(of=Registration)
    )
    passed = queries.days_there(event)
    db.session.add_all(
        _certificate(one, terms, passed.get(one.id), by=by, at=at) for one in db.session.scalars(missing)
    )
    db.session.flush()
    dispatch = outbox.dispatch(
        subject=f"events:{event.id}", title=event.title, purpose=Purpose.SERVICE, by=by, at=at
    )
    told: Any = (
        queries.entitled(event)
        .join(Certificate, Certificate.registration_id == Registration.id)
        .where(Registration.address_id.is_not(None), Certificate.withdrawn_at.is_(None))
        .with_only_columns(
            Registration.id.label("subject_id"),
            Registration.address_id,
            Registration.person_id,
            Registration.language,
        )
    )
    return outbox.queue_many(told, kind=KIND, purpose=Purpose.SERVICE, dispatch=dispatch, at=at)


def withdraw(certificate: Certificate, *, by: str, at: datetime) -> None:
    """Take it back: its number is known, and shown as taken back."""
    if certificate.withdrawn_at is None:
        certificate.withdrawn_at, certificate.withdrawn_by = at, by
        db.session.flush()


def _terms(event: Event, at: datetime) -> CertificateTerms:
    terms = queries.terms(event)
    if terms is None:
        raise NoTerms
    if event.state == EventState.CANCELLED or not event.is_over(at):
        raise NotOver(event=event.title)
    return terms


def _certificate(
    registration: Registration, terms: CertificateTerms, days_passed: int | None, *, by: str, at: datetime
) -> Certificate:
    event = registration.event
    every = days.days(event)
    online = event.format == Format.ONLINE or registration.mode == Mode.ONLINE
    return Certificate(
        registration=registration,
        number=_new_number(),
        language=registration.language,
        name=f"{registration.given_name} {registration.family_name}".strip(),
        function=registration.function,
        organisation_name=registration.organisation_name,
        event_title=event.title,
        place="" if online else event.city,
        begins_on=every[0],
        ends_on=every[-1],
        minutes=queries.minutes_there(terms.minutes, event, days_passed),
        signer_name=terms.signer_name,
        signer_function=terms.signer_function,
        issued_at=at,
        issued_by=by,
    )


def _new_number() -> str:
    """Sixty bits made by chance: nobody guesses the number of somebody else's."""
    return queries.written("".join(secrets.choice(queries.SIGNS) for _ in range(12)))
